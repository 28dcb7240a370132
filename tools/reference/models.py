"""The page of model cards, from the shipped weights."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pieces import table

from srcnn.weights import load_weights
from srcnn.zoo import ZooEntry, list_models

ROOT = Path(__file__).parents[2]
FILTERS = ROOT / "docs" / "reference" / "filters"
"""Pictures of first layers, drawn by ``tools/card_figures.py``."""
LOSSES = ROOT / "records" / "hardware" / "losses.json"
"""What fixed point costs, measured by ``tools/hardware_losses.py``."""
GIVEN = ("bicubic", "jpeg", "blurred")
"""What a network is given, by the name its PSNR has on cards."""


def models() -> str:
    """The card of each shipped model."""
    entries = list_models()
    total = sum(entry.bytes for entry in entries)
    lines = [
        "# Model cards",
        "",
        f"{len(entries)} models are part of the package, {total / 1e6:.1f} MB together; `srcnn models` lists",
        "them. How each was trained is in [records/](../../records/README.md); under which terms they may be",
        "used, in [LICENSE-weights.md](../../LICENSE-weights.md). Noise gain is what a network makes of",
        "white noise, by its standard deviation; the filters are those of the first layer, each scaled by",
        "its largest weight. Fixed point is [what hardware computes](../explanation/fixed-point.md).",
    ]
    losses = json.loads(LOSSES.read_text(encoding="utf-8"))["rows"]
    for entry in entries:
        facts = [*_facts(entry), *_fixed_point(entry, losses)]
        lines += ["", f"## {entry.name}", "", *table(["", ""], facts)]
        lines += ["", *_figures(entry.card.figures)]
        if (FILTERS / f"{entry.name}.png").exists():
            lines += ["", f"![filters of {entry.name}](filters/{entry.name}.png)"]
    return "\n".join(lines).rstrip()


def _facts(entry: ZooEntry) -> Iterator[list[str]]:
    card, network = entry.card, entry.architecture
    restores = f"restores what {' and '.join(card.degradation) or 'unknown damage'} took"
    yield ["task", f"enlarges {card.scale} times" if card.scale else restores]
    yield ["network", f"{network.name}, {network.parameters:,} parameters, halo {network.halo} pixels"]
    yield ["multiplications", f"{network.macs_per_pixel:,} a pixel"]
    planes = {"y": "luma alone", "ycbcr": "Y, Cb, Cr", "rgb": "R, G, B"}[card.color]
    levels = "" if card.color == "rgb" else f", {card.luma_range} range"
    yield ["works on", f"{planes}{levels}, white is {card.input_range:g}"]
    borders = {layer.border for layer in network.layers}
    yield ["border", ", ".join(sorted(borders))]
    yield ["trained on", ", ".join(card.data)]
    yield ["recipe", f"`{card.recipe}`, commit {card.commit[:7]}"]
    if "noise_gain" in card.figures:
        yield ["noise gain", f"{card.figures['noise_gain']:.2f}"]
    yield ["file", f"{entry.bytes:,} bytes"]
    yield ["licence", card.licence]


def _fixed_point(entry: ZooEntry, losses: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    """What 8 bits cost, where that was measured with these weights."""
    digest = load_weights(entry.path).digest
    measured = [row for row in losses if row["digest"] == digest]
    cells = [
        f"{row['set']} {row['means']['float, 8-bit input'] - row['means']['W8A8']:.3f} dB" for row in measured
    ]
    if cells:
        yield ["8-bit fixed point loses", ", ".join(cells)]


def _protocol(facts: Mapping[str, Any]) -> str:
    """Its name, and what of it is not the same for all models."""
    parts = [
        facts.get("protocol", ""),
        *(f"{key} {facts[key]}" for key in ("quality", "sigma") if key in facts),
    ]
    return ", ".join(parts)


def _figures(figures: Mapping[str, Any]) -> list[str]:
    rows = []
    for data, facts in figures.items():
        if not isinstance(facts, Mapping) or "psnr" not in facts:
            continue
        ssim = f"{facts['ssim']:.5f}" if "ssim" in facts else ""
        before = next((facts[name] for name in GIVEN if name in facts), None)
        beside = "" if before is None else f"{before:.2f}"
        rows.append([data, beside, f"{facts['psnr']:.2f}", ssim, _protocol(facts)])
    return table(["set", "its input, PSNR (dB)", "PSNR (dB)", "SSIM", "protocol"], rows) if rows else []
