"""The sections of a report that follow from a design alone: formats, and frames a second."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcnn.fixed_point import FixedNetwork
from srcnn.hardware.folding import Folding, clocks_per_frame
from srcnn.text_table import TextTable, printable

CLOCK_MHZ = 100.0
"""A rate that small FPGAs reach; the real one is known after placing and routing."""
FRAMES = ((255, 255), (1280, 720), (1920, 1080))


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


def report_files(manifest: Mapping[str, Any], network: FixedNetwork, folding: Folding) -> dict[str, bytes]:
    """``report.md`` and ``report.json`` of a design, of what is known without running anything."""
    sections = (formats_section(manifest), frames_section(network, folding, CLOCK_MHZ))
    values = design_values(manifest, network, folding, CLOCK_MHZ)
    report = DesignReport(title(manifest), sections, values)
    return {
        "report.md": report.to_markdown().encode(),
        "report.json": (json.dumps(values, indent=2) + "\n").encode(),
    }


def title(manifest: Mapping[str, Any]) -> str:
    """The network, its widths and its rounding."""
    facts = manifest["network"]
    widths = f"W{facts['weight_bits']}A{facts['activation_bits']}"
    return f"{printable(facts['name'])}, {widths}, {facts['rounding']}"


def design_values(
    manifest: Mapping[str, Any], network: FixedNetwork, folding: Folding, clock_mhz: float
) -> dict[str, Any]:
    """Formats, core and frames as plain values."""
    return {
        "network": manifest["network"],
        "layers": [{**layer, "headroom_bits": _headroom(layer)} for layer in manifest["layers"]],
        "core": manifest["core"],
        "clock_mhz": clock_mhz,
        "frames": _frame_values(network, folding, clock_mhz),
    }


def formats_section(manifest: Mapping[str, Any]) -> Section:
    """Formats of each layer, and what calibration saw."""
    header = ["layer", "window", "in", "weights", "zeroed", "acc", "naive", "out", "shifts"]
    header += ["largest", "headroom", "clipped"]
    lines = []
    for number, layer in enumerate(manifest["layers"], start=1):
        kernel = layer["kernel"]
        lines.append(
            [
                str(number),
                f"{kernel}x{kernel}x{layer['in_channels']} -> {layer['out_channels']}",
                f"u{layer['in_bits']}",
                f"s{layer['weight_bits']}",
                str(layer["zeros"]),
                f"s{layer['acc_bits']}",
                f"s{layer['acc_bits_naive']}",
                f"u{layer['out_bits']}",
                f"{min(layer['shifts'])}-{max(layer['shifts'])}",
                str(layer["observed"]),
                f"{_headroom(layer):.2f} bits",
                f"{layer['clipped']:.3%}",
            ]
        )
    return Section(
        "Formats",
        "Bits, u unsigned and s signed. acc: proved from the weights, for any input; naive: from the widths "
        "alone. Zeroed: weights that became 0. On the calibration pictures: the largest output before "
        "saturation, the room above it, and the share of outputs that saturate.",
        TextTable([header], lines, words=(0, 1)),
    )


def _headroom(layer: Mapping[str, Any]) -> float:
    limit = 2 ** layer["out_bits"] - 1
    return float(np.log2(limit / max(layer["observed"], 1)))


def frames_section(
    network: FixedNetwork, folding: Folding, clock_mhz: float, counted: Mapping[str, int] | None = None
) -> Section:
    """Frames a second of each of `FRAMES`, and clocks that a simulation ``counted``, by picture."""
    lines = [
        [f"{found['width']}x{found['height']}", f"{found['clocks']:,}", _rate(found["frames_per_second"])]
        for found in _frame_values(network, folding, clock_mhz)
    ]
    lines += [
        [f"{name}, counted", f"{clocks:,}", _rate(1e6 * clock_mhz / clocks)]
        for name, clocks in (counted or {}).items()
    ]
    return Section(
        "Frames",
        f"A core of {folding.multipliers} multipliers, {folding.clocks_per_pixel} clocks a pixel; frames a "
        f"second at {clock_mhz:g} MHz. Clocks between frames sent without a gap, predicted to a few percent; "
        "counted: by the simulation.",
        TextTable([["frame", "clocks", "frames/s"]], lines, words=(0,)),
    )


def _rate(per_second: float) -> str:
    """Three digits at least: a core of few multipliers takes minutes for a large frame."""
    return f"{per_second:.1f}" if per_second >= 100 else f"{per_second:#.3g}".rstrip(".")


def _frame_values(network: FixedNetwork, folding: Folding, clock_mhz: float) -> list[dict[str, Any]]:
    values = []
    for width, height in FRAMES:
        clocks = clocks_per_frame(network, folding, width, height)
        rate = 1e6 * clock_mhz / clocks
        values.append({"width": width, "height": height, "clocks": clocks, "frames_per_second": rate})
    return values
