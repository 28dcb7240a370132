"""Pictures in the space a protocol measures: 8-bit pixels to levels, and results back to levels."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from srcnn.color import luma, rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.evaluation.protocol import LumaRange, Protocol

Space = Literal["y", "ycbcr", "rgb"]
Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.floating]


def in_space(pixels: Pixels, space: Space, luma_range: LumaRange) -> Pixels:
    """8-bit levels of a picture.

    Args:
        pixels: (H, W) or (H, W, 3) uint8. A grey picture is its own luma; in colour R, G and B are equal.
        space: what is wanted.
        luma_range: of ``y``; ``ycbcr`` is studio range.

    Returns:
        (H, W) uint8 of ``y``, (H, W, 3) of the others.
    """
    if space == "y":
        return full_range_luma(pixels) if luma_range == "full" else luma(pixels)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=-1)
    if space == "rgb":
        return pixels
    levels = rounded(rgb_to_ycbcr(pixels / 255)).astype(np.uint8)
    levels[..., 0] = luma(pixels)  # to the bit, also where a sum's order could move a tie
    return levels


def full_range_luma(pixels: Pixels) -> Pixels:
    """Y of 0 to 255, as JPEG, Pillow, OpenCV and rgb2gray have it: .299, .587, .114, rounded half up.

    Args:
        pixels: (H, W) or (H, W, 3) uint8; a grey picture is its own luma.

    Returns:
        (H, W) uint8.
    """
    if pixels.ndim == 2:
        return pixels
    return np.floor(pixels.astype(np.float64) @ np.array([0.299, 0.587, 0.114]) + 0.5).astype(np.uint8)


def rounded(planes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Grey levels of planes with 1.0 for level 255: rounded half up, as MATLAB does, and clipped.

    Whole numbers, but in float64: an 8-bit integer would turn nan into some level.
    """
    return np.clip(np.floor(planes.astype(np.float64) * 255 + 0.5), 0, 255)


def measured(planes: Floats, space: Space, protocol: Protocol, *, grey: bool) -> npt.NDArray[np.float64]:
    """What is compared with the reference: levels of a result, in the protocol's channel.

    Where colours are converted, what is converted has been rounded to 8 bits, as a picture would be.

    Args:
        planes: (H, W) or (H, W, 3) float, 1.0 for level 255.
        space: what the planes are.
        protocol: says what is measured and whether it is rounded.
        grey: the picture is a grey one: the result is brought to one channel.
    """
    levels = _levels(planes, protocol)
    channel = "y" if grey else protocol.channel
    if space == channel:
        return levels
    if grey:
        rgb = levels if space == "rgb" else _levels(ycbcr_to_rgb(levels / 255), protocol)
        return _levels(rgb.mean(axis=-1) / 255, protocol)
    if space == "ycbcr":
        return levels[..., 0] if channel == "y" else _levels(ycbcr_to_rgb(levels / 255), protocol)
    ycbcr = rgb_to_ycbcr(levels / 255)
    return _levels(ycbcr[..., 0] if channel == "y" else ycbcr, protocol)


def _levels(planes: Floats, protocol: Protocol) -> npt.NDArray[np.float64]:
    if protocol.output == "uint8":
        return rounded(planes)
    return np.clip(planes.astype(np.float64) * 255, 0, 255)


def to_picture(levels: npt.NDArray[Any], channel: Space) -> Pixels:
    """8-bit pixels, grey or RGB, of levels as they are measured."""
    if levels.ndim == 3 and channel == "ycbcr":
        return rounded(ycbcr_to_rgb(levels.astype(np.float64) / 255)).astype(np.uint8)
    return rounded(levels / 255).astype(np.uint8)
