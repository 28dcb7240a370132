"""Which planes of a picture a network works on: luma, grey, YCbCr or RGB."""

from pathlib import Path
from typing import Literal, get_args

import numpy as np

from srcnn.color import full_range_luma, luma, ycbcr_levels, ycbcr_to_rgb
from srcnn.errors import DataError, one_of
from srcnn.files import read_pixels, without_opaque_alpha
from srcnn.types import Array, Floats, Levels

PairColor = Literal["y", "grey", "ycbcr", "rgb"]
COLORS: tuple[PairColor, ...] = get_args(PairColor)


def channels_of(color: PairColor) -> int:
    """Number of planes."""
    return 3 if color in ("ycbcr", "rgb") else 1


def planes_of(pixels: Levels, color: PairColor) -> Levels:
    """The planes of an 8-bit picture.

    Args:
        pixels: (H, W) or (H, W, 3) uint8. A grey picture is its own luma, with colour differences of 128.
        color: ``y``: studio-range luma (16 to 235). ``grey``: full-range luma (0 to 255). ``ycbcr``: studio
            range, three planes. ``rgb``: three planes.

    Returns:
        (H, W) for ``y`` and ``grey``, else (3, H, W), uint8.

    Raises:
        UsageError: another colour.
    """
    grey = pixels.ndim == 2
    match one_of(color, COLORS, "a color"):
        case "y":
            return luma(pixels)
        case "grey":
            return full_range_luma(pixels)
        case "rgb":
            return np.stack([pixels] * 3) if grey else np.ascontiguousarray(np.moveaxis(pixels, 2, 0))
        case "ycbcr":
            if grey:
                flat = np.full_like(pixels, 128)
                return np.stack([pixels, flat, flat])
            return np.ascontiguousarray(np.moveaxis(ycbcr_levels(pixels), 2, 0))


def of_one_kind(hr: Levels, lr: Levels) -> tuple[Levels, Levels]:
    """Two pictures of one scene, both as RGB where one of them is grey and the other is not.

    The luma of grey is grey itself, of 0 to 255, and that of RGB is of 16 to 235: a pair is one or the other.
    """
    if hr.ndim < lr.ndim:
        return np.dstack([hr] * 3), lr
    return hr, np.dstack([lr] * 3) if lr.ndim < hr.ndim else lr


def displayed(planes: Floats, color: PairColor) -> Floats:
    """Float planes in [0, 1] as (H, W) grey or (H, W, 3) RGB; the inverse of `planes_of` for floats."""
    if planes.ndim == 2:
        return planes
    picture = np.moveaxis(planes, 0, 2)
    return ycbcr_to_rgb(picture.astype(np.float64)) if color == "ycbcr" else picture


def eight_bit(path: Path) -> Levels:
    """Read a picture that can be trained on; an alpha channel that hides nothing is dropped.

    Raises:
        DataError: transparency, or 16 bits.
        ImageError: it cannot be read.
    """
    pixels = read_pixels(path)
    usable = usable_pixels(pixels)
    if usable is None:
        raise DataError(
            f"expected an 8-bit grey or RGB picture to train on, got {path} with {pixels.dtype} pixels of "
            f"shape {pixels.shape}; convert it first"
        )
    return usable


def usable_pixels(pixels: Array) -> Levels | None:
    """(H, W) or (H, W, 3) uint8 pixels; None for 16 bits or transparency."""
    if pixels.dtype != np.uint8:
        return None
    pixels = without_opaque_alpha(pixels)
    return pixels if pixels.shape[2:] in ((), (3,)) else None
