"""Upscaling arrays: colour, bicubic enlargement, the network tile by tile, and back to pixels.

A tile at a time runs through everything, from the pixels it is made of to the pixels it becomes: beside the
picture and the result, memory holds one tile, however large the picture is.
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.color import rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.engines import Engine
from srcnn.errors import UsageError
from srcnn.model import DEFAULT_TILE, Model, load_model
from srcnn.resize import Resizer
from srcnn.tiling import cut_tiles, tile_size
from srcnn.weights import Weights

MAX_STEP = 4.0
"""Enlarged at once at most; more goes in equal steps, each close to a scale that weights were trained for."""
MAX_SIDE = 2**31 - 1
KINDS = ("uint8", "uint16", "float32", "float64")

Pixels = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]


def upscale(
    picture: Pixels,
    scale: float,
    *,
    model: str | os.PathLike[str] | Weights | Model = "9-5-5",
    engine: Engine | str | None = None,
    ensemble: bool = False,
    tile: int = DEFAULT_TILE,
    progress: Progress | None = None,
) -> Pixels:
    """A larger picture of the same kind.

    Luma goes through the network, chroma and alpha are enlarged bicubically. A grey picture is its own luma;
    RGB becomes studio-range YCbCr (BT.601). Weights for three channels get all of the colour.

    Args:
        picture: (H, W), or (H, W, C) with C of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha);
            uint8, uint16, or float32 in [0, 1] (float64 is accepted and computed in float32).
        scale: output side over input side, > 1, rounded half up to whole pixels; beyond 4 in equal steps.
        model: see `srcnn.load_model`; a name such as ``9-5-5`` stands for its weights nearest to the scale.
        engine: see `srcnn.engines.create_engine`.
        ensemble: mean of the network over the eight flips and rotations; eight times the work.
        tile: output pixels a side worked on at a time; changes memory, never a pixel.
        progress: called with (tiles done, tiles in all).

    Returns:
        (H', W') or (H', W', C) of the picture's dtype.

    Raises:
        UsageError: a scale that is not finite or not above 1, an array that is no picture, an unknown model.
        WeightsError: weights that cannot be read.
    """
    check_picture(picture)
    sizes = step_sizes(picture.shape, scale)
    net = load_model(model, step_scale(scale), engine=engine)
    halo, side = net.architecture.halo, tile_size(tile)
    total = sum(len(cut_tiles(height, width, side, halo)) for height, width in sizes)
    done = 0

    def report() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    pixels = picture if picture.ndim == 3 else picture[..., None]
    for number, size in enumerate(sizes, start=1):
        # Rounded to pixels once, at the end.
        dtype = picture.dtype if number == len(sizes) else np.dtype(np.float32)
        pixels = _step(pixels, size, dtype, net, side, ensemble, report)
    return pixels if picture.ndim == 3 else pixels[..., 0]


def check_scale(scale: float) -> None:
    """Refuse a scale that does not enlarge.

    Raises:
        UsageError: not finite, or not above 1.
    """
    if not (math.isfinite(scale) and scale > 1):
        raise UsageError(f"expected a finite scale above 1, got {scale}")


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


def step_count(scale: float) -> int:
    """In how many equal steps a scale is reached."""
    check_scale(scale)
    steps = 1
    while scale > MAX_STEP**steps:
        steps += 1
    return steps


def step_scale(scale: float) -> float:
    """The enlargement of one step: what weights are chosen for."""
    return scale ** (1 / step_count(scale))


def step_sizes(shape: tuple[int, ...], scale: float) -> list[tuple[int, int]]:
    """(height, width) after each step; the last is `output_size`."""
    last = output_size(shape, scale)
    between = [output_size(shape, step_scale(scale) ** n) for n in range(1, step_count(scale))]
    return [*between, last]


def check_picture(picture: Pixels) -> None:
    """Refuse what is no picture.

    Raises:
        UsageError: another shape or dtype than `upscale` takes, no pixels, or floats outside [0, 1].
    """
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] not in (1, 2, 3, 4)):
        raise UsageError(f"expected a picture of (H, W) or (H, W, 1 to 4), got shape {picture.shape}")
    if not picture.size:
        raise UsageError(f"expected a picture of at least 1x1 pixels, got shape {picture.shape}")
    if picture.dtype.name not in KINDS:
        raise UsageError(f"expected a picture of {', '.join(KINDS)}, got {picture.dtype}")
    if picture.dtype.kind == "f":
        low, high = float(picture.min()), float(picture.max())
        if not (low >= 0 and high <= 1):  # so that nan, which compares false, is refused too
            raise UsageError(f"expected floats in [0, 1], got {low:.4g} to {high:.4g}; divide or clip them")


@dataclass(frozen=True)
class _Colours:
    """How pixels become what is enlarged: the network's channels first, then those that stay bicubic.

    Attributes:
        grey: the picture has one colour channel.
        alpha: its last channel is opacity.
        card_color: ``y``, ``ycbcr`` or ``rgb``, as the weights' card has it.
        full_range: the weights were trained on Y of 0 to 255.
    """

    grey: bool
    alpha: bool
    card_color: str
    full_range: bool

    def encode(self, pixels: Pixels) -> Floats:
        """(h, w, C) pixels -> (h, w, K) float32."""
        x = pixels.astype(np.float32)
        if pixels.dtype.kind == "u":
            x /= np.float32(np.iinfo(pixels.dtype).max)
        colour, alpha = (x[..., :-1], x[..., -1:]) if self.alpha else (x, x[..., :0])
        if self.grey and self.card_color != "y":
            colour = np.repeat(colour, 3, axis=-1)
        if colour.shape[-1] == 3 and self.card_color != "rgb":
            colour = rgb_to_ycbcr(np.ascontiguousarray(colour))
            if self.full_range:
                colour[..., 0] = (colour[..., 0] - np.float32(16 / 255)) * np.float32(255 / 219)
        return np.concatenate([colour, alpha], axis=-1) if self.alpha else colour

    def decode(self, x: Floats, dtype: np.dtype[Any]) -> Pixels:
        """(h, w, K) float32 -> (h, w, C) pixels."""
        colour, alpha = (x[..., :-1], x[..., -1:]) if self.alpha else (x, x[..., :0])
        if colour.shape[-1] == 3 and self.card_color != "rgb":
            if self.full_range:
                colour[..., 0] = colour[..., 0] * np.float32(219 / 255) + np.float32(16 / 255)
            colour = ycbcr_to_rgb(colour)
        if self.grey and colour.shape[-1] == 3:
            colour = colour.mean(axis=-1, keepdims=True, dtype=np.float32)
        x = np.concatenate([colour, alpha], axis=-1) if self.alpha else colour
        x = np.clip(x, 0, 1)
        if dtype.kind == "u":
            x *= np.float32(np.iinfo(dtype).max)
            x += np.float32(0.5)
        return x.astype(dtype)  # towards zero: with the half added above, round half up


def _step(
    pixels: Pixels,
    size: tuple[int, int],
    dtype: np.dtype[Any],
    net: Model,
    tile: int,
    ensemble: bool,
    report: Callable[[], None],
) -> Pixels:
    """One enlargement: (H, W, C) pixels -> (*size, C) of ``dtype``."""
    channels = pixels.shape[2]
    learned = net.architecture.channels
    if (net.card.color, learned) not in {("y", 1), ("ycbcr", 3), ("rgb", 3)}:
        raise UsageError(
            f"expected weights for y (1 channel), ycbcr or rgb (3), got {net.card.color!r} with {learned}"
        )
    colours = _Colours(channels < 3, channels in (2, 4), net.card.color, net.card.luma_range == "full")
    resizer = Resizer((pixels.shape[0], pixels.shape[1]), shape=size)

    def bicubic(window: tuple[slice, slice], part: slice) -> Floats:
        return resizer(colours.encode(pixels[resizer.source(window)])[..., part], window)

    def network_input(window: tuple[slice, slice]) -> Floats:
        return np.ascontiguousarray(np.moveaxis(bicubic(window, slice(learned)), -1, 0))

    result = np.empty((*size, channels), dtype)
    for window, planes in net.run(size, network_input, tile=tile, ensemble=ensemble):
        rest = bicubic(window, slice(learned, None))
        enlarged = np.concatenate([np.moveaxis(planes, 0, -1), rest], axis=-1)
        result[window] = colours.decode(enlarged, dtype)
        report()
    return result
