"""Snapshots of a run, and tools/speedrun.py, which tells from them when a level was passed."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from srcnn.evaluation import evaluate
from srcnn.training.experiment import Experiment, ExperimentFolder, train_experiment
from srcnn.training.recipe import Recipe
from srcnn.training.run_folder import RunFolder
from srcnn.training.train import train
from srcnn.weights import load_weights

TOOL = Path(__file__).parents[2] / "tools" / "speedrun.py"
Build = Callable[..., Recipe]


def _speedrun(*arguments: object, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *map(str, arguments)]
    environment = {**os.environ, "SRCNN_DATA": str(data)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_snapshots_are_the_averaged_weights_on_the_way_with_their_time(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    keys = {"steps": 7, "validate_every": 3}
    train(tiny_recipe(run={**keys, "snapshot_every": 3}), tmp_path / "run", data=tiny_sets)
    train(tiny_recipe(run=keys), tmp_path / "plain", data=tiny_sets)
    folder, plain = RunFolder(tmp_path / "run"), RunFolder(tmp_path / "plain")
    taken = {path.name: load_weights(path) for path in folder.snapshots.iterdir()}
    assert sorted(taken) == [f"step-000000{step}.safetensors" for step in (3, 6, 7)]
    assert load_weights(folder.averaged).digest == taken["step-0000007.safetensors"].digest
    times = [taken[name].card.figures["training"]["seconds"] for name in sorted(taken)]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(folder.rows()[-1]["seconds"], abs=1e-3)
    # Keeping snapshots moves no weight.
    assert not plain.snapshots.exists()
    assert load_weights(plain.averaged).digest == load_weights(folder.averaged).digest


def test_the_first_snapshot_above_the_level_counts_and_the_median_of_the_seeds(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")

    def train_one(name: str, recipe: Recipe, run: RunFolder, begun: bool) -> None:
        train(recipe, run.path, data=tiny_sets)

    keys = {"steps": 40, "validate_every": 20, "snapshot_every": 10, "ema": 0.0}
    seeds = {f"seed-{n}": tiny_recipe(run={**keys, "seed": n}, optimiser={"rate": 3e-3}) for n in range(3)}
    folder = ExperimentFolder(tmp_path / "fast")
    train_experiment(Experiment("fast", "three seeds", seeds), folder, train_one)
    run = folder.run("seed-1")
    snapshots = [load_weights(path) for path in sorted(run.snapshots.iterdir())]
    psnr = [evaluate(weights, tiny_sets / "Tiny", 2).mean["srcnn"]["psnr"] for weights in snapshots]
    level = (max(psnr) + min(psnr)) / 2

    out = tmp_path / "records" / "fast.json"
    done = _speedrun(folder.path, "-o", out, "--set", "Tiny", "--level", level, data=tiny_sets)
    assert done.returncode == 0, done.stderr
    record = json.loads(out.read_text(encoding="utf-8"))
    seed = record["seeds"][1]
    assert [row["psnr"] for row in seed["rows"]] == pytest.approx(psnr, abs=1e-4)
    first = next(number for number, reached in enumerate(psnr) if reached > level)
    assert seed["passed"] == snapshots[first].card.figures["training"]["seconds"]
    ends = [part["held_out"] for part in record["seeds"]]
    assert record["spread"]["held_out"]["mean"] == pytest.approx(statistics.fmean(ends), abs=1e-4)
    assert out.with_suffix(".svg").exists()

    done = _speedrun(run.path, "-o", out, "--set", "Tiny", "--level", max(psnr) + 1, data=tiny_sets)
    assert done.returncode == 0, done.stderr
    record = json.loads(out.read_text(encoding="utf-8"))
    assert (record["median"], record["seeds"][0]["passed"]) == (None, None)


def test_runs_that_tell_nothing_are_refused(tiny_recipe: Build, tiny_sets: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    train(tiny_recipe(), tmp_path / "plain", data=tiny_sets)
    for rate in (1e-3, 2e-3):
        recipe = tiny_recipe(run={"snapshot_every": 4}, optimiser={"rate": rate})
        train(recipe, tmp_path / str(rate), data=tiny_sets)
    out = tmp_path / "out.json"
    for runs, says in [
        (["plain"], "expected a finished run with snapshots/"),
        (["0.001", "0.002"], "of one recipe and machine that differ in the seed"),
        (["0.001"], "a set with a published figure of srcnn 9-5-5, got Tiny x2"),
    ]:
        paths = [tmp_path / run for run in runs]
        done = _speedrun(*paths, "-o", out, "--set", "Tiny", data=tiny_sets)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert says in done.stderr
    assert not out.exists()
