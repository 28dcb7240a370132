"""Two orientations of a steerable pyramid.

Source: E. P. Simoncelli and W. T. Freeman, "The steerable pyramid: a flexible architecture for multi-scale
derivative computation", IEEE International Conference on Image Processing, 1995. The taps are those of the
set ``sp5Filters`` of Simoncelli's matlabPyrTools and of pyrtools (MIT licence), whose
``SteerablePyramidSpace(order=5)`` is the same pyramid. Its other four orientations and the high-pass band are
left out: `ifc` does not read them.
"""

from typing import NamedTuple

import numpy as np

from srcnn.metrics.checks import Floats


class Bands(NamedTuple):
    """What one level of the pyramid answers to: steps from row to row, and from column to column."""

    vertical: Floats
    horizontal: Floats


def oriented_bands(image: Floats, levels: int) -> list[Bands]:
    """Bands of the fifth-order steerable pyramid in the two main directions, the finest level first.

    Edges are mirrored without repeating the outermost sample (``reflect1``).

    Args:
        image: (H, W), with more than 4 pixels a side at the coarsest level.
        levels: how many; each has half the sides of the one before, rounded up.
    """
    (low,) = _correlated(image, _FIRST_LOW_PASS)
    found = []
    for level in range(levels):
        if level:
            low = low[::2, ::2]
        down, across, low = _correlated(low, -_BAND, _BAND.T, _LOW_PASS)
        found.append(Bands(down, across))
    return found


def _correlated(image: Floats, *filters: Floats) -> list[Floats]:
    """Correlation with each filter, as large as the image."""
    reach = max(taps.shape[0] for taps in filters) // 2
    padded = np.pad(image, reach, mode="reflect")
    spectrum = np.fft.rfft2(padded)
    answers = []
    for taps in filters:
        # Turned by 180 degrees, a correlation's filter is a convolution's.
        product = spectrum * np.fft.rfft2(taps[::-1, ::-1], padded.shape)
        # The answer lags by the filter's own reach; what wraps around stays in the padding.
        start = reach + taps.shape[0] // 2
        rows, columns = (slice(start, start + side) for side in image.shape)
        answers.append(np.fft.irfft2(product, padded.shape)[rows, columns])
    return answers


def _unfolded(quarter: list[list[float]], *, odd: bool = False) -> Floats:
    """The whole filter from its top left quarter; rows below the middle change sign where it is odd."""
    left = np.array(quarter)
    whole = np.hstack([left, left[:, -2::-1]])
    return np.vstack([whole, (-1 if odd else 1) * whole[-2::-1]])


_FIRST_LOW_PASS = _unfolded(
    [
        [0.00341614, -0.01551246, -0.03848215],
        [-0.01551246, 0.05586982, 0.15925570],
        [-0.03848215, 0.15925570, 0.40304148],
    ]
)
_LOW_PASS = _unfolded(
    [
        [0.00170808, -0.00489834, -0.00775624, -0.01888864, -0.01924108],
        [-0.00489834, -0.01046562, -0.01322234, 0.00821200, 0.02005976],
        [-0.00775624, -0.01322234, 0.02793492, 0.06554076, 0.07962786],
        [-0.01888864, 0.00821200, 0.06554076, 0.12852666, 0.16339236],
        [-0.01924108, 0.02005976, 0.07962786, 0.16339236, 0.20193080],
    ]
)
_BAND = _unfolded(
    [
        [0.00277643, 0.00496194, 0.01026699, 0.01455399],
        [-0.00986904, -0.00893064, 0.01189859, 0.02755155],
        [-0.01021852, -0.03075356, -0.08226445, -0.11732297],
        [0.0, 0.0, 0.0, 0.0],
    ],
    odd=True,
)
