"""The contract in NumPy: what C, HLS, Verilog and ONNX must give, integer for integer.

Sums are matrix products of floating point numbers that are exact here: all numbers are integers and the
proved bound of each layer is below 2^24 (float32) or 2^53 (float64), so that no product and no sum, in
whatever order, is rounded.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from srcnn.borders import pad
from srcnn.convolution import convolve
from srcnn.errors import UsageError
from srcnn.fixed_point.fixed_network import FixedLayer, FixedNetwork, Rounding
from srcnn.tiling import ALL_EDGES, Edges
from srcnn.types import Int64, Levels


def requantize(acc: Int64, layer: FixedLayer, rounding: Rounding) -> Int64:
    """Outputs of a layer for its accumulators: ``clip(round(acc / 2^shift), 0, out_max)``.

    Args:
        acc: (out, h, w) int64.
        layer: says shift and width.
        rounding: ``half-even`` as IEEE 754 rounds, ``half-up``, or ``truncate``. Below 0 all give 0.

    Returns:
        (out, h, w) int64 in [0, out_max].
    """
    shifts = layer.shifts[:, None, None]
    positive = np.maximum(acc, 0)
    quotient = positive >> shifts
    rest = positive - (quotient << shifts)
    if rounding != "truncate":
        # Twice the rest against the divisor: no half has to be an integer where the shift is 0.
        above = 2 * rest - (1 << shifts)
        quotient += (above > 0) | ((above == 0) & ((quotient & 1 == 1) if rounding == "half-even" else True))
    return np.minimum(quotient, layer.out_max)


def accumulate(inputs: Int64, layer: FixedLayer) -> Int64:
    """Accumulators of a layer for planes that are already padded: valid correlation, exact.

    Args:
        inputs: (in, h, w) integers in [0, in_max].
        layer: weights and biases.

    Returns:
        (out, h - k + 1, w - k + 1) int64.
    """
    dtype = exact_dtype(layer)
    matrix = layer.weights.reshape(layer.out_channels, -1).astype(dtype)
    bias = layer.biases[:, None].astype(dtype)
    return convolve(inputs.astype(dtype), matrix, bias, layer.kernel).astype(np.int64)


def exact_dtype(layer: FixedLayer) -> Any:
    """The smallest floating point type that holds every sum of a layer exactly.

    Raises:
        UsageError: sums beyond 2^53.
    """
    bits = layer.acc_bits - 1
    if bits > 53:
        raise UsageError(f"expected sums below 2^53, got {bits} bits")
    return np.float32 if bits <= 24 else np.float64


def run_layers(
    network: FixedNetwork, planes: Levels, edges: Edges = ALL_EDGES
) -> Iterator[tuple[Int64, Int64]]:
    """Accumulators and outputs of each layer, first to last.

    Args:
        network: the integers.
        planes: (C, H, W) uint8.
        edges: the sides that are the picture's own edge; see `srcnn.engines.base.Engine`.

    Yields:
        (out, h, w) int64 twice: accumulators, and outputs in [0, out_max].

    Raises:
        UsageError: planes that are not uint8, or of another number than the network has.
    """
    if planes.dtype != np.uint8 or planes.ndim != 3 or len(planes) != network.channels:
        raise UsageError(
            f"expected ({network.channels}, H, W) uint8 planes, got {planes.shape} {planes.dtype}"
        )
    current = pad(planes, network.input_margin, edges, "replicate").astype(np.int64)
    for layer in network.layers:
        if layer.border != "valid":
            current = pad(current, layer.kernel // 2, edges, layer.border)
        acc = accumulate(current, layer)
        current = requantize(acc, layer, network.rounding)
        yield acc, current


def run_network(network: FixedNetwork, planes: Levels, edges: Edges = ALL_EDGES) -> Levels:
    """The network's output: (C, H, W) uint8, on sides that are no edge without the halo; see `run_layers`."""
    current = planes
    for _, current in run_layers(network, planes, edges):  # noqa: B007
        pass
    return current.astype(np.uint8)
