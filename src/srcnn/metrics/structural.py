"""Structural similarity.

Source: Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, "Image quality assessment: from error
visibility to structural similarity", IEEE Transactions on Image Processing 13(4), 2004.
"""

import numpy as np
import numpy.typing as npt

from srcnn.errors import UsageError
from srcnn.metrics.checks import Floats, check_data_range, cropped_pair

SSIM_WINDOW = 11
"""Side of the window: no SSIM of less than 11 by 11 pixels."""
_REACH = SSIM_WINDOW // 2
_SIGMA = 1.5
_GAUSSIAN = np.exp(-((np.arange(SSIM_WINDOW) - _REACH) ** 2) / (2 * _SIGMA**2))
_GAUSSIAN /= _GAUSSIAN.sum()
_K1, _K2 = 0.01, 0.03
_STRIP = 64
"""Rows of the map worked on at a time: what lies between the steps stays in the processor's cache."""


def ssim(reference: npt.ArrayLike, image: npt.ArrayLike, *, data_range: float, crop_border: int) -> float:
    """Mean structural similarity of two pictures of one channel, as in Wang et al. 2004.

    Gaussian window of 11x11 pixels with sigma 1.5, its weights adding up to one; only places where the
    whole window lies inside the picture; variances divided by n, not n - 1; K1 = 0.01, K2 = 0.03; no
    shrinking beforehand. scikit-image computes the same with ``gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False``, not with its defaults.

    Args:
        reference: (H, W), any real dtype; computed in float64.
        image: of the same shape.
        data_range: distance from black to white: 255 for 8 bits, 1 for floats in [0, 1].
        crop_border: pixels left out on each side of both, before the window.

    Returns:
        At most 1, which identical pictures reach; negative where structure is inverted.

    Raises:
        UsageError: shapes that differ or have channels, less than 11x11 pixels inside the border, values
            that are not finite, or a data range that is not above 0.
    """
    check_data_range(data_range)
    first, second = cropped_pair(reference, image, crop_border, smallest=SSIM_WINDOW)
    if first.ndim != 2:
        raise UsageError(f"expected pictures of one channel, (H, W), got {first.shape}; take one at a time")
    # Scaled once, so that the constants below need no data range.
    first, second = first / data_range, second / data_range
    height, width = (side - SSIM_WINDOW + 1 for side in first.shape)
    total = 0.0
    for top in range(0, height, _STRIP):
        rows = slice(top, min(top + _STRIP, height) + SSIM_WINDOW - 1)
        total += float(_similarity(first[rows], second[rows]).sum())
    return total / (height * width)


def _similarity(x: Floats, y: Floats) -> Floats:
    c1, c2 = _K1**2, _K2**2
    mean_x, mean_y = _blurred(x), _blurred(y)
    product = mean_x * mean_y
    squares = mean_x**2 + mean_y**2
    # Of the two variances only the sum is needed, so one blur gives both.
    variances = _blurred(x**2 + y**2) - squares
    covariance = _blurred(x * y) - product
    return (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))


def _blurred(values: Floats) -> Floats:
    return _filtered(_filtered(values, 0), 1)


def _filtered(values: Floats, axis: int) -> Floats:
    length = values.shape[axis] - SSIM_WINDOW + 1

    def shifted(by: int) -> Floats:
        return values[by : by + length] if axis == 0 else values[:, by : by + length]

    # The window is symmetric: outer samples are added in pairs before they are weighted.
    total = shifted(_REACH) * _GAUSSIAN[_REACH]
    for offset in range(_REACH):
        total += (shifted(offset) + shifted(SSIM_WINDOW - 1 - offset)) * _GAUSSIAN[offset]
    return total
