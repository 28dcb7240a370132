"""What makes a low-resolution or damaged picture from a high-resolution one."""

import io
import math

import numpy as np

from srcnn.errors import UsageError
from srcnn.resize import ResizeBorder, imresize
from srcnn.types import Array, Float32, Floats, Levels


def mod_crop(image: Array, scale: int) -> Array:
    """Cut the right and bottom edges so that height and width are multiples of ``scale``.

    Raises:
        UsageError: an image smaller than one multiple of the scale.
    """
    height, width = (side - side % scale for side in image.shape[:2])
    if not height or not width:
        raise UsageError(
            f"expected an image of at least {scale}x{scale} pixels for scale {scale}, "
            f"got {image.shape[1]}x{image.shape[0]}"
        )
    return image[:height, :width]


def bicubic_degradation(hr: Floats, scale: int, *, border: ResizeBorder = "symmetric") -> Floats:
    """The network's input for a high-resolution picture: bicubic down by ``scale``, then up again.

    Args:
        hr: (H, W) or (H, W, C) float; height and width are multiples of ``scale`` (see `mod_crop`).
        scale: integer > 1. The low-resolution picture in between is never quantised.
        border: the rule of `imresize`.

    Returns:
        Same shape and dtype as ``hr``, not clipped.
    """
    if scale < 2 or any(side % scale for side in hr.shape[:2]):
        raise UsageError(
            f"expected sides that are multiples of a scale of at least 2, "
            f"got {hr.shape[1]}x{hr.shape[0]} and scale {scale}; use mod_crop first"
        )
    # From scale 75 on this can have a row too many, as in MATLAB: ceil(525 * (1 / 75)) is 8.
    lr = imresize(hr, 1 / scale, border=border)
    return imresize(lr, scale, shape=(hr.shape[0], hr.shape[1]), border=border)


def pillow_bicubic(image: Floats, shape: tuple[int, int]) -> Float32:
    """Pillow's bicubic resize in floats: as MATLAB's inside, but its kernel is cut off at the borders.

    Args:
        image: (H, W) or (H, W, C) float; computed in float32, as Pillow stores it.
        shape: (height, width) of the result.

    Returns:
        ``(*shape)`` or ``(*shape, C)`` float32, not clipped.
    """
    from PIL import Image

    def plane(values: Floats) -> Float32:
        small = Image.fromarray(np.ascontiguousarray(values, np.float32))
        return np.asarray(small.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))

    if image.ndim == 2:
        return plane(image)
    return np.stack([plane(image[..., channel]) for channel in range(image.shape[2])], axis=-1)


def gaussian_blur(plane: Float32, sigma: float, size: int | None = None) -> Float32:
    """A Gaussian blur with mirrored borders.

    Args:
        plane: (H, W) float32.
        sigma: in pixels, above 0.
        size: taps a side, odd; by default three sigma each way.

    Returns:
        (H, W) float32, not rounded.

    Raises:
        UsageError: a picture smaller than half of the taps.
    """
    side = size or 2 * math.ceil(3 * sigma) + 1
    if side // 2 >= min(plane.shape):
        raise UsageError(
            f"expected at least {side // 2 + 1}x{side // 2 + 1} pixels for a blur of {side} taps, "
            f"got {plane.shape[1]}x{plane.shape[0]}"
        )
    offsets = np.arange(side) - side // 2
    taps = np.exp(-(offsets**2) / (2 * sigma**2))
    taps = (taps / taps.sum()).astype(np.float32)
    for axis in (0, 1):
        pad = [(side // 2, side // 2) if a == axis else (0, 0) for a in (0, 1)]
        padded = np.pad(plane, pad, mode="symmetric")
        length = plane.shape[axis]
        total = np.zeros_like(plane)
        for start, tap in enumerate(taps):
            total += tap * (
                padded[start : start + length] if axis == 0 else padded[:, start : start + length]
            )
        plane = total
    return plane


def jpeg(image: Levels, quality: int) -> Levels:
    """What is left of a picture after a JPEG file, by Pillow: its tables, and 4:2:0 where there is colour.

    Args:
        image: (H, W) or (H, W, 3) uint8.
        quality: 1 to 100. On one channel the literature's inputs of JPEG restoration are these.

    Returns:
        Same shape, uint8.

    Raises:
        UsageError: another quality.
    """
    from PIL import Image

    if quality not in range(1, 101):
        raise UsageError(f"expected a JPEG quality of 1 to 100, got {quality}")
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(file, "JPEG", quality=quality)
    with Image.open(file) as read:
        return np.array(read)
