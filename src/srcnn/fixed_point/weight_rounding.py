"""Weights of few bits, so chosen that the layer's outputs change little.

Rounding each weight to the nearest step keeps the weights close; what matters are the outputs. Three steps,
each a linear algebra of second moments of the layer's inputs on the calibration pictures:

1. *Refit*: real weights that, for the inputs as they are in hardware, best give the real network's outputs.
2. *Error feedback*: weights are rounded one input at a time, and what rounding one costs is given to those
   that are not rounded yet (GPTQ: Frantar et al., arXiv 2210.17323).
3. *Bias correction*: the mean of each output is kept.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from srcnn.types import Float64

REFIT_DAMPING = 0.001
FEEDBACK_DAMPING = 0.001
"""Of the mean second moment: what no calibration picture excites stays near its value."""
_GROUP = 128
"""Inputs rounded before what is left of their error is carried on, in one product."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Inputs of a layer at the same places, in the real network and in integers.

    Attributes:
        exact: (taps, places), of the real network.
        rounded: (taps, places), what the integers stand for.
    """

    exact: Float64
    rounded: Float64


@dataclass(frozen=True, eq=False)
class RoundedWeights:
    """Weights of a layer in steps.

    Attributes:
        steps: (out, taps) whole numbers.
        fractions: (out,) int64: a step is 2^-fraction.
        biases: (out,) real, corrected.
        errors: (out,) mean square of what the outputs are off, in squared units of the outputs.
    """

    steps: Float64
    fractions: npt.NDArray[np.int64]
    biases: Float64
    errors: Float64


def round_for_outputs(
    weights: Float64, biases: Float64, fractions: npt.NDArray[np.int64], limit: int, samples: Samples
) -> RoundedWeights:
    """Weights in steps that keep the outputs on the samples; see the module.

    Each channel takes the step given or one half as large, whichever keeps its outputs better: the largest
    weights are then cut off, the others have one bit more.

    Args:
        weights: (out, taps) real.
        biases: (out,) real.
        fractions: (out,), for which the largest weight of each channel fits.
        limit: most steps from 0.
        samples: inputs at a few thousand places, more than there are taps.
    """
    exact_mean, rounded_mean = samples.exact.mean(axis=1), samples.rounded.mean(axis=1)
    inputs = samples.rounded - rounded_mean[:, None]
    outputs = weights @ (samples.exact - exact_mean[:, None])
    moments = inputs @ inputs.T / inputs.shape[1]
    scale = max(float(np.mean(np.diag(moments))), np.finfo(np.float64).tiny)
    change = (outputs - weights @ inputs) @ inputs.T / inputs.shape[1]
    refitted = weights + np.linalg.solve(moments + REFIT_DAMPING * scale * np.eye(len(moments)), change.T).T
    feedback = _Feedback(moments, scale)
    candidates = []
    for finer in (0, 1):
        step = np.exp2(-(fractions + finer), dtype=np.float64)
        steps = feedback.round(refitted, step, limit)
        errors = ((steps * step[:, None] @ inputs - outputs) ** 2).mean(axis=1)
        candidates.append((steps, errors))
    (coarse, coarse_errors), (fine, fine_errors) = candidates
    finer = fine_errors < coarse_errors
    steps = np.where(finer[:, None], fine, coarse)
    fractions = fractions + finer
    kept_mean = biases + weights @ exact_mean - (steps * 2.0 ** -fractions[:, None]) @ rounded_mean
    return RoundedWeights(steps, fractions, kept_mean, np.where(finer, fine_errors, coarse_errors))


class _Feedback:
    """Rounding with error feedback for one matrix of second moments."""

    def __init__(self, moments: Float64, scale: float) -> None:
        # The inputs that matter most are rounded first, while there are others to make up for them.
        self._order = np.argsort(-np.diag(moments), kind="stable")
        ordered = moments[np.ix_(self._order, self._order)]
        inverse = np.linalg.inv(ordered + FEEDBACK_DAMPING * scale * np.eye(len(moments)))
        self._upper = np.linalg.cholesky((inverse + inverse.T) / 2).T

    def round(self, weights: Float64, step: Float64, limit: int) -> Float64:
        """(out, taps) whole numbers of at most ``limit``, for steps of (out,)."""
        left, upper = weights[:, self._order].copy(), self._upper
        steps = np.empty_like(left)
        for start in range(0, left.shape[1], _GROUP):
            stop = min(start + _GROUP, left.shape[1])
            errors = np.empty((len(left), stop - start))
            for tap in range(start, stop):
                steps[:, tap] = np.clip(np.rint(left[:, tap] / step), -limit, limit)
                error = (left[:, tap] - steps[:, tap] * step) / upper[tap, tap]
                left[:, tap:stop] -= error[:, None] * upper[tap, tap:stop]
                errors[:, tap - start] = error
            left[:, stop:] -= errors @ upper[start:stop, stop:]
        result = np.empty_like(steps)
        result[:, self._order] = steps
        return result
