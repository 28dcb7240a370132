"""A report of a design: what it costs in dB, its formats, and what its core gives in frames a second."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srcnn.errors import UsageError
from srcnn.fixed_point import FixedNetwork
from srcnn.hardware.folding import Folding, LayerFolding, clocks_per_frame, plan_folding
from srcnn.hardware.manifest import read_manifest, read_network
from srcnn.hardware.picture_rows import PictureRow, picture_rows
from srcnn.hardware.synthesis import Family, Resources, clock_rate, find_nextpnr, synthesize
from srcnn.text_table import TextTable
from srcnn.types import StrPath

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CLOCK_MHZ = 100.0
"""A rate that small FPGAs reach; the real one is known after placing and routing."""
FRAMES = ((255, 255), (1280, 720), (1920, 1080))
PACES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Clocks a pixel that the figure shows foldings for."""


@dataclass(frozen=True)
class Section:
    """A table with its title and what its figures mean."""

    title: str
    description: str
    table: TextTable

    def __str__(self) -> str:
        return f"{self.title}\n{self.description}\n\n{self.table}"

    def to_markdown(self) -> str:
        """The section in Markdown."""
        return f"## {self.title}\n\n{self.description}\n\n{self.table.to_markdown()}"


@dataclass(frozen=True, eq=False)
class DesignReport:
    """All tables of a design; ``str()`` is text.

    Attributes:
        name: of the network and its widths.
        sections: in order.
        values: the same figures for programs.
    """

    name: str
    sections: tuple[Section, ...]
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return "\n\n".join([self.name, *map(str, self.sections)])

    def to_markdown(self) -> str:
        """The report in Markdown."""
        return "\n\n".join([f"# {self.name}", *(section.to_markdown() for section in self.sections)]) + "\n"


def design_report(
    directory: Path,
    data: StrPath | None = None,
    *,
    simulated: bool = False,
    clock_mhz: float = CLOCK_MHZ,
    families: tuple[Family, ...] = (),
) -> DesignReport:
    """Everything that is known of a design.

    Args:
        directory: what `export_design` has written.
        data: HR pictures to measure on: a folder, a picture, or a set's name.
        simulated: send these pictures through C and, in Verilator, through the core too.
        clock_mhz: what frames a second are told for.
        families: to synthesise for.

    Raises:
        UsageError: a clock rate that is not positive, or pictures to simulate and none given.
        DataError: no such pictures.
        HardwareError: no design, or a program that is missing or fails.
    """
    if not clock_mhz > 0:
        raise UsageError(f"expected a clock rate above 0 MHz, got {clock_mhz:g}")
    if simulated and data is None:
        raise UsageError("expected pictures to simulate, got none; name them with --data")
    manifest = read_manifest(directory)
    network, folding = read_network(directory, manifest), read_folding(manifest)
    rows, clocks = [], {}
    if data is not None:
        rows, clocks = picture_rows(directory, manifest, network, data, simulated=simulated)
    resources = [_measured_resources(directory, family) for family in families]
    sections = [
        *([_pictures(rows, manifest)] if rows else []),
        _formats(manifest),
        *([_resources(resources, folding)] if resources else []),
        _frames(network, folding, clock_mhz, clocks),
    ]
    facts = manifest["network"]
    return DesignReport(
        f"{facts['name']}, W{facts['weight_bits']}A{facts['activation_bits']}, {facts['rounding']}",
        tuple(sections),
        {
            "network": facts,
            "pictures": [vars(row) for row in rows],
            "layers": [{**layer, **_ranges(layer)} for layer in manifest["layers"]],
            "resources": [{**found.as_json(), "clock_mhz": rate} for found, rate in resources],
            "core": manifest["core"],
            "clock_mhz": clock_mhz,
            "clocks_counted": clocks,
            "frames": _frame_values(network, folding, clock_mhz),
        },
    )


def read_folding(manifest: Mapping[str, Any]) -> Folding:
    """The folding of a design's core."""
    names = LayerFolding.__dataclass_fields__
    layers = manifest["core"]["folding"]["layers"]
    return Folding(tuple(LayerFolding(**{name: layer[name] for name in names}) for layer in layers))


def pace_figure(network: FixedNetwork, clock_mhz: float = CLOCK_MHZ) -> "Figure":
    """Multipliers against frames a second, for foldings of `PACES` clocks a pixel and each of `FRAMES`.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    from srcnn.figures.plot import in_thousands, new_figure, tidy

    figure = new_figure(7.6, 4.8)
    axis = figure.subplots()
    foldings = [plan_folding(network, pace) for pace in PACES]
    for width, height in FRAMES:
        rates = [1e6 * clock_mhz / clocks_per_frame(network, folding, width, height) for folding in foldings]
        axis.plot([folding.multipliers for folding in foldings], rates, "o-", label=f"{width}x{height}")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.axhline(60, color="0.6", linewidth=0.8, linestyle="--")
    tidy(axis, "multipliers", f"frames a second at {clock_mhz:g} MHz")
    in_thousands(axis)
    axis.legend(fontsize="small", frameon=False)
    figure.suptitle(f"{network.name}: what a folding costs, and what it is worth", fontsize=11)
    return figure


def _pictures(rows: list[PictureRow], manifest: Mapping[str, Any]) -> Section:
    header = ["image", "arithmetic", "PSNR", "SSIM", "MSE", "dPSNR", "largest", "identical", "clipped"]
    lines = [
        [
            row.image,
            row.arithmetic,
            f"{row.psnr:.6f}",
            f"{row.ssim:.6f}",
            f"{row.mse:.6f}",
            f"{row.gain:+.6f}",
            f"{row.largest:.0f}",
            f"{row.identical:.2%}",
            f"{row.clipped}",
        ]
        for row in rows
    ]
    return Section(
        "Pictures",
        "PSNR in dB, MSE in squared grey levels. dPSNR, the largest difference in grey levels and the share "
        "of identical pixels are against the network in float on the same picture of 8 bits. Clipped: "
        "pixels at 0 or 255.",
        TextTable([header], lines, words=(0, 1)),
    )


def _formats(manifest: Mapping[str, Any]) -> Section:
    header = ["layer", "window", "in", "weights", "acc", "naive", "out", "shifts", "largest", "headroom"]
    lines = []
    for number, layer in enumerate(manifest["layers"], start=1):
        kernel, seen = layer["kernel"], _ranges(layer)
        lines.append(
            [
                str(number),
                f"{kernel}x{kernel}x{layer['in_channels']} -> {layer['out_channels']}",
                f"u{layer['in_bits']}",
                f"s{layer['weight_bits']}",
                f"s{layer['acc_bits']}",
                f"s{layer['acc_bits_naive']}",
                f"u{layer['out_bits']}",
                f"{min(layer['shifts'])}-{max(layer['shifts'])}",
                str(layer["observed"]),
                f"{seen['headroom_bits']:.2f} bits",
            ]
        )
    return Section(
        "Formats",
        "Bits, u unsigned and s signed. acc: proved from the weights, for any input; naive: from the widths "
        "alone. Largest output on the calibration pictures, and the room above it.",
        TextTable([header], lines, words=(0, 1)),
    )


def _ranges(layer: Mapping[str, Any]) -> dict[str, float]:
    limit = 2 ** layer["out_bits"] - 1
    return {"headroom_bits": float(np.log2(limit / max(layer["observed"], 1)))}


def _measured_resources(directory: Path, family: Family) -> tuple[Resources, float | None]:
    """Resources, and the clock rate in MHz of a core that nextpnr could place and route."""
    with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        netlist = Path(folder) / "netlist.json"
        found = synthesize(directory, family, netlist=netlist)
        placed = family == "ecp5" and find_nextpnr() is not None
        return found, clock_rate(netlist) if placed else None


def _resources(resources: list[tuple[Resources, float | None]], folding: Folding) -> Section:
    header = ["family", "multipliers", "LUTs", "flip-flops", "DSPs", "block RAMs", "MHz"]
    lines = [
        [
            found.family,
            str(folding.multipliers),
            f"{found.luts:,}",
            f"{found.flip_flops:,}",
            str(found.multipliers),
            f"{found.block_rams:g}",
            "-" if rate is None else f"{rate:.1f}",
        ]
        for found, rate in resources
    ]
    return Section(
        "Resources",
        f"By {resources[0][0].tool}; a vendor's tool finds others. Block RAMs of 36 kbit (xc7) or 18 (ecp5). "
        "MHz by nextpnr for the largest ECP5, where it is installed.",
        TextTable([header], lines),
    )


def _frames(network: FixedNetwork, folding: Folding, clock_mhz: float, counted: Mapping[str, int]) -> Section:
    lines = [
        [f"{found['width']}x{found['height']}", f"{found['clocks']:,}", f"{found['frames_per_second']:.1f}"]
        for found in _frame_values(network, folding, clock_mhz)
    ]
    lines += [
        [f"{name}, counted", f"{clocks:,}", f"{1e6 * clock_mhz / clocks:.1f}"]
        for name, clocks in counted.items()
    ]
    return Section(
        "Frames",
        f"A core of {folding.multipliers} multipliers, {folding.clocks_per_pixel} clocks a pixel; frames a "
        f"second at {clock_mhz:g} MHz. Clocks between frames sent without a gap, predicted to a few percent; "
        "counted: by the simulation.",
        TextTable([["frame", "clocks", "frames/s"]], lines, words=(0,)),
    )


def _frame_values(network: FixedNetwork, folding: Folding, clock_mhz: float) -> list[dict[str, Any]]:
    values = []
    for width, height in FRAMES:
        clocks = clocks_per_frame(network, folding, width, height)
        rate = 1e6 * clock_mhz / clocks
        values.append({"width": width, "height": height, "clocks": clocks, "frames_per_second": rate})
    return values
