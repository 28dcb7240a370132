"""Experiments: variants of one recipe, trained in turn and judged in one table."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from srcnn.cli import run as srcnn
from srcnn.errors import RecipeError, TrainingError, UsageError
from srcnn.training.checkpoint import load_checkpoint
from srcnn.training.experiment import Experiment, ExperimentFolder, load_experiment, train_experiment
from srcnn.training.recipe import Recipe, load_recipe
from srcnn.training.run_folder import RunFolder
from srcnn.training.train import train

FILE = """
name = "borders"
description = "two kinds of border"
[network]
architecture = "3-1-3"
widths = [4, 3]
[data]
train = ["Tiny"]
scale = 2
size = 16
hold_out = 3
[optimiser]
name = "adam"
[run]
steps = {steps}
batch = 2
validate_every = 2
[[variants]]
name = "valid"
[[variants]]
name = "same"
[variants.network]
border = "zero"
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe file with two variants of four steps."""
    path = tmp_path / "borders.toml"
    path.write_text(FILE.format(steps=4))
    return path


def test_a_variant_changes_its_keys_and_nothing_else(recipe: Path) -> None:
    experiment = load_experiment(str(recipe))
    assert isinstance(experiment, Experiment)
    valid, same = experiment.variants["valid"], experiment.variants["same"]
    assert (valid.name, same.name) == ("borders.valid", "borders.same")
    assert (valid.network.border, same.network.border) == ("valid", "zero")
    assert same.network.widths == (4, 3)
    assert (same.data, same.optimiser, same.run) == (valid.data, valid.optimiser, valid.run)


def test_a_shipped_variant_is_a_recipe_by_its_own_name() -> None:
    assert load_recipe("valid-or-same.same").network.border == "zero"
    with pytest.raises(RecipeError, match=r"name one of them: valid-or-same\.valid, valid-or-same\.same"):
        load_recipe("valid-or-same")
    with pytest.raises(RecipeError, match=r"got 'valid-or-same\.full'"):
        load_recipe("valid-or-same.full")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('name = "same"', 'name = "valid"'), "got valid twice"),
        (('name = "same"', 'name = "../up"'), "variant 2 needs a name"),
        (('[[variants]]\nname = "same"\n', "[[variants]]\n"), "variant 2 needs a name"),
        (('border = "zero"', 'boarder = "zero"'), "variant same: unknown key network.boarder"),
        (("[variants.network]", "[variants.nets]"), "variant same: unknown key nets"),
        (('description = "two kinds of border"\n', ""), "key description is missing"),
    ],
)
def test_a_broken_experiment_is_named_in_one_line(
    change: tuple[str, str], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "borders.toml"
    path.write_text(FILE.format(steps=4).replace(*change))
    with pytest.raises(RecipeError) as error:
        load_experiment(str(path))
    assert message in str(error.value)
    assert "borders.toml" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_experiment_without_variants_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    path.write_text("variants = []" + FILE.format(steps=4).partition("[[variants]]")[0])
    with pytest.raises(RecipeError, match=r"none\.toml: expected tables \[\[variants\]\], got \[\]"):
        load_experiment(str(path))


def test_a_table_that_cannot_be_written_is_one_line(recipe: Path, tiny_sets: Path, tmp_path: Path) -> None:
    experiment, folder = load_experiment(str(recipe)), ExperimentFolder(tmp_path / "out")
    assert isinstance(experiment, Experiment)
    folder.page.mkdir(parents=True)

    def train_one(name: str, recipe: Recipe, run: RunFolder, begun: bool) -> None:
        train(recipe, run.path, data=tiny_sets)

    with pytest.raises(TrainingError, match=r"cannot write .*table\.md: "):
        train_experiment(experiment, folder, train_one)


def test_the_command_trains_all_variants_into_one_table(
    recipe: Path, tiny_sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert srcnn(["train", str(recipe), "--data", str(tiny_sets), "-o", str(out), "--threads", "1"]) == 0
    folder = ExperimentFolder(out)
    table = json.loads(folder.table.read_text())
    assert [row["variant"] for row in table["rows"]] == ["valid", "same"]
    assert table["same_pixels"]
    assert len({row["bicubic"] for row in table["rows"]}) == 1
    for row in table["rows"]:
        record = json.loads(folder.run(row["variant"]).record.read_text())
        assert row["psnr"] == record["validation"]["psnr"]
        assert (row["steps"], row["examples"]) == (4, 8)
        assert row["last_psnr"] == folder.run(row["variant"]).rows()[-1]["psnr"]
    page = folder.page.read_text()
    assert f"| same | {table['rows'][1]['psnr']:.3f} |" in page
    assert page in capsys.readouterr().out
    # A second time nothing is overwritten, and resuming finds nothing to do but the table.
    assert srcnn(["train", str(recipe), "--data", str(tiny_sets), "-o", str(out)]) == 2
    assert "already holds the variant(s) valid, same" in capsys.readouterr().err
    assert srcnn(["train", "--resume", str(out), "--data", str(tiny_sets), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == table


def test_a_dry_run_tells_of_every_variant_and_writes_nothing(
    recipe: Path, tiny_sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(recipe), "--data", str(tiny_sets), "-o", str(tmp_path / "out"), "--dry-run"]
    assert srcnn([*arguments, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert list(plan["variants"]) == ["valid", "same"]
    assert plan["seconds"] == sum(each["seconds"] for each in plan["variants"].values())
    assert srcnn(arguments) == 0
    assert "all 2 variants: 0 h 0 min" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_init_is_not_for_experiments(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert srcnn(["train", str(recipe), "--init", "weights.safetensors"]) == 2
    assert "without --init" in capsys.readouterr().err


def test_resuming_skips_what_is_done_and_goes_on_with_what_was_stopped(
    recipe: Path, tiny_sets: Path, tmp_path: Path
) -> None:
    experiment = load_experiment(str(recipe))
    assert isinstance(experiment, Experiment)
    trained: list[tuple[str, bool]] = []

    def train_one(name, recipe, run, begun):
        trained.append((name, begun))
        if name == "same" and not begun:
            raise KeyboardInterrupt
        train(recipe, run.path, data=tiny_sets, resume=begun)

    folder = ExperimentFolder(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        train_experiment(experiment, folder, train_one)
    with pytest.raises(UsageError, match=r"the variant\(s\) valid; use --resume"):
        train_experiment(experiment, folder, train_one)
    with pytest.raises(KeyboardInterrupt):
        train_experiment(experiment, folder, train_one, resume=True)
    assert trained == [("valid", False), ("same", False), ("same", False)]


def test_runs_and_other_experiments_of_a_folder_are_not_overwritten(
    recipe: Path, tiny_sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, single = tmp_path / "other.toml", tmp_path / "single.toml"
    other.write_text(FILE.format(steps=2).replace('"valid"', '"a"').replace('"same"', '"b"'))
    single.write_text(FILE.format(steps=2).partition("[[variants]]")[0])
    out, run = tmp_path / "out", tmp_path / "run"

    def trained(path: Path, folder: Path) -> str:
        code = srcnn(["train", str(path), "--data", str(tiny_sets), "-o", str(folder), "--threads", "1"])
        return capsys.readouterr().err if code else ""

    assert not trained(recipe, out)
    before = ExperimentFolder(out).settings.read_text()
    assert f"{out} already holds the variant(s) same, valid" in trained(other, out)
    assert f"{out} already holds an experiment" in trained(single, out)
    assert ExperimentFolder(out).settings.read_text() == before
    assert not trained(single, run)
    assert f"{run} already holds a finished run" in trained(recipe, run)


def test_ctrl_c_in_the_middle_says_how_to_go_on(tiny_sets: Path, tmp_path: Path) -> None:
    recipe, out = tmp_path / "borders.toml", tmp_path / "out"
    recipe.write_text(FILE.format(steps=1_000_000))
    command = [sys.executable, "-m", "srcnn", "train", str(recipe), "--data", str(tiny_sets), "-o", str(out)]
    process = subprocess.Popen(
        [*command, "--threads", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()  # the variant's name
    process.stdout.readline()  # its first validation
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert f"continue with: srcnn train --resume {out}" in errors
    _, state = load_checkpoint(ExperimentFolder(out).run("valid").checkpoint)
    assert state["step"] >= 2


def test_variants_that_watch_other_pixels_are_said_not_to_compare(tiny_sets: Path, tmp_path: Path) -> None:
    path = tmp_path / "colours.toml"
    changed = '[variants.network]\nborder = "zero"', '[variants.data]\ncolor = "grey"'
    path.write_text(FILE.format(steps=2).replace(*changed))
    out = tmp_path / "out"
    assert srcnn(["train", str(path), "--data", str(tiny_sets), "-o", str(out), "--threads", "1"]) == 0
    assert not json.loads(ExperimentFolder(out).table.read_text())["same_pixels"]
    assert "cannot be compared" in ExperimentFolder(out).page.read_text()
