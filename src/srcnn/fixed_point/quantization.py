"""From weights to a network of integers, by the ranges on calibration pictures.

All is in grey levels: biases are multiplied by what a level is at the network's input, and as a ReLU lets a
positive factor pass, nothing else has to change. So integers in are pixels, integers out are pixels, and
no division by 255 is left.

Scales are powers of two, so that a scale is a shift. A channel of a hidden layer has a scale of its own, and
its weights are multiplied by what makes its largest output the largest integer: both cost nothing, for the
next layer's weights take them up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from srcnn.arch import Border
from srcnn.borders import input_margin, pad
from srcnn.convolution import convolve
from srcnn.errors import UsageError
from srcnn.fixed_point.arithmetic import accumulate, requantize
from srcnn.fixed_point.fixed_network import INPUT_BITS, FixedLayer, FixedNetwork
from srcnn.fixed_point.weight_rounding import RoundedWeights, Samples, round_for_outputs
from srcnn.fixed_point.widths import Widths
from srcnn.tiling import ALL_EDGES
from srcnn.types import Float64, Int64, Levels
from srcnn.weights import Weights

MARGIN = 1.25
"""Headroom: the largest integer over the largest calibrated activation."""
PLACES = 8192
"""Places of the calibration pictures that outputs are compared at: five for each tap of a 5x5x64 window."""
_LARGEST_FRACTION = 30
_MOST_EQUALISED = 8


@dataclass(frozen=True)
class LayerRange:
    """What calibration saw of a layer's outputs.

    Attributes:
        observed: the largest output, as an integer, before saturation.
        clipped: share of outputs that saturated.
        zeros: weights that were not 0 and became 0.
    """

    observed: int
    clipped: float
    zeros: int


@dataclass(frozen=True, eq=False)
class Quantized:
    """A network of integers and what calibration saw of each layer."""

    network: FixedNetwork
    widths: Widths
    ranges: tuple[LayerRange, ...]


@dataclass(frozen=True, eq=False)
class _Signal:
    """What flows between two layers, for each calibration picture.

    Attributes:
        exact: (C, h, w) of the real network, each channel times ``2^(out_fraction - common fraction)``.
        integers: (C, h, w) of the integers.
        fraction: bits after the point of the integers, the same for all channels of ``exact``.
        bits: width of the integers.
    """

    exact: list[Float64]
    integers: list[Int64]
    fraction: int
    bits: int

    def padded(self, amount: int, border: Border) -> "_Signal":
        exact = [pad(planes, amount, ALL_EDGES, border) for planes in self.exact]
        integers = [pad(planes, amount, ALL_EDGES, border) for planes in self.integers]
        return _Signal(exact, integers, self.fraction, self.bits)


def quantize(weights: Weights, inputs: Sequence[Levels], widths: Widths | None = None) -> Quantized:
    """A network of integers for weights.

    Args:
        weights: any plain SRCNN.
        inputs: (C, H, W) uint8 each, what the network is given for calibration pictures.
        widths: by default W12A12.

    Raises:
        UsageError: no inputs, inputs of another number of planes, weights too large for the last layer's
            output to be pixels, or an accumulator that would need more bits than the widths allow.
    """
    widths = widths or Widths()
    _check(weights, inputs)
    kernels = [kernel.astype(np.float64) for kernel in weights.kernels]
    level = 255 / weights.card.input_range
    margin = input_margin(weights.architecture)
    signal = _Signal(
        [planes.astype(np.float64) for planes in inputs],
        [planes.astype(np.int64) for planes in inputs],
        fraction=0,
        bits=INPUT_BITS,
    ).padded(margin, "replicate")
    layers, ranges = [], []
    for number, described in enumerate(weights.architecture.layers):
        last = number == len(kernels) - 1
        if described.border != "valid":
            signal = signal.padded(described.kernel // 2, described.border)
        bias = weights.biases[number].astype(np.float64) * level
        step = _Step(signal, kernels[number], bias, described.border, widths, last)
        layers.append(step.layer)
        _check_accumulator(step.layer, number + 1, widths)
        signal, seen = step.output()
        ranges.append(seen)
        if not last:
            kernels[number + 1] = (
                kernels[number + 1] / (step.factors * 2.0**step.equalised)[None, :, None, None]
            )
    network = FixedNetwork(weights.card.name, tuple(layers), widths.rounding)
    return Quantized(network, widths, tuple(ranges))


def filling(room: Float64) -> Float64:
    """Factors of 1 to 2, for how many times the largest outputs fit into the integers."""
    return room * np.exp2(-np.floor(np.log2(room)))


class _Step:
    """One layer: its integers, chosen by what goes in and should come out."""

    def __init__(
        self, signal: _Signal, kernel: Float64, bias: Float64, border: Border, widths: Widths, last: bool
    ) -> None:
        self._signal, self._widths, self._last = signal, widths, last
        self._matrix, self._bias = kernel.reshape(len(kernel), -1), bias
        self._exact = [
            convolve(planes, self._matrix, self._bias[:, None], kernel.shape[2]) for planes in signal.exact
        ]
        self._wanted = np.zeros(len(kernel), np.int64)
        if not last:
            self._fill()
        rounded = self._rounded(kernel.shape[2])
        acc_fractions = rounded.fractions + signal.fraction
        self.fraction, self.equalised = self._out_format(acc_fractions)
        self.layer = FixedLayer(
            border=border,
            weights=rounded.steps.reshape(kernel.shape).astype(np.int64),
            biases=np.rint(rounded.biases * 2.0**acc_fractions).astype(np.int64),
            shifts=acc_fractions - self.fraction - self.equalised,
            weight_bits=widths.weights,
            in_bits=signal.bits,
            out_bits=self._out_bits,
            acc_fractions=acc_fractions,
        )

    @property
    def _out_bits(self) -> int:
        return INPUT_BITS if self._last else self._widths.activations

    def _rounded(self, k: int) -> RoundedWeights:
        """Weights in the finest step that holds the largest of each channel."""
        limit = 2 ** (self._widths.weights - 1) - 1
        largest = np.abs(self._matrix).max(axis=1)
        finest = np.floor(np.log2(limit / np.where(largest > 0, largest, 1)))
        # Weights that are next to nothing must not drive a bias out of the accumulator.
        room = self._widths.accumulator - 3 - np.ceil(np.log2(np.maximum(np.abs(self._bias), 1)))
        cap = np.minimum(_LARGEST_FRACTION, room) - self._signal.fraction
        fractions = np.minimum(finest, cap).astype(np.int64)
        return round_for_outputs(self._matrix, self._bias, fractions, limit, self._samples(k))

    def _samples(self, k: int) -> Samples:
        """Windows at `PLACES` places, evenly spread over the calibration pictures."""
        counts = [result[0].size for result in self._exact]
        stride = max(1, sum(counts) // PLACES)
        exact, rounded = [], []
        for planes, integers in zip(self._signal.exact, self._signal.integers, strict=True):
            exact.append(_windows(planes, k, stride))
            rounded.append(_windows(integers, k, stride) * 2.0**-self._signal.fraction)
        return Samples(np.concatenate(exact, axis=1), np.concatenate(rounded, axis=1))

    def _fill(self) -> None:
        """Multiply each channel so that its largest output is the largest integer times a power of two."""
        peaks = np.max([planes.max(axis=(1, 2)) for planes in self._exact], axis=0) * MARGIN
        room = (2**self._out_bits - 1) / np.clip(peaks, 2.0**-_LARGEST_FRACTION, self._proved_peaks())
        self._wanted = np.floor(np.log2(room)).astype(np.int64)
        self.factors = filling(room)
        self._matrix, self._bias = self._matrix * self.factors[:, None], self._bias * self.factors
        self._exact = [planes * self.factors[:, None, None] for planes in self._exact]

    def _out_format(self, acc_fractions: Int64) -> tuple[int, Int64]:
        """Bits after the point that all channels have, and those that each has beyond them."""
        if self._last:
            if acc_fractions.min() < 0:
                raise UsageError(
                    f"expected weights that leave accumulators finer than a grey level, got one of "
                    f"2^{-acc_fractions.min()} levels; use more bits than {self._widths}"
                )
            return 0, np.zeros_like(acc_fractions)
        # Nothing is gained by outputs finer than what they are computed from.
        each = np.minimum(self._wanted, acc_fractions)
        common = int(each.min())
        return common, np.minimum(each - common, _MOST_EQUALISED)

    def _proved_peaks(self) -> Float64:
        """(out,): what no input makes an output exceed, so that a channel that passes pixels loses none."""
        in_max = (2**self._signal.bits - 1) * 2.0**-self._signal.fraction
        return np.maximum(
            self._bias + np.maximum(self._matrix, 0).sum(axis=1) * in_max, 2.0**-_LARGEST_FRACTION
        )

    def output(self) -> tuple[_Signal, LayerRange]:
        """What flows on, and what was seen of it."""
        factors = np.exp2(self.equalised[:, None, None], dtype=np.float64)
        exact: list[Float64] = [np.maximum(planes, 0) * factors for planes in self._exact]
        integers, observed, clipped = [], 0, 0
        for planes in self._signal.integers:
            acc = accumulate(planes, self.layer)
            integers.append(requantize(acc, self.layer, self._widths.rounding))
            unlimited = np.maximum(acc, 0) >> self.layer.shifts[:, None, None]
            observed = max(observed, int(unlimited.max()))
            clipped += int((unlimited > self.layer.out_max).sum())
        zeros = int(((self.layer.weights.reshape(self._matrix.shape) == 0) & (self._matrix != 0)).sum())
        total = sum(planes.size for planes in integers)
        signal = _Signal(exact, integers, self.fraction, self._out_bits)
        return signal, LayerRange(observed, clipped / total, zeros)


def _windows(planes: npt.NDArray[np.generic], k: int, stride: int) -> Float64:
    """(C * k * k, places) of every ``stride``-th window, in rows."""
    channels, height, width = planes.shape
    windows = np.lib.stride_tricks.sliding_window_view(planes, (k, k), axis=(1, 2))
    rows, columns = np.divmod(np.arange(0, (height - k + 1) * (width - k + 1), stride), width - k + 1)
    return windows[:, rows, columns].transpose(0, 2, 3, 1).reshape(channels * k * k, -1).astype(np.float64)


def _check(weights: Weights, inputs: Sequence[Levels]) -> None:
    if not inputs:
        raise UsageError("expected at least one picture to calibrate on, got none")
    channels = weights.architecture.channels
    for planes in inputs:
        if planes.dtype != np.uint8 or planes.ndim != 3 or len(planes) != channels:
            raise UsageError(
                f"expected ({channels}, H, W) uint8 planes to calibrate on, got {planes.shape} {planes.dtype}"
            )


def _check_accumulator(layer: FixedLayer, number: int, widths: Widths) -> None:
    if layer.acc_bits > widths.accumulator:
        raise UsageError(
            f"expected accumulators of at most {widths.accumulator} bits, got {layer.acc_bits} in layer "
            f"{number}; use fewer bits than {widths}"
            + (", or an accumulator of 48 bits" if widths.accumulator < 48 else "")
        )
