"""Upscaling arrays: colour, bicubic enlargement, the network tile by tile, and back to pixels.

A tile at a time runs through everything, from the pixels it is made of to the pixels it becomes: beside the
picture and the result, memory holds one tile, however large the picture is. Back-projection alone looks at
whole planes: it keeps what the network made of them, 4 bytes a pixel and channel, and is cut into tiles by
nothing but the resampling, whose windows equal the whole to the bit.
"""

import math
import os
from collections.abc import Callable, Iterator
from numbers import Integral, Real
from typing import Any

import numpy as np

from srcnn.engines import Engine
from srcnn.errors import UsageError
from srcnn.memory import empty_picture
from srcnn.model import Model, load_model
from srcnn.pixels import Colours, Floats, Pixels, check_color, check_picture
from srcnn.refine import back_project, check_steps
from srcnn.resize import Resizer, imresize
from srcnn.tiling import Window, count_tiles, tile_size
from srcnn.weights import Weights

MAX_STEP = 4.0
"""Enlarged at once at most; more goes in equal steps, each close to a scale that weights were trained for."""
MAX_PASSES = 16
MAX_SIDE = 2**31 - 1

Progress = Callable[[int, int], None]


def upscale(
    picture: Pixels,
    scale: float,
    *,
    model: str | os.PathLike[str] | Weights | Model = "9-5-5",
    engine: Engine | str | None = None,
    ensemble: bool = False,
    passes: int | None = None,
    back_projection: int = 0,
    tile: int | None = None,
    progress: Progress | None = None,
) -> Pixels:
    """A larger picture of the same kind.

    Luma goes through the network, chroma and alpha are enlarged bicubically. A grey picture is its own luma;
    RGB becomes studio-range YCbCr (BT.601). Weights for three channels get all of the colour.

    Args:
        picture: (H, W), or (H, W, C) with C of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha);
            uint8, uint16, or float32 in [0, 1] (float64 is accepted and computed in float32).
        scale: output side over input side, > 1, rounded half up to whole pixels.
        model: see `srcnn.load_model`; a name such as ``9-5-5`` stands for its weights nearest to the scale.
        engine: see `srcnn.engines.create_engine`.
        ensemble: mean of the network over the eight flips and rotations; eight times the work.
        passes: equal steps to reach the scale in, each through the network; by default as few as keep each
            at 4 or below.
        back_projection: after each pass, so many times: what the result, made small again with bicubic,
            misses of the picture is enlarged and added. For pictures that were made small that way, such as
            by MATLAB's or Pillow's bicubic; on others it brings out what is wrong with them.
        tile: output pixels a side worked on at a time, by default the model's own, 512 if not said there;
            rounded up to multiples of 256. It changes memory, never a pixel.
        progress: called with (tiles done, tiles in all).

    Returns:
        (H', W') or (H', W', C) of the picture's dtype.

    Raises:
        UsageError: a scale that is not finite or not above 1, an array that is no picture, an unknown model,
            passes or steps that cannot be meant.
        ImageError: a result that does not fit into memory; known before any work.
        WeightsError: weights that cannot be read.
    """
    check_picture(picture)
    check_steps(back_projection)
    sizes = step_sizes(picture.shape, scale, passes)
    net = load_model(model, step_scale(scale, passes), engine=engine)
    side = net.tile if tile is None else tile_size(tile)
    total = sum(count_tiles(height, width, side) for height, width in sizes)
    done = 0

    def report() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    pixels = picture if picture.ndim == 3 else picture[..., None]
    needed = _memory_needed(pixels, sizes, net.architecture.channels if back_projection else 0)
    last = empty_picture(
        (*sizes[-1], pixels.shape[2]), picture.dtype, needed=needed, advice="choose a smaller scale"
    )
    for number, size in enumerate(sizes, start=1):
        # Rounded to pixels once, at the end.
        result = last if number == len(sizes) else np.empty((*size, pixels.shape[2]), np.float32)
        fill = _fill_refined if back_projection else _fill
        fill(result, _Step(pixels, size, net, side, ensemble, back_projection), report)
        pixels = result
    return pixels if picture.ndim == 3 else pixels[..., 0]


def check_scale(scale: float) -> None:
    """Refuse a scale that does not enlarge.

    Raises:
        UsageError: no number, not finite, or not above 1.
    """
    if not (isinstance(scale, Real) and math.isfinite(scale) and scale > 1):
        raise UsageError(f"expected a finite scale above 1, got {scale!r:.40}")


def output_size(shape: tuple[int, ...], scale: float) -> tuple[int, int]:
    """(height, width) that a picture of ``shape`` (height, width, ...) is upscaled to.

    Raises:
        UsageError: see `check_scale`, or an output too large for any picture.
    """
    check_scale(scale)
    height, width = (max(1, math.floor(scale * side + 0.5)) for side in shape[:2])
    if max(height, width) > MAX_SIDE:
        raise UsageError(
            f"expected an output of up to {MAX_SIDE} pixels a side, got {max(height, width):.3g}"
        )
    return height, width


def check_passes(passes: int | None) -> None:
    """Refuse a number of passes that cannot be meant; None is as many as needed.

    Raises:
        UsageError: no whole number, below 1 or above `MAX_PASSES`.
    """
    if passes is not None and not (isinstance(passes, Integral) and 1 <= passes <= MAX_PASSES):
        raise UsageError(f"expected 1 to {MAX_PASSES} passes, got {passes!r}")


def step_count(scale: float, passes: int | None = None) -> int:
    """In how many equal steps a scale is reached: as few as keep each at `MAX_STEP`, or ``passes``."""
    check_scale(scale)
    check_passes(passes)
    if passes is not None:
        return passes
    steps = 1
    while scale > MAX_STEP**steps:
        steps += 1
    return steps


def step_scale(scale: float, passes: int | None = None) -> float:
    """The enlargement of one step: what weights are chosen for."""
    return scale ** (1 / step_count(scale, passes))


def step_sizes(shape: tuple[int, ...], scale: float, passes: int | None = None) -> list[tuple[int, int]]:
    """(height, width) after each step; the last is `output_size`."""
    last = output_size(shape, scale)
    count, step = step_count(scale, passes), step_scale(scale, passes)
    return [*(output_size(shape, step**n) if step**n > 1 else last for n in range(1, count)), last]


class _Step:
    """One enlargement: of (H, W, C) pixels to ``size``."""

    def __init__(
        self, pixels: Pixels, size: tuple[int, int], net: Model, tile: int, ensemble: bool, steps: int
    ) -> None:
        self.learned = net.architecture.channels
        check_color(net.card.color, self.learned)
        channels = pixels.shape[2]
        full = net.card.luma_range == "full"
        self.colours = Colours(channels < 3, channels in (2, 4), net.card.color, full)
        self.pixels, self.size, self.net, self.tile, self.steps = pixels, size, net, tile, steps
        self.ensemble = ensemble
        self.resizer = Resizer((pixels.shape[0], pixels.shape[1]), shape=size)

    def bicubic(self, window: Window, part: slice) -> Floats:
        """(h, w, K) float32 of a window of the output, of some of the channels."""
        source = self.pixels[self.resizer.source(window)]
        return self.resizer(self.colours.encode(source)[..., part], window)

    def network(self) -> Iterator[tuple[Window, Floats]]:
        """What the network makes, (h, w, K) float32, tile by tile."""

        def given(window: Window) -> Floats:
            return np.ascontiguousarray(np.moveaxis(self.bicubic(window, slice(self.learned)), -1, 0))

        for window, planes in self.net.run(self.size, given, tile=self.tile, ensemble=self.ensemble):
            yield window, np.moveaxis(planes, 0, -1)

    def pixels_of(self, planes: Floats, window: Window, dtype: np.dtype[Any]) -> Pixels:
        """(h, w, C) pixels of a window, from the network's planes of it and what stays bicubic."""
        rest = self.bicubic(window, slice(self.learned, None))
        return self.colours.decode(np.concatenate([planes, rest], axis=-1), dtype)


def _memory_needed(pixels: Pixels, sizes: list[tuple[int, int]], refined: int) -> int:
    """Bytes held at once at most: what a step is given, what it makes, and ``refined`` whole planes."""
    channels, needed, given = pixels.shape[2], 0, pixels.nbytes
    for number, (height, width) in enumerate(sizes, start=1):
        sample = pixels.itemsize if number == len(sizes) else 4
        made = height * width * channels * sample
        # `back_project` has planes, what is added to them, and their sum.
        needed = max(needed, given + made + 3 * 4 * height * width * refined)
        given = made
    return needed


def _fill(result: Pixels, step: _Step, report: Callable[[], None]) -> None:
    for window, planes in step.network():
        result[window] = step.pixels_of(planes, window, result.dtype)
        report()


def _fill_refined(result: Pixels, step: _Step, report: Callable[[], None]) -> None:
    """As `_fill`, with back-projection of the network's planes as a whole between."""
    whole = np.empty((*step.size, step.learned), np.float32)
    windows = []
    for window, planes in step.network():
        whole[window] = planes
        windows.append(window)
        report()
    low = step.colours.encode(step.pixels)[..., : step.learned]
    shape = (low.shape[0], low.shape[1])
    whole = back_project(
        whole,
        low,
        step.steps,
        down=lambda high: imresize(high, shape=shape),
        up=lambda small: imresize(small, shape=step.size),
    )
    for window in windows:
        result[window] = step.pixels_of(whole[window], window, result.dtype)
