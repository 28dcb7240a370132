"""How many bits weights and activations have."""

import re
from dataclasses import dataclass

from srcnn.errors import UsageError, one_of
from srcnn.fixed_point.fixed_network import ACCUMULATOR_LIMITS, ROUNDINGS, WIDTHS, Rounding


@dataclass(frozen=True)
class Widths:
    """Bits of a fixed-point network.

    Attributes:
        weights: signed bits of a weight, one of `WIDTHS`.
        activations: unsigned bits between layers, one of `WIDTHS`; pixels in and out have 8.
        accumulator: bits that no proved accumulator may exceed, one of `ACCUMULATOR_LIMITS`.
        rounding: of what a shift cuts off.

    Raises:
        UsageError: widths that the contract does not have.
    """

    weights: int = 12
    activations: int = 12
    accumulator: int = 48
    rounding: Rounding = "half-even"

    def __post_init__(self) -> None:
        for kind, bits, choices in (
            ("weights", self.weights, WIDTHS),
            ("activations", self.activations, WIDTHS),
            ("accumulators", self.accumulator, ACCUMULATOR_LIMITS),
        ):
            if bits not in choices:
                raise UsageError(f"expected {kind} of {', '.join(map(str, choices))} bits, got {bits}")
        one_of(self.rounding, ROUNDINGS, "a rounding")

    def __str__(self) -> str:
        return f"W{self.weights}A{self.activations}"


def parse_widths(text: str) -> Widths:
    """Widths from ``8`` (both), ``w8a12``, ``int8`` or ``int16``; ``""`` is the default.

    Raises:
        UsageError: another form, or widths that the contract does not have.
    """
    if not text:
        return Widths()
    match = re.fullmatch(r"(?:int)?(\d+)|w(\d+)a(\d+)", text.lower())
    if match is None:
        raise UsageError(f"expected widths such as 12, w8a12 or int8, got {text!r}")
    both, weights, activations = match.groups()
    return Widths(int(both or weights), int(both or activations))
