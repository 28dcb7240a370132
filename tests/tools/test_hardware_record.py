"""records/hardware/: what is measured of fixed point stays within what the project promises."""

import json
from pathlib import Path

import pytest

RECORD = Path(__file__).parents[2] / "records" / "hardware"
BASIS = "float, 8-bit input"


@pytest.mark.parametrize(
    ("widths", "most"), [("W16A16", 0.005), ("W12A12", 0.02), ("W10A10", 0.05), ("W8A8", 0.3)]
)
def test_no_picture_loses_more(widths: str, most: float):
    rows = json.loads((RECORD / "losses.json").read_text(encoding="utf-8"))["rows"]
    assert {(row["set"], row["scale"]) for row in rows} == {
        ("Set5", 2),
        ("Set5", 3),
        ("Set5", 4),
        ("Set14", 3),
    }
    for row in rows:
        losses = {name: figures[BASIS] - figures[widths] for name, figures in row["psnr"].items()}
        assert max(losses.values()) <= most, (row["model"], row["set"])
        assert sum(losses.values()) / len(losses) <= 0.15


def test_simulated_clocks_are_those_predicted():
    for entry in json.loads((RECORD / "synthesis.json").read_text(encoding="utf-8")):
        counted = entry["simulation"]
        assert counted["clocks"] == pytest.approx(counted["clocks_predicted"], rel=0.05), entry["model"]
