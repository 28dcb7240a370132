"""Mean squared error, PSNR, and PSNR that also counts visible block edges, for pictures that were JPEGs.

Source of PSNR-B: C. Yim and A. C. Bovik, "Quality assessment of deblocked images", IEEE Transactions on Image
Processing 20(1), 2011.
"""

import math

import numpy as np
import numpy.typing as npt

from srcnn.metrics.inputs import check_data_range, cropped_pair, plane_pair
from srcnn.types import Float64

_BLOCK = 8
"""Side of JPEG's blocks."""
PSNR_B_SMALLEST = _BLOCK + 1
"""Pixels a side that are sure to hold an edge between two blocks."""


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

    ``data_range`` is the distance from black to white: 255 for 8 bits, 1 for floats in [0, 1]. The field
    takes 255 for studio-range luma too, although that spans 219 levels. Other arguments as in `mse`.

    Raises:
        UsageError: as `mse`; or a data range that is not above 0.
    """
    check_data_range(data_range)
    error = mse(reference, image, crop_border=crop_border)
    # As a float: the square of NumPy's 255 of 8 bits is 1.
    return 10 * math.log10(float(data_range) ** 2 / error) if error else math.inf


def psnr_b(reference: npt.ArrayLike, image: npt.ArrayLike, *, data_range: float, crop_border: int) -> float:
    """Peak signal-to-noise ratio with the blocking effect factor added to the squared error, in dB.

    ``10 log10(data_range² / (mse + bef))``. The factor is the mean squared step across the edges of 8x8
    blocks less that between all other neighbours, times ``log2(8) / log2(shorter side)``; 0 where edges are
    not steeper than the rest. It is taken from ``image`` alone, so the arguments cannot be exchanged.
    Blocks are counted from the corner of the uncropped picture: shaving pixels does not move JPEG's grid.

    Arguments and errors are those of `ssim`, for at least 9x9 pixels inside the border; the literature leaves
    out no border. The result is at most PSNR, and ``inf`` for identical pictures without blocks.
    """
    first, second = plane_pair(reference, image, data_range, crop_border, smallest=PSNR_B_SMALLEST)
    error = float(np.mean((first - second) ** 2)) + _blocking_effect(second, crop_border)
    return -10 * math.log10(error) if error else math.inf


def _blocking_effect(image: Float64, crop_border: int) -> float:
    steps = [_steps(image, axis, crop_border) for axis in (0, 1)]
    edges, others = (np.concatenate([pair[kind] for pair in steps]) for kind in (0, 1))
    excess = float(edges.mean() - others.mean())
    return max(excess, 0.0) * math.log2(_BLOCK) / math.log2(min(image.shape))


def _steps(image: Float64, axis: int, crop_border: int) -> tuple[Float64, Float64]:
    """Squared steps between neighbours along ``axis``: across edges of blocks, and within blocks."""
    squares = np.diff(image, axis=axis) ** 2
    position = np.arange(squares.shape[axis]) + crop_border + 1
    edge = position % _BLOCK == 0
    return squares.compress(edge, axis).ravel(), squares.compress(~edge, axis).ravel()
