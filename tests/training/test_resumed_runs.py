"""Runs that were broken off and go on, checkpoints that are refused."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from srcnn.cli import run as srcnn
from srcnn.errors import TrainingError, UsageError
from srcnn.training.checkpoint import load_checkpoint, save_checkpoint
from srcnn.training.recipe import Recipe
from srcnn.training.run_folder import LogRow, RunFolder
from srcnn.training.train import train
from srcnn.weights import load_weights

Build = Callable[..., Recipe]

VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "sgd, ordered, no average": {
        "optimiser": {"name": "sgd", "rate": 1e-3, "loss": "sum", "last_rate": 1e-4},
        "data": {"sampling": "ordered", "size": 13, "stride": 9, "augment": False},
        "run": {"ema": 0.0},
    },
    "adam, random, average": {"network": {"init": "he"}},
    "soap, residual, bf16, fp32 tail": {
        "optimiser": {"name": "soap", "betas": [0.95, 0.95], "warmup": 3},
        "network": {"residual": True},
        "run": {"precision": "bf16", "exact_tail": 0.25},
    },
    "muon, clipped": {"optimiser": {"name": "muon", "clip": 0.1}},
    "muon, whitened": {"optimiser": {"name": "muon", "whiten": True}},
    "muon, clean and revived": {
        "optimiser": {"name": "muon", "whiten": True, "null_decay": 20.0},
        "network": {"residual": True},
        "run": {"revive": True},
    },
}


def _train_with_a_break(recipe: Recipe, out: Path, data: Path, at: int) -> None:
    def stop(step: int, steps: int, row: LogRow | None) -> None:
        if step == at:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(recipe, out, data=data, report=stop)
    train(recipe, out, data=data, resume=True)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_resumed_run_equals_an_unbroken_one_to_the_bit(
    variant: str, tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe(**VARIANTS[variant])
    train(recipe, tmp_path / "whole", data=tiny_sets)
    _train_with_a_break(recipe, tmp_path / "broken", tiny_sets, at=5)
    whole, state = load_checkpoint(RunFolder(tmp_path / "whole").checkpoint)
    broken, resumed = load_checkpoint(RunFolder(tmp_path / "broken").checkpoint)
    assert whole.keys() == broken.keys()
    assert [name for name in whole if not torch.equal(whole[name], broken[name])] == []
    assert state["sampler"] == resumed["sampler"]
    digests = [load_weights(tmp_path / run / "weights.safetensors").digest for run in ("whole", "broken")]
    assert digests[0] == digests[1]
    record = json.loads(RunFolder(tmp_path / "broken").record.read_text())
    assert [part["step"] for part in record["resumed"]] == [5]


def test_a_run_is_never_overwritten_nor_resumed_with_another_recipe(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    train(tiny_recipe(), tmp_path, data=tiny_sets)
    with pytest.raises(UsageError, match="already holds a finished run; name another folder"):
        train(tiny_recipe(), tmp_path, data=tiny_sets)
    with pytest.raises(UsageError, match="is finished"):
        train(tiny_recipe(), tmp_path, data=tiny_sets, resume=True)
    RunFolder(tmp_path).record.unlink()
    other = tiny_recipe(network={"widths": [8, 4]})
    with pytest.raises(TrainingError, match="differs in network"):
        train(other, tmp_path, data=tiny_sets, resume=True)


def test_a_folder_kept_without_its_checkpoint_is_not_overwritten(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path)
    train(tiny_recipe(), tmp_path, data=tiny_sets)
    folder.checkpoint.unlink()
    before = load_weights(folder.weights).digest
    other = tiny_recipe(run={"seed": 5})
    with pytest.raises(UsageError, match="already holds a finished run; name another folder"):
        train(other, tmp_path, data=tiny_sets)
    assert load_weights(folder.weights).digest == before


@pytest.mark.parametrize("at", [8, "the end"])
def test_a_run_stopped_at_its_very_end_can_be_finished(
    at: int | str, tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    def stop(step: int, steps: int, row: LogRow | None) -> None:
        if step == at:
            os.kill(os.getpid(), signal.SIGINT)

    train(tiny_recipe(), tmp_path, data=tiny_sets, report=stop)
    folder = RunFolder(tmp_path)
    if at == "the end":  # as if it had been killed while the end was written
        folder.record.unlink()
        folder.last.unlink()
        train(tiny_recipe(), tmp_path, data=tiny_sets, resume=True)
    assert folder.last.exists()
    assert json.loads(folder.record.read_text())["steps"] == 8


def test_a_run_is_not_resumed_with_other_pictures(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    sets = tmp_path / "sets"
    shutil.copytree(tiny_sets, sets)
    train(tiny_recipe(), tmp_path / "run", data=sets)
    RunFolder(tmp_path / "run").record.unlink()
    (sets / "Tiny" / "4.png").unlink()
    with pytest.raises(TrainingError, match=r"the pictures of this run, got .* differs in training"):
        train(tiny_recipe(), tmp_path / "run", data=sets, resume=True)


def test_a_checkpoint_from_before_a_key_was_there_is_refused(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "run")
    train(tiny_recipe(), folder.path, data=tiny_sets)
    folder.record.unlink()
    tensors, state = load_checkpoint(folder.checkpoint)
    del state["recipe"]["run"]["snapshot_every"]
    save_checkpoint(folder.checkpoint, tensors, state)
    # Another version wrote it, and the rest of the way would not be what the first part was.
    with pytest.raises(TrainingError, match=r"the recipe of this run.*differs in run"):
        train(tiny_recipe(), folder.path, data=tiny_sets, resume=True)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a pickle in a zip", b"\x80\x04\x95 a pickle"])
def test_a_checkpoint_that_is_none_is_refused(content: bytes, tmp_path: Path) -> None:
    path = RunFolder(tmp_path).checkpoint
    path.write_bytes(content)
    with pytest.raises(TrainingError, match="pickles are never read"):
        load_checkpoint(path)


def test_a_truncated_checkpoint_is_refused_and_a_failed_write_keeps_the_old(tmp_path: Path) -> None:
    path = RunFolder(tmp_path).checkpoint
    save_checkpoint(path, {"a": torch.ones(1000)}, {"step": 1})
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(TrainingError, match="whole checkpoint"):
        load_checkpoint(path)
    with pytest.raises(TrainingError, match="cannot write"):
        save_checkpoint(tmp_path / "none" / "checkpoint.safetensors", {"a": torch.ones(1)}, {})
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_command_stops_on_a_signal_and_says_how_to_go_on(
    number: signal.Signals, code: int, tiny_sets: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "long.toml"
    recipe.write_text(
        'name = "long"\ndescription = "too long to wait for"\n'
        '[network]\narchitecture = "3-1-3"\nwidths = [4, 3]\n'
        '[data]\ntrain = ["Tiny"]\nscale = 2\nsize = 16\nhold_out = 3\n'
        "[run]\nsteps = 1000000\nbatch = 2\nvalidate_every = 20\n"
    )
    out = tmp_path / "run"
    command = [sys.executable, "-m", "srcnn", "train", str(recipe), "--data", str(tiny_sets), "-o", str(out)]
    command += ["--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()  # the first validation: training is under way
    process.send_signal(number)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == code, errors
    assert f"continue with: srcnn train --resume {out} --data {tiny_sets} --threads 1\n" in errors
    _, state = load_checkpoint(RunFolder(out).checkpoint)
    assert state["step"] >= 20
    assert "Traceback" not in errors


def test_after_a_run_is_finished_ctrl_c_names_no_way_to_go_on(
    tiny_sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("srcnn.cli.train._draw", stop)
    recipe = tmp_path / "short.toml"
    recipe.write_text(
        'name = "short"\ndescription = "one step"\n[network]\narchitecture = "3-1-3"\nwidths = [4, 3]\n'
        '[data]\ntrain = ["Tiny"]\nscale = 2\nsize = 16\nhold_out = 3\n[run]\nsteps = 1\nbatch = 1\n'
    )
    out = tmp_path / "run"
    assert srcnn(["train", str(recipe), "--data", str(tiny_sets), "-o", str(out)]) == 130
    errors = capsys.readouterr().err
    assert f"finished; weights and record are in {out}\n" in errors
    assert "--resume" not in errors
