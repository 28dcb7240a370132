"""What every metric asks of its arguments."""

import math

import numpy as np
import numpy.typing as npt

from srcnn.errors import UsageError
from srcnn.types import Float64


def cropped_pair(
    reference: npt.ArrayLike, image: npt.ArrayLike, crop_border: int, *, smallest: int = 1
) -> tuple[Float64, Float64]:
    """Both pictures as float64 without their outermost ``crop_border`` pixels.

    Pictures are (H, W) or (H, W, C) of one shape, real; ``smallest`` are the pixels a side that must be left.

    Raises:
        UsageError: shapes that differ or are no picture, too few pixels left, or values that are not finite.
    """
    first, second = _picture(reference), _picture(image)
    if first.shape != second.shape:
        raise UsageError(
            f"expected two pictures of one shape, got {first.shape} and {second.shape}; crop them alike first"
        )
    if crop_border < 0:
        raise UsageError(f"expected a crop_border of 0 or more pixels, got {crop_border}")
    height, width = (side - 2 * crop_border for side in first.shape[:2])
    if min(height, width) < smallest:
        raise UsageError(
            f"expected at least {smallest}x{smallest} pixels inside a crop_border of {crop_border}, "
            f"got a picture of {first.shape[1]}x{first.shape[0]}"
        )
    inner = (slice(crop_border, crop_border + height), slice(crop_border, crop_border + width))
    return _finite(first[inner]), _finite(second[inner])


def plane_pair(
    reference: npt.ArrayLike, image: npt.ArrayLike, data_range: float, crop_border: int, *, smallest: int
) -> tuple[Float64, Float64]:
    """Both pictures as float64 with ``data_range`` scaled to 1, without their outermost pixels.

    Arguments and errors are those of `cropped_pair`; a `UsageError` for channels, or a data range that is not
    above 0, too.
    """
    check_data_range(data_range)
    first, second = cropped_pair(reference, image, crop_border, smallest=smallest)
    if first.ndim != 2:
        raise UsageError(f"expected pictures of one channel, (H, W), got {first.shape}; take one at a time")
    return first / data_range, second / data_range


def check_data_range(data_range: float) -> None:
    """Raise `UsageError` unless the distance from black to white is finite and above 0."""
    if not (math.isfinite(data_range) and data_range > 0):
        raise UsageError(f"expected a finite data_range above 0 (255 for 8 bits), got {data_range}")


def _picture(values: npt.ArrayLike) -> npt.NDArray[np.generic]:
    array = np.asarray(values)
    if array.ndim not in (2, 3) or array.dtype.kind not in "biuf":
        raise UsageError(
            "expected a picture of real numbers, (H, W) or (H, W, C), "
            f"got {array.dtype} of shape {array.shape}"
        )
    return array


def _finite(values: npt.NDArray[np.generic]) -> Float64:
    floats = values.astype(np.float64)
    if not np.isfinite(floats).all():
        raise UsageError("expected finite pixel values, got inf or nan; look at what made the picture")
    return floats
