"""Tables of ``records/hardware/`` for the pages: what fixed point costs, and what cores take and give."""

import json
from collections.abc import Callable
from typing import Any

from recording import RECORDS, present_name, table

FOLDER = RECORDS / "hardware"
BASIS = "float, 8-bit input"
"""What fixed point is measured against: the network in float on the picture that hardware is given."""
WIDTHS = ("W16A16", "W12A12", "W10A10", "W8A8")
BITS = [width[1:].partition("A")[0] + " bits" for width in WIDTHS]
ROUNDED_WIDTHS = ("W12A12", "W8A8")
ROUNDINGS = ("half to even", "half-up", "truncate")
CLOCK_MHZ = 100


def hardware_losses() -> str:
    """Loss of each width in dB, by set and network: the mean, and the picture that loses most."""
    rows = []
    for row in _losses():
        pictures = row["psnr"].values()
        cells = [_loss(pictures, BASIS, width) for width in WIDTHS]
        rows.append(
            [row["set"], present_name(row["model"], row["digest"]), *cells, _loss(pictures, "float", BASIS)]
        )
    header = ["set", "network", *BITS]
    return table([*header, "input rounded to 8 bits"], rows)


def hardware_roundings() -> str:
    """Loss of each way of rounding in dB, where it was measured."""
    row = next(row for row in _losses() if "W12A12 truncate" in row["means"])
    pictures = row["psnr"].values()
    rows = [
        [
            name,
            *(
                _loss(pictures, BASIS, width if name == ROUNDINGS[0] else f"{width} {name}")
                for width in ROUNDED_WIDTHS
            ),
        ]
        for name in ROUNDINGS
    ]
    return table([f"rounding, {row['model']} on {row['set']}", "12 bits", "8 bits"], rows)


def hardware_accumulators() -> str:
    """Bits of accumulators that are proved from the weights, and without looking at them."""
    rows = []
    for row in _losses():
        if row["set"] != "Set5":
            continue
        cells = []
        for width in WIDTHS:
            layers = row["formats"][width]
            proved, naive = (
                "/".join(str(layer[key]) for layer in layers) for key in ("acc_bits", "naive_acc_bits")
            )
            cells.append(f"{proved} ({naive})")
        rows.append([present_name(row["model"], row["digest"]), *cells])
    return table(["network", *BITS], rows)


def hardware_choices() -> str:
    """Loss in dB with the choices of quantisation undone, one at a time."""
    record = _read("choices.json")
    columns = [row["losses"] for row in record["rows"]]
    rows = [
        [choice, *(f"{found[choice]['mean']:.3f} / {found[choice]['largest']:.3f}" for found in columns)]
        for choice in columns[0]
    ]
    networks = [present_name(row["model"], row["digest"]) for row in record["rows"]]
    return table([f"8 bits, {record['set']}", *networks], rows)


def hardware_row() -> str:
    """The row that a reproduction printed for butterfly."""
    record = _read("butterfly.json")
    figures, printed = record["psnr"], record["printed"]
    header = ["", "bicubic", "network", *BITS]
    measured = [f"{figures[key]:.4f}" for key in ("bicubic", "float", *WIDTHS)]
    first = [f"{printed['bicubic']:.6f}", f"{printed['network']:.6f}", *[""] * len(WIDTHS)]
    return table(header, [["as printed", *first], ["here", *measured]])


def hardware_resources() -> str:
    """What cores take of a 7 series and of an ECP5."""
    rows = []
    for entry in _read("synthesis.json"):
        folding = entry["folding"]
        cells = [
            present_name(entry["model"], entry["weights"]),
            str(folding["multipliers"]),
            f"{folding['clocks_per_pixel']:,}",
        ]
        for family in ("xc7", "ecp5"):
            found = entry.get(family)
            keys = ("luts", "flip_flops", "multipliers", "block_rams")
            cells.append(" / ".join(f"{found[key]:,g}" for key in keys) if found else "not measured")
        placed = entry.get("ecp5", {})
        rate = placed.get("clock_mhz")
        rows.append([*cells, f"{rate:.0f}" if rate else "does not fit" if "not_placed" in placed else "-"])
    resources = "LUTs / flip-flops / multipliers / block RAMs"
    header = ["network", "multipliers", "clocks a pixel", f"7 series: {resources}", f"ECP5: {resources}"]
    return table([*header, "ECP5, MHz"], rows)


def hardware_frames() -> str:
    """Frames a second at one clock rate, and clocks that were counted."""
    rows = []
    for entry in _read("synthesis.json"):
        rates = [f"{1e6 * CLOCK_MHZ / clocks:.3g}" for clocks in entry["clocks_per_frame"].values()]
        counted = entry.get("simulation")
        cell = "not measured"
        if counted:
            cell = (
                f"{counted['width']}x{counted['height']}: {counted['clocks']:,} "
                f"({counted['clocks_predicted']:,})"
            )
        network = present_name(entry["model"], entry["weights"])
        rows.append([network, str(entry["folding"]["multipliers"]), *rates, cell])
    sizes = list(_read("synthesis.json")[0]["clocks_per_frame"])
    header = ["network", "multipliers", *sizes, "clocks of a frame, counted (predicted)"]
    return table(header, rows)


def _losses() -> list[dict[str, Any]]:
    return _read("losses.json")["rows"]


def _loss(pictures: Any, before: str, after: str) -> str:
    losses = [figures[before] - figures[after] for figures in pictures]
    # No minus in front of a zero.
    mean, worst = (round(value, 3) + 0.0 for value in (sum(losses) / len(losses), max(losses)))
    return f"{mean:.3f} / {worst:.3f}"


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


HARDWARE_TABLES: dict[str, Callable[[], str]] = {
    function.__name__: function
    for function in (
        hardware_losses,
        hardware_roundings,
        hardware_accumulators,
        hardware_choices,
        hardware_row,
        hardware_resources,
        hardware_frames,
    )
}
