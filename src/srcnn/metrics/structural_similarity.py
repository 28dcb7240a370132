"""Structural similarity, at one scale and over five.

Sources: Z. Wang, A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, "Image quality assessment: from error
visibility to structural similarity", IEEE Transactions on Image Processing 13(4), 2004; Z. Wang, E. P.
Simoncelli and A. C. Bovik, "Multiscale structural similarity for image quality assessment", Asilomar
Conference on Signals, Systems and Computers, 2003.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from srcnn.metrics.inputs import plane_pair
from srcnn.types import Float64

SSIM_WINDOW = 11
"""Side of the window: no SSIM of less than 11 by 11 pixels."""
_REACH = SSIM_WINDOW // 2
_SIGMA = 1.5
_GAUSSIAN = np.exp(-((np.arange(SSIM_WINDOW) - _REACH) ** 2) / (2 * _SIGMA**2))
_GAUSSIAN /= _GAUSSIAN.sum()
_K1, _K2 = 0.01, 0.03
_STRIP = 64
"""Rows of the map worked on at a time: what lies between the steps stays in the processor's cache."""
_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents from the finest scale to the coarsest, as the paper's experiment found them."""
MS_SSIM_SMALLEST = (SSIM_WINDOW - 1) * 2 ** (len(_WEIGHTS) - 1) + 1
"""Pixels a side that leave one window at the coarsest scale: 161."""
_CDF_9_7 = np.array([0.03782846, -0.02384947, -0.11062440, 0.37740286, 0.85269868])
"""First half and middle of the low-pass filter of the 9/7 wavelet (Cohen, Daubechies and Feauveau 1992)."""


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
        crop_border: pixels left out on each side of both, before anything else.

    Returns:
        At most 1, which identical pictures reach; negative where structure is inverted.

    Raises:
        UsageError: shapes that differ or have channels, less than 11x11 pixels inside the border, values
            that are not finite, or a data range that is not above 0.
    """
    first, second = plane_pair(reference, image, data_range, crop_border, smallest=SSIM_WINDOW)
    height, width = (side - SSIM_WINDOW + 1 for side in first.shape)
    total = 0.0
    for top in range(0, height, _STRIP):
        rows = slice(top, min(top + _STRIP, height) + SSIM_WINDOW - 1)
        total += float(_similarity(first[rows], second[rows]).sum())
    return total / (height * width)


def _similarity(x: Float64, y: Float64) -> Float64:
    c1, c2 = _K1**2, _K2**2
    mean_x, mean_y = _blurred(x), _blurred(y)
    product = mean_x * mean_y
    squares = mean_x**2 + mean_y**2
    # Of the two variances only the sum is needed, so one blur gives both.
    variances = _blurred(x**2 + y**2) - squares
    covariance = _blurred(x * y) - product
    return (2 * product + c1) * (2 * covariance + c2) / ((squares + c1) * (variances + c2))


def _blurred(values: Float64) -> Float64:
    return _filtered(_filtered(values, 0), 1)


def _filtered(values: Float64, axis: int) -> Float64:
    length = values.shape[axis] - SSIM_WINDOW + 1

    def shifted(by: int) -> Float64:
        return values[by : by + length] if axis == 0 else values[:, by : by + length]

    # The window is symmetric: outer samples are added in pairs before they are weighted.
    total = shifted(_REACH) * _GAUSSIAN[_REACH]
    for offset in range(_REACH):
        total += (shifted(offset) + shifted(SSIM_WINDOW - 1 - offset)) * _GAUSSIAN[offset]
    return total


class _Means(NamedTuple):
    """The terms of SSIM, each averaged over the picture."""

    luminance: float
    contrast: float
    structure: float
    contrast_structure: float
    ssim: float


def ms_ssim(reference: npt.ArrayLike, image: npt.ArrayLike, *, data_range: float, crop_border: int) -> float:
    """Multi-scale structural similarity of two pictures of one channel, as in Wang et al. 2003.

    The product over five scales of the mean contrast-structure term, and at the coarsest scale of the mean
    SSIM, each to the power of its weight (.0448, .2856, .3001, .2363, .1333). Window and constants are those
    of `ssim`. Between scales the pictures are averaged over 2x2 pixels and every second pixel is kept; an odd
    last row or column is repeated, as in Wang's MATLAB code (torchmetrics drops it). A negative mean, which
    has no real power, counts as 0.

    Arguments and errors are those of `ssim`, for at least 161x161 pixels inside the border. The result is 0
    to 1, which identical pictures reach.
    """
    pair = plane_pair(reference, image, data_range, crop_border, smallest=MS_SSIM_SMALLEST)
    scales = list(_scales(*pair, _averaged))
    factors = [means.contrast_structure for means in scales[:-1]] + [scales[-1].ssim]
    return _product(factors, _WEIGHTS)


def ms_ssim_metrix(
    reference: npt.ArrayLike, image: npt.ArrayLike, *, data_range: float, crop_border: int
) -> float:
    """Multi-scale structural similarity as MeTriX MUX 1.1 (Gaubatz, Cornell, 2007) computes it.

    The rows "MSSSIM" of the SRCNN paper are made this way: Set5 and Set14 come out to all four digits. It
    differs from `ms_ssim` in three places: the pictures are shrunk with the low-pass filter of the 9/7
    wavelet; contrast and structure are averaged apart and then multiplied; so is luminance at the coarsest
    scale.

    Arguments, range and errors are those of `ms_ssim`.
    """
    pair = plane_pair(reference, image, data_range, crop_border, smallest=MS_SSIM_SMALLEST)
    scales = list(_scales(*pair, _wavelet_low_pass))
    factors = [scales[-1].luminance]
    factors += [means.contrast for means in scales] + [means.structure for means in scales]
    return _product(factors, (_WEIGHTS[-1], *_WEIGHTS, *_WEIGHTS))


def _product(factors: list[float], weights: tuple[float, ...]) -> float:
    return float(np.prod(np.maximum(factors, 0) ** np.array(weights)))


def _scales(x: Float64, y: Float64, low_pass: Callable[[Float64], Float64]) -> Iterator[_Means]:
    yield _means(x, y)
    for _ in _WEIGHTS[1:]:
        x, y = low_pass(x)[::2, ::2], low_pass(y)[::2, ::2]
        yield _means(x, y)


def _means(x: Float64, y: Float64) -> _Means:
    """Averages of SSIM's maps, computed in strips as `ssim` does."""
    height, width = (side - SSIM_WINDOW + 1 for side in x.shape)
    total = np.zeros(len(_Means._fields))
    for top in range(0, height, _STRIP):
        rows = slice(top, min(top + _STRIP, height) + SSIM_WINDOW - 1)
        total += [values.sum() for values in _maps(x[rows], y[rows])]
    return _Means(*(total / (height * width)).tolist())


def _maps(x: Float64, y: Float64) -> tuple[Float64, ...]:
    """The maps whose averages are `_Means`."""
    c1, c2 = _K1**2, _K2**2
    mean_x, mean_y = _blurred(x), _blurred(y)
    # Rounding can leave a variance a hair below zero, which has no root.
    variance_x = np.abs(_blurred(x**2) - mean_x**2)
    variance_y = np.abs(_blurred(y**2) - mean_y**2)
    covariance = _blurred(x * y) - mean_x * mean_y
    deviations = np.sqrt(variance_x * variance_y)
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    contrast = (2 * deviations + c2) / (variance_x + variance_y + c2)
    structure = (2 * covariance + c2) / (2 * deviations + c2)
    both = (2 * covariance + c2) / (variance_x + variance_y + c2)
    return luminance, contrast, structure, both, luminance * both


def _averaged(values: Float64) -> Float64:
    """Mean of each pixel and its neighbours below and to the right, the last ones repeated."""
    padded = np.pad(values, ((0, 1), (0, 1)), mode="edge")
    return (padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:]) / 4


def _wavelet_low_pass(values: Float64) -> Float64:
    """Filtered by rows and columns, edges mirrored with the outermost sample repeated."""
    half = _CDF_9_7 / (2 * _CDF_9_7[:-1].sum() + _CDF_9_7[-1])
    reach = len(half) - 1
    for axis in (0, 1):
        across = [(reach, reach), (0, 0)] if axis == 0 else [(0, 0), (reach, reach)]
        along = np.moveaxis(np.pad(values, across, mode="symmetric"), axis, 0)
        length = values.shape[axis]
        total = along[reach : reach + length] * half[-1]
        for offset, tap in enumerate(half[:-1]):
            mirrored = 2 * reach - offset
            total += (along[offset : offset + length] + along[mirrored : mirrored + length]) * tap
        values = np.moveaxis(total, 0, axis)
    return values
