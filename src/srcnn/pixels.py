"""Pixels to what is enlarged and back: depth, grey and color, opacity, the range of luma.

A network sharpens the edge of a logo in its opacity as it does in its colors. It also ripples a little where
nothing is: a thousandth of white makes ghosts of what is wholly transparent. So the result never leaves the
range of the pixels around, and what is wholly opaque or transparent stays so.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from srcnn.color import check_color, full_to_studio, rgb_to_ycbcr, studio_to_full, ycbcr_to_rgb
from srcnn.errors import UsageError, one_of
from srcnn.tiling import within
from srcnn.types import Array, Pixels, Planes, Window

KINDS = ("uint8", "uint16", "float32", "float64")

FILL_REACH = 16
"""Pixels to each side that `fill_transparent` looks at, and so the margin that a window of it needs."""
_FILL_RADII = (1, 1, 2, 4, 8)  # powers of two that add up to the reach

AlphaMode = Literal["network", "bicubic", "drop"]
ALPHA_MODES: tuple[AlphaMode, ...] = get_args(AlphaMode)
RANGE_REACH = 1
"""Pixels to each side whose range limits a result: with two, as many as bicubic looks at, a faint ring stays
around hard edges."""


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


@dataclass(frozen=True)
class Colors:
    """How pixels become what is enlarged: the network's channels first, then those that stay bicubic.

    Attributes:
        grey: the picture has one color channel.
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
        color, alpha = (x[..., :-1], x[..., -1:]) if self.alpha else (x, x[..., :0])
        if self.grey and self.card_color != "y":
            color = np.repeat(color, 3, axis=-1)
        if color.shape[-1] == 3 and self.card_color != "rgb":
            color = rgb_to_ycbcr(np.ascontiguousarray(color))
            if self.full_range:
                color[..., 0] = studio_to_full(color[..., 0])
        return np.concatenate([color, alpha], axis=-1) if self.alpha else color

    def decode(self, x: Planes, dtype: np.dtype[Any]) -> Pixels:
        """(h, w, K) float32 -> (h, w, C) pixels."""
        color, alpha = (x[..., :-1], x[..., -1:]) if self.alpha else (x, x[..., :0])
        if color.shape[-1] == 3 and self.card_color != "rgb":
            if self.full_range:
                color[..., 0] = full_to_studio(color[..., 0])
            color = ycbcr_to_rgb(color)
        if self.grey and color.shape[-1] == 3:
            color = color.mean(axis=-1, keepdims=True, dtype=np.float32)
        x = np.concatenate([color, alpha], axis=-1) if self.alpha else color
        x = np.clip(x, 0, 1)
        if dtype.kind == "u":
            x *= np.float32(np.iinfo(dtype).max)
            x += np.float32(0.5)
        return x.astype(dtype)  # towards zero: with the half added above, round half up


def fill_transparent(planes: Planes, alpha: Array) -> Planes:
    """Colors of fully transparent pixels taken from their neighbours, so that none of them bleeds.

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


def check_alpha_mode(mode: str) -> None:
    """Refuse a way to treat opacity that does not exist, with a `UsageError`."""
    one_of(mode, ALPHA_MODES, "an alpha")


def widened(window: Window, margin: int, shape: tuple[int, ...]) -> Window:
    """A window with a margin, as far as the picture of ``shape`` (height, width, ...) goes."""
    rows, columns = (
        slice(max(0, part.start - margin), min(length, part.stop + margin))
        for part, length in zip(window, shape[:2], strict=True)
    )
    return rows, columns


class EncodedPicture:
    """A picture as a network works on it, window by window.

    Args:
        pixels: (H, W, C), the whole picture.
        color: of the weights' card.
        learned: channels of the network; the encoded ones after them are those that it does not work on.
        luma_range: of the weights' card.

    Raises:
        UsageError: see `check_color`.
    """

    def __init__(self, pixels: Pixels, color: str, learned: int, luma_range: str) -> None:
        check_color(color, learned)
        channels = pixels.shape[2]
        self.pixels, self.learned = pixels, learned
        self.colors = Colors(channels < 3, channels in (2, 4), color, luma_range == "full")

    def encoded(self, window: Window) -> Planes:
        """(h, w, K) float32 of a window, to the bit the same part of the whole; see `fill_transparent`."""
        if not self.colors.alpha:
            return self.colors.encode(self.pixels[window])
        wide = widened(window, FILL_REACH, self.pixels.shape)
        planes = self.colors.encode(self.pixels[wide])
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
