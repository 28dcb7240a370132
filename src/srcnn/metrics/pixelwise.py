"""Mean squared error, and what is computed from it."""

import math

import numpy as np
import numpy.typing as npt

from srcnn.metrics.checks import check_data_range, cropped_pair


def mse(reference: npt.ArrayLike, image: npt.ArrayLike, *, crop_border: int) -> float:
    """Mean of the squared differences, over all pixels and channels.

    Args:
        reference: (H, W) or (H, W, C), any real dtype; computed in float64.
        image: of the same shape.
        crop_border: pixels left out on each side of both.

    Raises:
        UsageError: shapes that differ, a border that leaves nothing, or values that are not finite.
    """
    first, second = cropped_pair(reference, image, crop_border)
    return float(np.mean((first - second) ** 2))


def psnr(reference: npt.ArrayLike, image: npt.ArrayLike, *, data_range: float, crop_border: int) -> float:
    """Peak signal-to-noise ratio, ``10 log10(data_range² / mse)`` in dB; ``inf`` for identical pictures.

    Args:
        reference: (H, W) or (H, W, C), any real dtype.
        image: of the same shape.
        data_range: distance from black to white: 255 for 8 bits, 1 for floats in [0, 1]. The field takes
            255 for studio-range luma too, although that spans 219 levels.
        crop_border: pixels left out on each side of both.

    Raises:
        UsageError: see `mse`; or a data range that is not above 0.
    """
    check_data_range(data_range)
    error = mse(reference, image, crop_border=crop_border)
    return 10 * math.log10(data_range**2 / error) if error else math.inf
