"""A network of integers: what the contract ``srcnn-fixed-1`` says of it, and what can be proved."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from srcnn.arch import Border
from srcnn.errors import UsageError, one_of
from srcnn.types import Int64

CONTRACT = "srcnn-fixed-1"
INPUT_BITS = 8
WIDTHS = (8, 10, 12, 16)
"""Bits that weights and activations may have."""
ACCUMULATOR_LIMITS = (32, 48)
"""Accumulators that processors (32) and the multipliers of FPGAs (48) have."""

MAX_SHIFT = 47

Rounding = Literal["half-even", "half-up", "truncate"]
ROUNDINGS: tuple[Rounding, ...] = get_args(Rounding)


@dataclass(frozen=True, eq=False)
class FixedLayer:
    """One convolution on integers.

    ``acc = bias + sum(weight * input)``, exact; ``output = clip(round(acc / 2^shift), 0, 2^out_bits - 1)``.

    Attributes:
        border: as in `srcnn.arch.Layer`.
        weights: (out, in, k, k) int64, applied as correlation; at most 2^(weight_bits - 1) - 1 in size.
        biases: (out,) int64, at the accumulator's scale.
        shifts: (out,) int64, at least 0.
        weight_bits: width of a weight, signed.
        in_bits: width of an input, unsigned.
        out_bits: width of an output, unsigned.
        acc_fractions: (out,) int64: in an accumulator one grey level is 2^fraction.

    Raises:
        UsageError: shapes that do not fit each other, or values that do not fit their width.
    """

    border: Border
    weights: Int64
    biases: Int64
    shifts: Int64
    weight_bits: int
    in_bits: int
    out_bits: int
    acc_fractions: Int64

    def __post_init__(self) -> None:
        out = (len(self.weights),)
        if self.weights.ndim != 4 or not self.biases.shape == self.shifts.shape == out:
            raise UsageError(
                f"expected (out, in, k, k) weights with a bias and a shift for each output, got "
                f"{self.weights.shape}, {self.biases.shape} and {self.shifts.shape}"
            )
        largest = np.abs(self.weights).max()
        if largest > self.weight_max:
            raise UsageError(
                f"expected weights of at most {self.weight_max} for {self.weight_bits} bits, got {largest}"
            )
        if not 0 <= self.shifts.min() <= self.shifts.max() <= MAX_SHIFT:
            raise UsageError(
                f"expected shifts of 0 to {MAX_SHIFT}, got {self.shifts.min()} to {self.shifts.max()}"
            )

    @property
    def kernel(self) -> int:
        """Side of the window."""
        return self.weights.shape[2]

    @property
    def in_channels(self) -> int:
        """Planes in."""
        return self.weights.shape[1]

    @property
    def out_channels(self) -> int:
        """Planes out."""
        return self.weights.shape[0]

    @property
    def weight_max(self) -> int:
        """The largest weight: the range is symmetric, so that no product overflows by one."""
        return 2 ** (self.weight_bits - 1) - 1

    @property
    def in_max(self) -> int:
        """The largest input."""
        return 2**self.in_bits - 1

    @property
    def out_max(self) -> int:
        """The largest output; what is above it becomes it."""
        return 2**self.out_bits - 1

    @property
    def out_fractions(self) -> Int64:
        """(out,): in an output one grey level is 2^fraction; a fraction may be negative."""
        return self.acc_fractions - self.shifts

    @property
    def bounds(self) -> Int64:
        """(out,): ``|bias| + sum |weight| * in_max``, which no sum exceeds, whatever the input and the order.

        Bias and products all positive, or all negative, give the largest sum, and any part of the sum is
        smaller; so an accumulator that holds the bound never wraps around, also half-way.
        """
        return np.abs(self.biases) + np.abs(self.weights).sum(axis=(1, 2, 3)) * self.in_max

    @property
    def acc_bits(self) -> int:
        """Signed bits that hold every channel's bound: the width proved for the accumulator."""
        return int(self.bounds.max()).bit_length() + 1

    @property
    def naive_acc_bits(self) -> int:
        """What is needed without looking at the weights: every product at its largest."""
        taps = self.in_channels * self.kernel**2
        return (taps * self.weight_max * self.in_max).bit_length() + 1


@dataclass(frozen=True, eq=False)
class FixedNetwork:
    """Layers of integers: 8-bit planes in, 8-bit planes of the same size out.

    Attributes:
        name: of the weights it was made from.
        layers: at least one.
        rounding: what becomes of the bits that a shift cuts off.

    Raises:
        UsageError: layers that do not fit each other, or an unknown rounding.
    """

    name: str
    layers: tuple[FixedLayer, ...]
    rounding: Rounding = "half-even"

    def __post_init__(self) -> None:
        one_of(self.rounding, ROUNDINGS, "a rounding")
        for number, (before, after) in enumerate(pairwise(self.layers), start=1):
            if (before.out_channels, before.out_bits) != (after.in_channels, after.in_bits):
                raise UsageError(
                    f"expected layer {number + 1} to take {before.out_channels} channels of "
                    f"{before.out_bits} bits, got {after.in_channels} of {after.in_bits}"
                )
        first, last = self.layers[0], self.layers[-1]
        if not first.in_bits == last.out_bits == INPUT_BITS or first.in_channels != last.out_channels:
            raise UsageError(f"expected {INPUT_BITS}-bit planes in and as many out")

    @property
    def channels(self) -> int:
        """Planes in and out."""
        return self.layers[0].in_channels

    @property
    def input_margin(self) -> int:
        """Pixels by which the input is edge-padded once, for the layers that pad nothing themselves."""
        return sum(layer.kernel // 2 for layer in self.layers if layer.border == "valid")

    @property
    def halo(self) -> int:
        """Pixels on each side that an output pixel sees."""
        return sum(layer.kernel // 2 for layer in self.layers)

    @property
    def macs_per_pixel(self) -> int:
        """Multiply-accumulates for one output pixel."""
        return sum(layer.weights.size for layer in self.layers)

    @property
    def architecture(self) -> str:
        """Kernel sizes as the paper writes them."""
        return "-".join(str(layer.kernel) for layer in self.layers)
