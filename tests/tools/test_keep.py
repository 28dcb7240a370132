"""tools/keep.py: records of runs whose weights are not shipped."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from srcnn.training.experiment import Experiment, ExperimentFolder, train_experiment
from srcnn.training.recipe import Recipe
from srcnn.training.run_folder import RunFolder
from srcnn.training.train import train
from srcnn.weights import load_weights

TOOL = Path(__file__).parents[2] / "tools" / "keep.py"


def _keep(*arguments: object, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOL), *map(str, arguments)]
    environment = {**os.environ, "SRCNN_DATA": str(data)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_a_run_is_kept_without_its_weights_and_measured_once(
    tiny_recipe: Callable[..., Recipe], tiny_sets: Path, tmp_path: Path
) -> None:
    run, record = tmp_path / "run", tmp_path / "record"
    weights = train(tiny_recipe(), run, data=tiny_sets)
    done = _keep(run, record, "--sets", "Tiny", data=tiny_sets)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in record.iterdir())
    assert names == ["Tiny.json", "log.jsonl", "recipe.json", "record.json"]
    evaluation = json.loads((record / "Tiny.json").read_text())
    assert (evaluation["digest"], len(evaluation["images"])) == (weights.digest, 6)
    again = _keep(run, record, "--sets", "Tiny", data=tiny_sets)
    assert (again.returncode, again.stdout) == (0, "")
    assert _keep(run, record, "--weights", data=tiny_sets).returncode == 0
    assert load_weights(record / "weights.safetensors").digest == weights.digest


def test_an_experiment_is_kept_with_its_table_and_never_over_another(
    tiny_recipe: Callable[..., Recipe], tiny_sets: Path, tmp_path: Path
) -> None:
    def train_one(name: str, recipe: Recipe, run: RunFolder, begun: bool) -> None:
        train(recipe, run.path, data=tiny_sets)

    recipes = {"one": tiny_recipe(), "two": tiny_recipe(run={"seed": 1})}
    folder = ExperimentFolder(tmp_path / "both")
    train_experiment(Experiment("both", "two seeds", recipes), folder, train_one)
    record = tmp_path / "record"
    assert _keep(folder.path, record, data=tiny_sets).returncode == 0
    assert json.loads((record / "table.json").read_text())["rows"][1]["variant"] == "two"
    assert (record / "two" / "log.jsonl").exists()
    other = _keep(folder.run("one").path, record / "two", data=tiny_sets)
    assert other.returncode == 1
    assert "holds the record of another run" in other.stderr
    folder.table.unlink()
    assert "expected a finished experiment" in _keep(folder.path, tmp_path / "r", data=tiny_sets).stderr
