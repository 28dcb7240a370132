"""The scale of pairs of equal size, estimated from what is missing in the spectra of LR.

Down by s and up again leaves little above the frequency 0.5 / s. The share of HR that comes
through at each frequency is measured with the cross spectrum, which noise and JPEG blocks do not fool much
as they are not in HR; where it falls to a quarter, the cut-off of the bicubic kernel down and
up (a half each), the estimate lies. It is an estimate: blur lowers the cut-off as a larger scale would.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from srcnn.data.pair import Pair
from srcnn.types import Floats

_SEGMENT = 64
_LOW = 2
_AT_CUT_OFF = 0.25
_UNTOUCHED = 0.9


def estimate_scale(pairs: Iterable[Pair]) -> float | None:
    """Scale that the inputs of ``pairs`` were made at, to about a twentieth; None if they are not softer.

    Needs pictures of at least 64 pixels a side; smaller ones are passed over.
    """
    cross, power = np.zeros(_SEGMENT // 2 + 1), np.zeros(_SEGMENT // 2 + 1)
    for pair in pairs:
        planes, levels = pair.known()
        for lr, hr in ((planes[0], levels[0] / 255), (planes[0].T, levels[0].T / 255)):
            one, two = _spectrum(lr), _spectrum(hr)
            cross += (one * two.conj()).real.sum(axis=(0, 1))
            power += (np.abs(two) ** 2).sum(axis=(0, 1))
    if not power.any():
        return None
    passed = cross / np.maximum(power, np.finfo(float).tiny)
    below = np.flatnonzero(passed < _AT_CUT_OFF)
    if not len(below) or below[0] == 0 or np.min(passed[1:]) > _UNTOUCHED:
        return None
    last = below[0]
    high, low = passed[last - 1], passed[last]
    frequency = (last - 1 + (high - _AT_CUT_OFF) / (high - low)) / _SEGMENT
    return float(0.5 / frequency)


def _spectrum(plane: Floats) -> npt.NDArray[np.complexfloating]:
    # Overlapping windowed squares (Welch's method), so that edges of the picture do not ring; of each the
    # lowest vertical frequencies alone, which say nothing but what happened along the rows.
    height, width = plane.shape
    step = _SEGMENT // 2
    squares = [
        plane[top : top + _SEGMENT, left : left + _SEGMENT]
        for top in range(0, height - _SEGMENT + 1, step)
        for left in range(0, width - _SEGMENT + 1, step)
    ]
    if not squares:
        return np.zeros((1, 1, _SEGMENT // 2 + 1), complex)
    stacked = np.stack(squares).astype(np.float64)
    stacked -= stacked.mean(axis=(1, 2), keepdims=True)
    window = np.hanning(_SEGMENT)
    low = np.exp(-2j * np.pi * np.outer(np.arange(-_LOW, _LOW + 1), np.arange(_SEGMENT)) / _SEGMENT) * window
    return np.matmul(low, np.fft.rfft(stacked * window, axis=2))
