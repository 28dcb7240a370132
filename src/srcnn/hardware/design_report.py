"""A report of a design: what it costs in dB, its formats, and what its core gives in frames a second."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srcnn.errors import UsageError
from srcnn.fixed_point import FixedNetwork
from srcnn.hardware.folding import Folding, LayerFolding, clocks_per_frame, plan_folding
from srcnn.hardware.manifest import read_manifest, read_network
from srcnn.hardware.picture_rows import PictureRow, picture_rows
from srcnn.hardware.report_sections import (
    CLOCK_MHZ,
    FRAMES,
    DesignReport,
    Section,
    design_values,
    formats_section,
    frames_section,
    title,
)
from srcnn.hardware.synthesis import Family, Resources, clock_rate, find_nextpnr, synthesize
from srcnn.text_table import TextTable
from srcnn.types import Progress, StrPath

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PACES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Clocks a pixel that the figure shows foldings for."""


def design_report(
    directory: Path,
    data: StrPath | None = None,
    *,
    simulated: bool = False,
    clock_mhz: float = CLOCK_MHZ,
    families: tuple[Family, ...] = (),
    progress: Progress | None = None,
) -> DesignReport:
    """Everything that is known of a design.

    Args:
        directory: what `export_design` has written.
        data: HR pictures to measure on: a folder, a picture, or a set's name.
        simulated: send these pictures through C and, in Verilator, through the core too.
        clock_mhz: what frames a second are given for.
        families: to synthesise for.
        progress: called with (pictures done, pictures in all).

    Raises:
        UsageError: a clock rate that is not positive, or pictures to simulate and none given.
        DataError: no such pictures.
        HardwareError: no design, or a program that is missing or fails.
    """
    _check_clock(clock_mhz)
    if simulated and data is None:
        raise UsageError("expected pictures to simulate, got none; name them behind the design")
    manifest = read_manifest(directory)
    network, folding = read_network(directory, manifest), read_folding(manifest)
    rows, clocks = [], {}
    if data is not None:
        rows, clocks = picture_rows(
            directory, manifest, network, data, simulated=simulated, progress=progress
        )
    resources = [_measured_resources(directory, family) for family in families]
    sections = [
        *([_pictures(rows, manifest)] if rows else []),
        formats_section(manifest),
        *([_resources(resources, folding)] if resources else []),
        frames_section(network, folding, clock_mhz, clocks),
    ]
    return DesignReport(
        title(manifest),
        tuple(sections),
        {
            **design_values(manifest, network, folding, clock_mhz),
            "pictures": [vars(row) for row in rows],
            "resources": [{**found.as_json(), "clock_mhz": rate} for found, rate in resources],
            "clocks_counted": clocks,
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
        UsageError: a clock rate that is not positive.
        MissingExtraError: matplotlib is not installed.
    """
    from srcnn.figures.plot import in_thousands, new_figure, tidy

    _check_clock(clock_mhz)
    figure = new_figure(7.6, 4.8)
    axis = figure.subplots()
    foldings = [plan_folding(network, pace) for pace in PACES]
    for width, height in FRAMES:
        rates = [1e6 * clock_mhz / clocks_per_frame(network, folding, width, height) for folding in foldings]
        axis.plot([folding.multipliers for folding in foldings], rates, "o-", label=f"{width}x{height}")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.axhline(60, color="0.6", linewidth=0.8, linestyle="--")
    axis.yaxis.set_major_formatter("{x:g}")
    tidy(axis, "multipliers", f"frames a second at {clock_mhz:g} MHz")
    in_thousands(axis)
    axis.legend(fontsize="small", frameon=False, loc="best")
    figure.suptitle(f"{network.name}: what a folding costs, and what it is worth", fontsize=11)
    return figure


def _check_clock(clock_mhz: float) -> None:
    if not clock_mhz > 0:
        raise UsageError(f"expected a clock rate above 0 MHz, got {clock_mhz:g}")


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
