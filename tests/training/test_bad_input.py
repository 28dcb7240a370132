"""What goes wrong in a training ends in one line that names the file, and loses nothing."""

import json
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import Image

from srcnn.errors import DataError, ImageError, TrainingError
from srcnn.training.checkpoint import load_checkpoint
from srcnn.training.recipe import Recipe, stored_recipe
from srcnn.training.run_folder import LogRow, RunFolder
from srcnn.training.train import rehearse, train

Build = Callable[..., Recipe]


@pytest.fixture
def own_sets(tiny_sets: Path, tmp_path: Path) -> Path:
    """A copy of the tiny set, to be spoilt."""
    shutil.copytree(tiny_sets, tmp_path / "sets")
    return tmp_path / "sets"


def test_a_corrupt_picture_is_named_before_the_first_step(
    tiny_recipe: Build, own_sets: Path, tmp_path: Path
) -> None:
    victim = own_sets / "Tiny" / "4.png"
    victim.write_bytes(victim.read_bytes()[:-400])
    steps: list[int] = []
    with pytest.raises(ImageError) as error:
        train(
            tiny_recipe(),
            tmp_path / "run",
            data=own_sets,
            report=lambda step, steps_, row: steps.append(step),
        )
    assert str(victim) in str(error.value)
    assert "\n" not in str(error.value)
    assert steps == []
    assert not (tmp_path / "run").exists()


def test_pictures_smaller_than_a_crop_are_left_out_and_named(
    tiny_recipe: Build, own_sets: Path, tmp_path: Path
) -> None:
    for name in ("1", "5"):
        Image.new("RGB", (14, 40)).save(own_sets / "Tiny" / f"{name}.png")
    notes: list[str] = []
    train(tiny_recipe(), tmp_path / "run", data=own_sets, note=notes.append)
    assert notes == ["2 pictures are smaller than 16x16 pixels and left out: Tiny/1, Tiny/5"]
    record = json.loads(RunFolder(tmp_path / "run").record.read_text())
    assert record["left_out"] == ["Tiny/1", "Tiny/5"]
    with pytest.raises(DataError, match=r"at least 99x99 pixels .*: Tiny/\d is 60x48; lower the size"):
        train(tiny_recipe(data={"size": 99}), tmp_path / "other", data=own_sets)


@contextmanager
def _no_more_than(size: int) -> Iterator[None]:
    """No file may grow beyond ``size`` bytes, which fails in the middle of a write as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_costs_no_checkpoint(tiny_recipe: Build, tiny_sets: Path, tmp_path: Path) -> None:
    def fill(step: int, steps: int, row: LogRow | None) -> None:
        if step == 4:  # after the first checkpoint
            limit.enter_context(_no_more_than(1000))

    folder = RunFolder(tmp_path / "run")
    with ExitStack() as limit, pytest.raises(TrainingError) as error:
        train(tiny_recipe(), folder.path, data=tiny_sets, report=fill)
    assert "cannot write" in str(error.value)
    assert str(folder.path) in str(error.value)
    assert "\n" not in str(error.value)
    _, state = load_checkpoint(folder.checkpoint)
    assert state["step"] == 4
    assert not list(folder.path.glob(".srcnn-*"))
    train(tiny_recipe(), folder.path, data=tiny_sets, resume=True)
    assert folder.record.exists()


def test_a_folder_of_snapshots_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "snapshots").touch()
    with pytest.raises(TrainingError, match=r"cannot make the folder .*snapshots: "):
        RunFolder(tmp_path).snapshot(4)


def test_a_rehearsal_refuses_what_would_end_the_run(tiny_recipe: Build, own_sets: Path) -> None:
    (own_sets / "Watched").mkdir()
    Image.new("RGB", (4, 40)).save(own_sets / "Watched" / "narrow.png")
    with pytest.raises(DataError, match=r"to validate on, got Watched/narrow of 4x40"):
        rehearse(tiny_recipe(data={"watch": ["Watched"]}), data=own_sets)


def test_pairs_without_partners_stop_before_the_first_step(
    tiny_recipe: Build, own_sets: Path, tmp_path: Path
) -> None:
    for part in ("hr", "lr"):
        shutil.copytree(own_sets / "Tiny", own_sets / "Pairs" / part)
    (own_sets / "Pairs" / "lr" / "3.png").unlink()
    recipe = tiny_recipe(data={"train": ["Pairs"], "layout": "folders", "scale": 1})
    with pytest.raises(DataError, match=r"1 HR without a partner \(3\.png\)"):
        train(recipe, tmp_path / "run", data=own_sets)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_no_run_cannot_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"gone without a recipe\.json; .*start the run again") as error:
        stored_recipe(RunFolder(tmp_path / "gone"))
    assert "Errno" not in str(error.value)
