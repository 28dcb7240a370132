"""What makes a low-resolution or damaged picture from a good one."""

from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.errors import UsageError
from srcnn.resize import ResizeBorder, imresize


def mod_crop(image: npt.NDArray[Any], scale: int) -> npt.NDArray[Any]:
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


def bicubic_degradation(
    hr: npt.NDArray[np.floating], scale: int, *, border: ResizeBorder = "symmetric"
) -> npt.NDArray[np.floating]:
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
    lr = imresize(hr, 1 / scale, border=border)
    return imresize(lr, scale, shape=(hr.shape[0], hr.shape[1]), border=border)
