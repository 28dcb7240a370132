"""Upscaling arrays: color, bicubic enlargement, the network tile by tile, and back to pixels.

A tile at a time runs through everything, from the pixels it is made of to the pixels it becomes: beside the
picture and the result, memory holds one tile, however large the picture is. Back-projection alone looks at
whole planes: it keeps what the network made of them, 4 bytes a pixel and channel, and is cut into tiles by
nothing but the resampling, whose windows equal the whole to the bit.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from srcnn.back_projection import back_project, check_steps
from srcnn.engines import Engine
from srcnn.errors import UsageError
from srcnn.model import AnyModel, Model, load_model
from srcnn.parallel import run_ahead
from srcnn.pixels import (
    RANGE_REACH,
    AlphaMode,
    EncodedPicture,
    check_alpha_mode,
    check_picture,
    nearby_range,
    widened,
)
from srcnn.resize import Resizer, imresize
from srcnn.scales import step_scale, step_sizes
from srcnn.system import Empty, empty_picture
from srcnn.tiling import count_tiles, tile_size
from srcnn.types import Pixels, Planes, Progress, Window

NEUTRAL_CHROMA = np.float32(128 / 255)


def upscale(
    picture: Pixels,
    scale: float,
    *,
    model: AnyModel = "9-5-5",
    engine: Engine | str | None = None,
    ensemble: bool = False,
    passes: int | None = None,
    back_projection: int = 0,
    alpha: AlphaMode = "network",
    tile: int | None = None,
    progress: Progress | None = None,
    empty: Empty | None = None,
) -> Pixels:
    """A larger picture of the same kind.

    Luma goes through the network, chroma is enlarged bicubically. A grey picture is its own luma; RGB becomes
    studio-range YCbCr (BT.601). Weights for three channels get all of the color. Colors that nobody sees,
    under full transparency, are first replaced by those of their neighbours, so that none of them bleeds.

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
        alpha: what enlarges opacity: the ``network``, kept within the range of the pixels around, or
            ``bicubic``; ``drop`` leaves it out, and the colors under it as they are.
        tile: output pixels a side worked on at a time, by default the model's own (512 unless set);
            rounded up to multiples of 256. It changes memory, never a pixel.
        progress: called with (tiles done, tiles in all).
        empty: makes the array of a whole picture from shape and dtype, such as one that lies in a file;
            by default ``np.empty``, once it is known that the machine's memory holds it.

    Returns:
        (H', W') or (H', W', C) of the picture's dtype; without its opacity, where that is dropped, (H', W')
        or (H', W', 3).

    Raises:
        UsageError: a scale that is not finite or not above 1, an array that is no picture, an unknown model
            or one that does not enlarge, invalid passes, steps or alpha.
        ImageError: a result that does not fit into memory; known before any work.
        WeightsError: weights that cannot be read, or whose network makes no numbers of the picture.
    """
    check_picture(picture)
    check_alpha_mode(alpha)
    check_steps(back_projection)
    sizes = step_sizes(picture.shape, scale, passes)
    net = load_model(model, step_scale(scale, passes), engine=engine)
    check_enlarges(net)
    side = net.tile if tile is None else tile_size(tile)
    total = sum(count_tiles(height, width, side) for height, width in sizes)
    done = 0

    def report() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    pixels = np.asarray(picture if picture.ndim == 3 else picture[..., None])
    flat = picture.ndim == 2
    if alpha == "drop" and pixels.shape[2] in (2, 4):
        pixels = pixels[..., :-1]
        flat = pixels.shape[2] == 1
    refined = net.architecture.channels if back_projection else 0
    last = empty_picture(
        (*sizes[-1], pixels.shape[2]),
        picture.dtype,
        needed=_memory_needed(pixels, sizes, refined, outside=empty is not None),
        advice="choose a smaller scale",
        empty=empty,
    )
    for number, size in enumerate(sizes, start=1):
        # Rounded to pixels once, at the end.
        final = number == len(sizes)
        result = last if final else (empty or np.empty)((*size, pixels.shape[2]), np.float32)
        step = _Step(pixels, size, net, side, ensemble=ensemble, steps=back_projection, alpha=alpha)
        (_fill_refined if back_projection else _fill)(result, step, report)
        pixels = result
    return pixels[..., 0] if flat else pixels


def check_enlarges(net: Model) -> None:
    """Refuse a model that was made for another task, with a `UsageError`."""
    if net.card.task != "upscale":
        raise UsageError(
            f"expected a model that enlarges, got {net.card.name}, which is one to {net.card.task} pictures"
        )


class _Step(EncodedPicture):
    """One enlargement: of (H, W, C) pixels to ``size``."""

    def __init__(
        self,
        pixels: Pixels,
        size: tuple[int, int],
        net: Model,
        tile: int,
        *,
        ensemble: bool,
        steps: int,
        alpha: AlphaMode,
    ) -> None:
        super().__init__(pixels, net.card.color, net.architecture.channels, net.card.luma_range)
        self.size, self.net, self.tile, self.steps = size, net, tile, steps
        self.ensemble, self.alpha = ensemble, alpha
        self.resizer = Resizer((pixels.shape[0], pixels.shape[1]), shape=size)

    def bicubic(self, window: Window, part: slice) -> Planes:
        """(h, w, K) float32 of a window of the output, of some of the channels."""
        return self.resizer(self.encoded(self.resizer.source(window))[..., part], window)

    def network(self) -> Iterator[tuple[Window, Planes]]:
        """What the network makes, (h, w, K) float32, tile by tile."""

        def network_input(window: Window) -> Planes:
            return np.ascontiguousarray(np.moveaxis(self.bicubic(window, slice(self.learned)), -1, 0))

        for window, planes in self.net.run(self.size, network_input, tile=self.tile, ensemble=self.ensemble):
            yield window, np.moveaxis(planes, 0, -1)

    def pixels_of(self, planes: Planes, window: Window, dtype: np.dtype[Any]) -> Pixels:
        """(h, w, C) pixels of a window, from the network's planes of it and what it does not make."""
        rest = self.bicubic(window, slice(self.learned, None))
        if self.colors.alpha and self.alpha == "network":
            rest[..., -1] = self.opacity(window)
        return self.colors.decode(np.concatenate([planes, rest], axis=-1), dtype)

    def opacity(self, window: Window) -> Planes:
        """(h, w) float32 of a window, through the network where it is not the same all around."""
        source = widened(self.resizer.source(window), RANGE_REACH, self.pixels.shape)
        alpha = self.colors.encode(self.pixels[source])[..., -1]
        height, width = self.pixels.shape[:2]
        low, high = nearby_range(alpha, source, (height, width), window, self.size)
        if np.array_equal(low, high):
            return low
        ((_, planes),) = self.net.run(
            self.size, self.opacity_input, tile=self.tile, ensemble=self.ensemble, part=window
        )
        result = planes.mean(axis=0) if self.net.card.color == "rgb" else planes[0]
        return np.clip(result, low, high)

    def opacity_input(self, window: Window) -> Planes:
        """(K, h, w) float32 of a window of the output: opacity, as the network is given a grey picture."""
        source = self.colors.encode(self.pixels[self.resizer.source(window)])[..., -1]
        planes = np.repeat(self.resizer(source, window)[None], self.learned, axis=0)
        if self.net.card.color == "ycbcr":
            planes[1:] = NEUTRAL_CHROMA
        return planes


def _memory_needed(pixels: Pixels, sizes: list[tuple[int, int]], refined: int, *, outside: bool) -> int:
    """Bytes held at once at most: input and result of a step, and ``refined`` whole planes.

    With pictures that lie ``outside`` of memory the planes alone.
    """
    channels, needed, source = pixels.shape[2], 0, 0 if outside else pixels.nbytes
    for number, (height, width) in enumerate(sizes, start=1):
        sample = pixels.itemsize if number == len(sizes) else 4
        result = 0 if outside else height * width * channels * sample
        # `back_project` has planes, what is added to them, and their sum.
        needed = max(needed, source + result + 3 * 4 * height * width * refined)
        source = result
    return needed


def _fill(result: Pixels, step: _Step, report: Callable[[], None]) -> None:
    def put(tile: tuple[Window, Planes]) -> None:
        result[tile[0]] = step.pixels_of(tile[1], tile[0], result.dtype)

    # Opacity goes through the network too, and an engine need not run in two threads at once.
    through_network = step.colors.alpha and step.alpha == "network"
    for _ in (map if through_network else run_ahead)(put, step.network()):
        report()


def _fill_refined(result: Pixels, step: _Step, report: Callable[[], None]) -> None:
    """As `_fill`, with back-projection of the network's planes as a whole between."""
    whole = np.empty((*step.size, step.learned), np.float32)
    windows = []
    for window, planes in step.network():
        whole[window] = planes
        windows.append(window)
        report()
    shape = (step.pixels.shape[0], step.pixels.shape[1])
    low = step.encoded((slice(0, shape[0]), slice(0, shape[1])))[..., : step.learned]
    whole = back_project(
        whole,
        low,
        step.steps,
        down=lambda high: imresize(high, shape=shape),
        up=lambda small: imresize(small, shape=step.size),
    )
    for window in windows:
        result[window] = step.pixels_of(whole[window], window, result.dtype)
