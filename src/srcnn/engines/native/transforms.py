"""Winograd's transforms of kernels, from exact fractions.

Four neighbouring outputs of a kernel of r taps are two polynomials multiplied, or that transposed: r + 3
products of their values at r + 3 points instead of 4 r multiplications (S. Winograd, "Arithmetic Complexity
of Computations", 1980; A. Lavin and S. Gray, arXiv 1509.09308). With the matrices below, for an input d of
r + 3 samples and a kernel g, the outputs are ``inverse @ ((kernel @ g) * (forward @ d))``.

The engine's C source has ``forward`` and ``inverse`` as sums written out (``csrc/transforms.h``); here they
stand to be tested, and ``kernel`` to be used.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np
import numpy.typing as npt

OUTPUTS = 4
Row = tuple[Fraction, ...]

# The choice of points decides how rounding grows. Of those that give short sums these err least for 5 taps.
POINTS = {3: ("0", "1", "-1", "2", "-2"), 5: ("0", "1", "-1", "1/2", "-1/2", "2", "-2")}
"""Taps of a kernel to the points it is evaluated at, in the order of the C source; infinity comes last."""


@dataclass(frozen=True)
class Transform:
    """Matrices for `OUTPUTS` outputs of a kernel of some taps.

    Attributes:
        forward: (points, points) for the input.
        kernel: (points, taps).
        inverse: (OUTPUTS, points).
    """

    forward: tuple[Row, ...]
    kernel: tuple[Row, ...]
    inverse: tuple[Row, ...]


def transform(taps: int) -> Transform:
    """The matrices for a kernel of 3 or 5 taps."""
    points = tuple(Fraction(point) for point in POINTS[taps])
    forward, kernel = [], []
    for point in points:
        others = [other for other in points if other != point]
        forward.append((*_polynomial(others), Fraction(0)))
        kernel.append(tuple(point**power / prod(point - other for other in others) for power in range(taps)))
    forward.append(_polynomial(points))
    kernel.append((*(Fraction(0),) * (taps - 1), Fraction(1)))
    inverse = tuple(
        (*(point**power for point in points), Fraction(int(power == OUTPUTS - 1))) for power in range(OUTPUTS)
    )
    return Transform(tuple(forward), tuple(kernel), inverse)


def transform_kernels(kernels: npt.NDArray[np.float32], taps: int) -> npt.NDArray[np.float32]:
    """Kernels cut into pieces of ``taps`` x ``taps``, transformed both ways.

    Args:
        kernels: (out, in, k, k); zeros fill the last pieces where ``taps`` does not divide k.
        taps: 3 or 5.

    Returns:
        (points, points, out, pieces * pieces * in), computed in float64 and rounded once.
    """
    out, inputs, side, _ = kernels.shape
    pieces = -(-side // taps)
    missing = pieces * taps - side
    padded = np.pad(kernels.astype(np.float64), ((0, 0), (0, 0), (0, missing), (0, missing)))
    cut = padded.reshape(out, inputs, pieces, taps, pieces, taps)
    matrix = np.array(transform(taps).kernel, np.float64)
    transformed = np.einsum("yr,oiarbc,xc->yxoabi", matrix, cut, matrix, optimize=True)
    return transformed.reshape(len(matrix), len(matrix), out, -1).astype(np.float32)


def _polynomial(roots: tuple[Fraction, ...] | list[Fraction]) -> Row:
    """Coefficients of the product of (x - root), from that of x^0 up."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted = [Fraction(0), *coefficients]
        coefficients = [s - root * c for s, c in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
    return tuple(coefficients)
