"""Opacity: what enlarging does with it.

A network sharpens the edge of a logo in its opacity as it does in its colours. It also ripples a little where
nothing is: a thousandth of white makes ghosts of what is wholly transparent. So the result never leaves the
range of the pixels around, and what is wholly opaque or transparent stays so.
"""

from typing import Literal, get_args

import numpy as np

from srcnn.errors import UsageError
from srcnn.pixels import FILL_REACH, Colours, Floats, Pixels, fill_transparent
from srcnn.tiling import Window, within

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


def encode_filled(pixels: Pixels, window: Window, colours: Colours) -> Floats:
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
    alpha: Floats, source: Window, size: tuple[int, int], window: Window, new_size: tuple[int, int]
) -> tuple[Floats, Floats]:
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
