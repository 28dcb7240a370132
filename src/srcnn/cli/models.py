"""``srcnn models``: the weights in the package."""

from typing import TYPE_CHECKING

from srcnn.cli.common import AsJson, print_json
from srcnn.text_table import aligned

if TYPE_CHECKING:
    from srcnn.zoo import ZooEntry

EPILOG = """
Examples:

  srcnn models

  srcnn models --json
"""

_REFERENCE_SETS = ("Set5", "Classic5")
"""The first of these that a card has a PSNR on is shown."""
_COLUMNS = ["name", "scale", "task", "network", "parameters", "size", "PSNR"]


def models_command(as_json: AsJson = False) -> None:
    """List the shipped weights: scale, task, size, and the PSNR on Set5 or Classic5 from their card.

    For each scale one is marked "best": --model best stands for it.
    """
    from srcnn.zoo import list_models

    entries = list_models()
    if as_json:
        print_json([entry.to_json() for entry in entries])
        return
    if not entries:
        print("this version ships no weights; train some with: srcnn train")
        return
    print(aligned([_COLUMNS, *(_row(entry) for entry in entries)], words=range(len(_COLUMNS))))


def _row(entry: "ZooEntry") -> list[str]:
    card = entry.card
    measured = next((name for name in _REFERENCE_SETS if name in card.figures), None)
    figures = card.figures[measured] if measured else None
    psnr = figures.get("psnr") if isinstance(figures, dict) else None
    return [
        entry.name,
        "-" if card.scale is None else f"x{card.scale}",
        " ".join([card.task, *card.degradation[:1]]) + (", best" if card.best else ""),
        f"{entry.architecture.name} ({'-'.join(map(str, entry.architecture.widths))})",
        f"{entry.architecture.parameters:,}",
        f"{entry.bytes / 1000:.0f} kB",
        "-" if psnr is None else f"{psnr:.2f} dB on {measured}",
    ]
