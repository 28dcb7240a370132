"""What the metrics of one channel ask of their arguments."""

import numpy.typing as npt

from srcnn.errors import UsageError
from srcnn.metrics.checks import Floats, check_data_range, cropped_pair


def plane_pair(
    reference: npt.ArrayLike, image: npt.ArrayLike, data_range: float, crop_border: int, *, smallest: int
) -> tuple[Floats, Floats]:
    """Both pictures as float64 with ``data_range`` scaled to 1, without their outermost pixels.

    Args:
        reference: (H, W), real.
        image: of the same shape.
        data_range: distance from black to white.
        crop_border: pixels left out on each side, >= 0.
        smallest: pixels a side that must be left.

    Raises:
        UsageError: shapes that differ or have channels, too few pixels left, values that are not finite, or
            a data range that is not above 0.
    """
    check_data_range(data_range)
    first, second = cropped_pair(reference, image, crop_border, smallest=smallest)
    if first.ndim != 2:
        raise UsageError(f"expected pictures of one channel, (H, W), got {first.shape}; take one at a time")
    return first / data_range, second / data_range
