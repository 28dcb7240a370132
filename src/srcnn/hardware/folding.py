"""How many multipliers each layer of the core gets, and how many clocks a pixel then takes.

A layer multiplies ``in_lanes`` input channels, ``taps`` of the kernel and ``out_lanes`` output channels in
one clock, and repeats that until the pixel is done. The layers work at the same time, so the slowest sets
the pace; a balanced folding spends no multiplier on being faster than that.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial

from srcnn.errors import UsageError
from srcnn.fixed_point.fixed_network import FixedLayer, FixedNetwork

CLOCKS_PER_PIXEL = 64
"""Default: about 128 multipliers for 9-1-5, what a small FPGA has."""


@dataclass(frozen=True)
class LayerFolding:
    """One layer's share of the work in a clock.

    Attributes:
        kernel: side of the window.
        in_channels: of the layer.
        out_channels: of the layer.
        in_lanes: input channels in one clock; the last clock of a pixel may use fewer.
        out_lanes: output channels in one clock.
        taps: of the kernel in one clock: the whole window (k * k), a column (k), or 1.

    Raises:
        UsageError: lanes beyond the channels, or other taps.
    """

    kernel: int
    in_channels: int
    out_channels: int
    in_lanes: int
    out_lanes: int
    taps: int

    def __post_init__(self) -> None:
        for side in ("in", "out"):
            lanes, channels = getattr(self, f"{side}_lanes"), getattr(self, f"{side}_channels")
            if not 1 <= lanes <= channels:
                raise UsageError(f"expected 1 to {channels} {side}_lanes, got {lanes}")
        if self.taps not in _tap_choices(self.kernel):
            choices = ", ".join(map(str, _tap_choices(self.kernel)))
            size = f"{self.kernel}x{self.kernel}"
            raise UsageError(f"expected taps of {choices} for a {size} kernel, got {self.taps}")

    @property
    def beats(self) -> int:
        """Clocks in which a pixel's input channels come in."""
        return -(-self.in_channels // self.in_lanes)

    @property
    def groups(self) -> int:
        """Groups in which a pixel's output channels are made."""
        return -(-self.out_channels // self.out_lanes)

    @property
    def clocks_per_pixel(self) -> int:
        """Clocks for one output pixel."""
        return self.groups * self.beats * (self.kernel**2 // self.taps)

    @property
    def multipliers(self) -> int:
        """Products in one clock."""
        return self.in_lanes * self.out_lanes * self.taps


@dataclass(frozen=True)
class Folding:
    """The folding of all layers, first to last."""

    layers: tuple[LayerFolding, ...]

    @property
    def clocks_per_pixel(self) -> int:
        """Clocks for one pixel of the slowest layer."""
        return max(layer.clocks_per_pixel for layer in self.layers)

    @property
    def multipliers(self) -> int:
        """Products of all layers in one clock."""
        return sum(layer.multipliers for layer in self.layers)

    def as_json(self) -> dict[str, object]:
        """Plain values for a manifest or a record."""
        totals = ("clocks_per_pixel", "multipliers")
        return {
            **{name: getattr(self, name) for name in totals},
            "layers": [
                {**asdict(layer), **{name: getattr(layer, name) for name in totals}} for layer in self.layers
            ],
        }


def plan_folding(network: FixedNetwork, clocks_per_pixel: int | None = None) -> Folding:
    """The fewest multipliers and output lanes together with which every layer keeps a pace.

    Args:
        network: the integers.
        clocks_per_pixel: the pace, at least 1; by default `CLOCKS_PER_PIXEL`. More than one multiplier a
            layer needs is the same as what it needs.

    Raises:
        UsageError: a pace below 1.
    """
    clocks = CLOCKS_PER_PIXEL if clocks_per_pixel is None else clocks_per_pixel
    if clocks < 1:
        raise UsageError(f"expected at least 1 clock per pixel, got {clocks}")
    return Folding(tuple(_fold_layer(layer, clocks) for layer in network.layers))


def plan_multipliers(network: FixedNetwork, multipliers: int) -> Folding:
    """The fastest of the foldings of `plan_folding` that have at most so many multipliers.

    Raises:
        UsageError: fewer multipliers than layers.
    """
    least = len(network.layers)
    if multipliers < least:
        raise UsageError(f"expected at least {least} multipliers, one a layer, got {multipliers}")
    slow, fast = max(layer.weights.size for layer in network.layers), 0
    # Fewer clocks never need fewer multipliers, so the boundary can be halved in.
    while slow - fast > 1:
        middle = (slow + fast) // 2
        if plan_folding(network, middle).multipliers <= multipliers:
            slow = middle
        else:
            fast = middle
    return plan_folding(network, slow)


def clocks_per_frame(network: FixedNetwork, folding: Folding, width: int, height: int) -> int:
    """Clocks from one frame to the next without a gap, to a few percent; of small frames to a tenth.

    A layer puts nothing out while its window fills with the first k - 1 pixels of a line, and its line
    buffer with the first k - 1 lines. As hardly anything is stored between layers, these come at the pace
    of the layers before it. Where a layer has a border of its own, they come from the memory of that.

    Args:
        network: the integers.
        folding: of that network.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    columns, rows = width + 2 * network.input_margin, height + 2 * network.input_margin
    pace, line, frame = 1, columns, columns * rows
    for layer, fold in zip(network.layers, folding.layers, strict=True):
        fill = layer.kernel - 1
        if layer.border == "valid":
            columns, rows = columns - fill, rows - fill
            fill_line = fill * max(pace, fold.beats)
            fill_frame = fill * line
        else:
            fill_line = fill * fold.beats
            fill_frame = fill * (columns + fill) * fold.beats
        line = max(line, fill_line + columns * fold.clocks_per_pixel)
        frame = max(frame, fill_frame + rows * line)
        pace = max(pace, fold.clocks_per_pixel)
    return frame


def _tap_choices(kernel: int) -> tuple[int, ...]:
    return tuple(sorted({kernel**2, kernel, 1}))


def _fold_layer(layer: FixedLayer, clocks: int) -> LayerFolding:
    kernel, (out_channels, in_channels) = layer.kernel, layer.weights.shape[:2]
    fold = partial(LayerFolding, kernel, in_channels, out_channels)
    candidates = (
        fold(-(-in_channels // beats), -(-out_channels // groups), taps)
        for taps in _tap_choices(kernel)
        for beats, groups in _splits(in_channels, out_channels, clocks // (kernel**2 // taps))
    )
    best = min(candidates, key=_cost, default=None)
    return best or fold(1, 1, 1)


def _splits(in_channels: int, out_channels: int, clocks: int) -> Iterator[tuple[int, int]]:
    """Beats and groups that fit into so many clocks, with as many groups as fit."""
    for beats in range(1, min(in_channels, clocks) + 1):
        yield beats, min(out_channels, clocks // beats)


def _cost(fold: LayerFolding) -> tuple[int, int]:
    # An output lane has an accumulator and a requantizer of its own, of as much logic as an FPGA has beside
    # each multiplier: 100 to 250 LUTs.
    return fold.multipliers + fold.out_lanes, fold.clocks_per_pixel
