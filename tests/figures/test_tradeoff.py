import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="figures need the figures extra")

from srcnn.arch import parse_architecture
from srcnn.errors import DataError, UsageError
from srcnn.figures.tradeoff import published_points, read_tradeoff, tradeoff_figure


def _record(folder: Path, psnr: float = 32.5, widths: tuple[int, ...] = (64, 32), **change: Any) -> Path:
    folder.mkdir()
    recipe = {"network": {"architecture": "9-1-5", "widths": widths}, "data": {"scale": 3}}
    mean = {"bicubic": {"psnr": 30.39}, "srcnn": {"psnr": psnr}}
    evaluation = {"protocol": "authors", "scale": 3, "mean": mean, **change}
    (folder / "recipe.json").write_text(json.dumps(recipe))
    (folder / "Set5.json").write_text(json.dumps(evaluation))
    return folder


def _timings(path: Path, **change: Any) -> Path:
    rows = [
        {"name": "bicubic", "psnr": 30.39, "macs": None, "seconds": 0.01},
        {"name": "9-1-5-x3", "psnr": 32.7, "macs": 8032, "seconds": 0.05},
    ]
    path.write_text(json.dumps({"set": "Set5", "scale": 3, "protocol": "authors", "rows": rows, **change}))
    return path


def test_costs_are_those_of_the_recipes_network(tmp_path: Path) -> None:
    found = read_tradeoff([_record(tmp_path / "a"), _record(tmp_path / "b", 32.3, (32, 16))], "Set5")
    points = {point.name: point for point in found.points}
    assert (points["a"].psnr, points["a"].macs) == (32.5, parse_architecture("9-1-5").macs_per_pixel)
    assert points["b"].macs == parse_architecture("9-1-5", widths=(32, 16)).macs_per_pixel
    assert (found.set, found.scale, found.protocol) == ("Set5", 3, "authors")


@pytest.mark.parametrize(("against", "count"), [("macs", 1), ("time", 2)])
def test_only_methods_whose_cost_is_known_are_drawn(tmp_path: Path, against: Any, count: int) -> None:
    found = read_tradeoff([_timings(tmp_path / "times.json")], "Set5")
    (axis,) = tradeoff_figure(found, against).axes
    assert len(np.asarray(axis.collections[0].get_offsets())) == count
    assert axis.get_xscale() == "log"


def test_the_papers_networks_stand_beside_at_their_own_cost(tmp_path: Path) -> None:
    found = read_tradeoff([_record(tmp_path / "a")], "Set5")
    theirs = {point.name: point for point in published_points(found)}
    assert theirs["9-5-5, as published"].macs == parse_architecture("9-5-5").macs_per_pixel
    assert theirs["9-5-5, as published"].psnr == 32.75
    drawn = tradeoff_figure(found, "macs", tuple(theirs.values())).axes[0]
    assert len(drawn.collections) == 2


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda folder: (folder / "Set5.json").unlink(), r"/a/Set5\.json not found$"),
        (lambda folder: (folder / "recipe.json").write_text("{"), r"recipe\.json, which is no JSON"),
        (lambda folder: (folder / "Set5.json").write_text("[]"), r"a recipe and an evaluation in"),
        (
            lambda folder: (folder / "recipe.json").write_text('{"network": {}}'),
            r"a recipe and an evaluation",
        ),
    ],
)
def test_a_missing_or_broken_record_is_told(tmp_path: Path, break_it: Any, says: str) -> None:
    folder = _record(tmp_path / "a")
    break_it(folder)
    with pytest.raises(DataError, match=says):
        read_tradeoff([folder], "Set5")


def test_records_measured_otherwise_are_not_drawn_together(tmp_path: Path) -> None:
    paths = [_record(tmp_path / "a"), _record(tmp_path / "b", scale=2)]
    with pytest.raises(DataError, match=r"of Set5 x3, protocol authors, as the first, got Set5 x2"):
        read_tradeoff(paths, "Set5")
    with pytest.raises(DataError, match=r"as benchmarks/running_time\.py writes it"):
        read_tradeoff([_timings(tmp_path / "t.json", rows=[{"name": "a"}])], "Set5")
    with pytest.raises(UsageError, match="got none"):
        read_tradeoff([], "Set5")


def test_records_without_times_cannot_be_drawn_against_time(tmp_path: Path) -> None:
    found = read_tradeoff([_record(tmp_path / "a")], "Set5")
    with pytest.raises(DataError, match="time per picture, got none"):
        tradeoff_figure(found, "time")
