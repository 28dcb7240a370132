import json
import subprocess
import sys
from dataclasses import replace

import pytest

import srcnn
from srcnn.cli import run
from srcnn.weights import Weights, save_weights
from srcnn.zoo import ZooEntry


@pytest.fixture
def two_models(tmp_path, tiny_weights, monkeypatch) -> list[ZooEntry]:
    entries = []
    for scale, figures in ((2, {"Set5": {"psnr": 36.123, "ssim": 0.95}}), (3, {})):
        weights: Weights = tiny_weights(scale=scale)
        facts = {"figures": figures, "data": ("T91",), "best": scale == 3}
        weights = replace(weights, card=replace(weights.card, **facts))
        path = tmp_path / f"tiny-x{scale}.safetensors"
        save_weights(weights, path)
        entry = ZooEntry(path.stem, path, path.stat().st_size, weights.card, weights.architecture)
        entries.append(entry)
    monkeypatch.setattr("srcnn.zoo.list_models", lambda: entries)
    return entries


def test_table(two_models: list[ZooEntry], capsys):
    assert run(["models"]) == 0
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["name", "scale", "task"]
    assert first.split()[:4] == ["tiny-x2", "x2", "upscale", "3-1-3"]
    assert first.endswith("36.12 dB on Set5")
    assert second.endswith("-")  # no figure in its card, and none made up
    assert second.split()[:4] == ["tiny-x3", "x3", "upscale,", "best"]
    assert header.index("PSNR") == first.index("36.12")


def test_what_a_model_restores(tmp_path, tiny_weights, monkeypatch, capsys):
    card = replace(tiny_weights().card, scale=None, task="restore", degradation=("jpeg 20",))
    card = replace(card, figures={"Classic5": {"psnr": 31.25, "jpeg": 30.12}})
    entry = ZooEntry("tiny-jpeg20", tmp_path, 1000, card, tiny_weights().architecture)
    monkeypatch.setattr("srcnn.zoo.list_models", lambda: [entry])
    assert run(["models"]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split()[:5] == ["tiny-jpeg20", "-", "restore", "jpeg", "20"]
    assert line.endswith("31.25 dB on Classic5")
    assert run(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["degradation"] == ["jpeg 20"]


def test_json(two_models: list[ZooEntry], capsys):
    assert run(["models", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    architecture = two_models[0].architecture
    assert first["parameters"] == architecture.parameters == 9 * 4 + 4 + 4 * 3 + 3 + 9 * 3 + 1
    assert (first["name"], first["scale"], first["widths"]) == ("tiny-x2", 2, [4, 3])
    assert first["bytes"] == two_models[0].path.stat().st_size
    assert first["figures"] == {"Set5": {"psnr": 36.123, "ssim": 0.95}}
    assert second["figures"] == {}
    assert (first["best"], second["best"]) == (False, True)


def test_none_shipped_is_said(monkeypatch, capsys):
    monkeypatch.setattr("srcnn.zoo.list_models", list)
    assert run(["models"]) == 0
    assert "this version ships no weights" in capsys.readouterr().out


def test_the_shipped_ones_are_all_there():
    done = subprocess.run(
        [sys.executable, "-m", "srcnn", "models", "--json"], capture_output=True, text=True, check=True
    )
    assert [entry["name"] for entry in json.loads(done.stdout)] == [e.name for e in srcnn.list_models()]


def test_a_reader_that_leaves_early_is_no_crash():
    command = f"{sys.executable} -m srcnn --help | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
