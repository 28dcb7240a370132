"""Pixels to what is enlarged and back: depth, grey and colour, opacity, the range of luma."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from srcnn.color import rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.errors import UsageError
from srcnn.tiling import within
from srcnn.types import Array, Pixels, Planes, Window

KINDS = ("uint8", "uint16", "float32", "float64")

FILL_REACH = 16
"""Pixels to each side that `fill_transparent` looks at, and so the margin that a window of it needs."""
_FILL_RADII = (1, 1, 2, 4, 8)  # powers of two that add up to the reach


def check_picture(picture: Pixels) -> None:
    """Refuse what is no picture.

    Raises:
        UsageError: no array, another shape or dtype than `srcnn.upscale` takes, no pixels, or floats outside
            [0, 1].
    """
    if not isinstance(picture, np.ndarray):
        raise UsageError(f"expected a picture as a NumPy array, got {type(picture).__name__}; np.asarray it")
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


def check_color(color: str, channels: int) -> None:
    """Refuse weights whose card names another colour than `Colours` knows, or one that does not fit.

    Raises:
        UsageError: no ``y`` with 1 channel, nor ``ycbcr`` or ``rgb`` with 3.
    """
    if (color, channels) not in {("y", 1), ("ycbcr", 3), ("rgb", 3)}:
        raise UsageError(
            f"expected weights for y (1 channel), ycbcr or rgb (3), got {color!r} with {channels}"
        )


@dataclass(frozen=True)
class Colours:
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

    def encode(self, pixels: Pixels) -> Planes:
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

    def decode(self, x: Planes, dtype: np.dtype[Any]) -> Pixels:
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


def fill_transparent(planes: Planes, alpha: Array) -> Planes:
    """Colours of fully transparent pixels taken from their neighbours, so that none of them bleeds.

    What an editor leaves under alpha 0, often black, is seen by nobody until bicubic and the network mix it
    into the edge of what can be seen. Here each such pixel gets the mean of the known ones within a square
    around it, which grows in steps up to `FILL_REACH` in all: more than the reach of bicubic and a network
    together. Pixels farther from anything visible stay as they are.

    All sums are taken in an order that depends on the distance alone: a window with a margin of `FILL_REACH`
    equals the same part of the whole to the bit.

    Args:
        planes: (h, w, K) float32 without alpha, of any range.
        alpha: (h, w), opacity of any dtype; 0 is fully transparent.

    Returns:
        (h, w, K) float32; ``planes`` itself where there is nothing to fill.
    """
    known = alpha > 0
    if known.all() or not known.any():
        return planes
    filled = np.where(known[..., None], planes, np.float32(0))
    weight = known.astype(np.float32)
    for radius in _FILL_RADII:
        count = _box_sum(weight, radius)
        new = (weight == 0) & (count > 0)
        if not new.any():
            continue
        filled[new] = _box_sum(filled, radius)[new] / count[new][:, None]
        weight[new] = 1
    return np.where((weight > 0)[..., None], filled, planes)


def _box_sum(x: Planes, radius: int) -> Planes:
    """Sums over squares of 2 ``radius`` + 1, a power of two, with nothing beyond the edges."""
    for axis in (0, 1):
        pad = [(radius, radius) if n == axis else (0, 0) for n in range(x.ndim)]
        x = np.swapaxes(np.pad(x, pad), 0, axis)
        runs, width = x, 1
        while width < 2 * radius:
            runs = runs[:-width] + runs[width:]
            width *= 2
        x = np.swapaxes(runs[:-1] + x[width:], 0, axis)
    return x.astype(np.float32, copy=False)


# JOINED: Opacity: what enlarging does with it. A network sharpens the edge of a logo in its opacity as it does in its colours. It also ripples a little where nothing is: a thousandth of white makes ghosts of what is wholly transparent. So the result never leaves the range of the pixels around, and what is wholly opaque or transparent stays so.

AlphaMode = Literal["network", "bicubic", "drop"]
ALPHA_MODES: tuple[AlphaMode, ...] = get_args(AlphaMode)
RANGE_REACH = 1
"""Pixels to each side whose range limits a result: with two, as many as bicubic looks at, a faint ring stays
around hard edges."""


def check_alpha_mode(mode: str) -> None:
    """Refuse a way to treat opacity that does not exist, with a `UsageError`."""
    if mode not in ALPHA_MODES:
        raise UsageError(f"expected an alpha of {', '.join(ALPHA_MODES)}, got {mode!r}")


def widened(window: Window, margin: int, shape: tuple[int, ...]) -> Window:
    """A window with a margin, as far as the picture of ``shape`` (height, width, ...) goes."""
    rows, columns = (
        slice(max(0, part.start - margin), min(length, part.stop + margin))
        for part, length in zip(window, shape[:2], strict=True)
    )
    return rows, columns


def encode_filled(pixels: Pixels, window: Window, colours: Colours) -> Planes:
    """A window of a picture as it is computed with, and with colours where nobody sees any.

    Args:
        pixels: (H, W, C), the whole picture.
        window: rows and columns of it.
        colours: what they are.

    Returns:
        (h, w, K) float32, to the bit the same part of the whole.
    """
    if not colours.alpha:
        return colours.encode(pixels[window])
    wide = widened(window, FILL_REACH, pixels.shape)
    planes = colours.encode(pixels[wide])
    filled = fill_transparent(planes[..., :-1], planes[..., -1])
    return np.concatenate([filled, planes[..., -1:]], axis=-1)[within(window, wide)]


def nearby_range(
    alpha: Planes, source: Window, size: tuple[int, int], window: Window, new_size: tuple[int, int]
) -> tuple[Planes, Planes]:
    """The least and the greatest opacity around where each enlarged pixel comes from.

    Args:
        alpha: (h, w) float32, the ``source`` window of the picture's opacity; it reaches `RANGE_REACH` pixels
            beyond those that ``window`` comes from, or to the picture's edge.
        source: its rows and columns.
        size: (height, width) of the picture.
        window: rows and columns of the result.
        new_size: (height, width) of the result.

    Returns:
        Two arrays of the window's (h', w'), float32.
    """
    low = high = alpha
    for axis, (part, origin, old, new) in enumerate(zip(window, source, size, new_size, strict=True)):
        nearest = (2 * np.arange(part.start, part.stop) + 1) * old // (2 * new)
        around = [
            np.clip(nearest + shift, 0, old - 1) - origin.start
            for shift in range(-RANGE_REACH, RANGE_REACH + 1)
        ]
        low = np.minimum.reduce([low.take(index, axis) for index in around])
        high = np.maximum.reduce([high.take(index, axis) for index in around])
    return low, high
