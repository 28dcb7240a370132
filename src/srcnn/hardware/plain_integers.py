"""The contract in Python's own integers: no array arithmetic, no floating point, as its formula reads.

Slow, and only for checking: the reference of the reference.
"""

from collections.abc import Iterator

from srcnn.arch import Border
from srcnn.fixed_point import FixedLayer, FixedNetwork

PlaneLists = list[list[list[int]]]
"""[channel][row][column]."""


def run_plainly(network: FixedNetwork, planes: PlaneLists) -> Iterator[tuple[PlaneLists, PlaneLists]]:
    """Accumulators and outputs of each layer for a whole picture."""
    current = [_padded(plane, network.input_margin, "replicate") for plane in planes]
    for layer in network.layers:
        if layer.border != "valid":
            current = [_padded(plane, layer.kernel // 2, layer.border) for plane in current]
        acc = _convolved(current, layer)
        current = [
            [[_rounded(value, shift, layer.out_max, network.rounding) for value in row] for row in plane]
            for plane, shift in zip(acc, layer.shifts.tolist(), strict=True)
        ]
        yield acc, current


def _padded(plane: list[list[int]], amount: int, border: Border) -> list[list[int]]:
    height, width = len(plane), len(plane[0])

    def sample(y: int, x: int) -> int:
        if border == "zero" and not (0 <= y < height and 0 <= x < width):
            return 0
        return plane[min(max(y, 0), height - 1)][min(max(x, 0), width - 1)]

    return [[sample(y, x) for x in range(-amount, width + amount)] for y in range(-amount, height + amount)]


def _convolved(planes: PlaneLists, layer: FixedLayer) -> PlaneLists:
    kernel, weights, biases = layer.kernel, layer.weights.tolist(), layer.biases.tolist()
    rows, columns = len(planes[0]) - kernel + 1, len(planes[0][0]) - kernel + 1

    def summed(output: int, y: int, x: int) -> int:
        total = biases[output]
        for plane, window in zip(planes, weights[output], strict=True):
            for row, taps in zip(plane[y : y + kernel], window, strict=True):
                total += sum(map(int.__mul__, row[x : x + kernel], taps))
        return total

    return [
        [[summed(output, y, x) for x in range(columns)] for y in range(rows)]
        for output in range(layer.out_channels)
    ]


def _rounded(acc: int, shift: int, out_max: int, rounding: str) -> int:
    if acc <= 0:
        return 0
    quotient, rest = divmod(acc, 1 << shift)
    if rounding == "half-up":
        quotient += 2 * rest >= 1 << shift
    elif rounding == "half-even":
        quotient += 2 * rest > 1 << shift or (2 * rest == 1 << shift and quotient % 2 == 1)
    return min(quotient, out_max)
