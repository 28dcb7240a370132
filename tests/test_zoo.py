import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from support import TinyWeights

from srcnn.errors import UsageError, WeightsError
from srcnn.weights import load_weights, save_weights
from srcnn.zoo import SUMS, damaged_models, find_model, find_restorer, list_models, sums


@pytest.fixture
def zoo(tiny_weights: TinyWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that ships 3-1-3 at x2, x3, x4, and one model without a scale."""
    monkeypatch.setenv("SRCNN_MODELS", str(tmp_path))
    for scale in (2, 3, 4):
        save_weights(tiny_weights(scale=scale), tmp_path / f"3-1-3-x{scale}.safetensors")
    save_weights(tiny_weights(scale=None), tmp_path / "3-1-3-jpeg20.safetensors")
    return tmp_path


def test_every_shipped_model_is_what_its_name_says() -> None:
    for entry in list_models():
        assert entry.card.name == entry.name == entry.path.stem
        assert entry.name.startswith(entry.architecture.name)
        assert find_model(entry.name) == entry.path
        if entry.card.task == "upscale":
            assert entry.name.endswith(f"-x{entry.card.scale}")
        assert entry.card.licence
        # Half precision: two bytes a parameter, and a header.
        assert entry.bytes == entry.path.stat().st_size < 2 * entry.architecture.parameters + 4000


def test_shipped_weights_are_what_was_shipped() -> None:
    assert damaged_models() == []


def test_weights_that_are_not_what_was_shipped_are_named(zoo: Path) -> None:
    # A line as `sha256sum` writes it, of a file with known content.
    (zoo / "abc.safetensors").write_bytes(b"abc")
    (zoo / SUMS).write_text(sums(zoo), encoding="utf-8")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc.safetensors\n"
    assert known in sums(zoo)
    assert damaged_models() == []
    (zoo / "abc.safetensors").write_bytes(b"abd")
    (zoo / "3-1-3-x2.safetensors").unlink()
    (zoo / "mine.safetensors").write_bytes(b"mine")
    assert damaged_models() == ["3-1-3-x2.safetensors", "abc.safetensors", "mine.safetensors"]
    (zoo / SUMS).unlink()
    assert "abc.safetensors" in damaged_models()


def test_listing(zoo: Path) -> None:
    entries = list_models()
    assert [entry.name for entry in entries] == ["3-1-3-jpeg20", "3-1-3-x2", "3-1-3-x3", "3-1-3-x4"]
    assert [entry.card.scale for entry in entries] == [None, 2, 3, 4]
    assert entries[1].architecture.name == "3-1-3"
    assert entries[1].path.parent == zoo


@pytest.mark.parametrize(
    ("scale", "found"),
    [
        (2, 2),
        (3, 3),
        (4, 4),
        (1.1, 2),
        (2.4, 2),
        (2.5, 3),
        (3.4, 3),
        (3.5, 4),
        (4.0, 4),
        (math.sqrt(6) + 1e-9, 3),
    ],
)
@pytest.mark.usefixtures("zoo")
def test_the_nearest_in_the_logarithm(scale: float, found: int) -> None:
    assert find_model("3-1-3", scale).stem == f"3-1-3-x{found}"


@pytest.mark.usefixtures("zoo")
def test_a_whole_name_needs_no_scale_and_keeps_its_own() -> None:
    assert find_model("3-1-3-x4", 2).stem == "3-1-3-x4"
    assert find_model("3-1-3-jpeg20").stem == "3-1-3-jpeg20"


@pytest.mark.usefixtures("zoo")
@pytest.mark.parametrize("name", ["", "9-9-9", "3-1", "3-1-3-x5", "3-1-3-x2.safetensors", "../3-1-3", "."])
def test_unknown_names_are_answered_with_what_there_is(name: str) -> None:
    with pytest.raises(UsageError, match="3-1-3-jpeg20, 3-1-3-x2, 3-1-3-x3, 3-1-3-x4"):
        find_model(name, 3)


@pytest.mark.usefixtures("zoo")
def test_a_scale_is_needed_and_must_be_one() -> None:
    with pytest.raises(UsageError, match="expected a scale beside"):
        find_model("3-1-3")
    for scale in (0, -1, math.nan, math.inf):
        with pytest.raises(UsageError, match="positive scale"):
            find_model("3-1-3", scale)


def test_best_is_what_a_card_says(zoo: Path, tiny_weights: TinyWeights) -> None:
    for name, scale in (("5-1-3", 3), ("3-1-3", 4)):
        weights = tiny_weights(name, scale=scale)
        card = replace(weights.card, best=True)
        save_weights(replace(weights, card=card), zoo / f"{name}-x{scale}.safetensors")
    assert [find_model("best", scale).stem for scale in (2, 3, 3.4, 4)] == ["5-1-3-x3"] * 3 + ["3-1-3-x4"]
    assert find_model("3-1-3", 3).stem == "3-1-3-x3"
    with pytest.raises(UsageError, match="expected a scale beside the model 'best'"):
        find_model("best")


def test_one_shipped_model_is_the_best_for_each_scale() -> None:
    best = [entry.card.scale for entry in list_models() if entry.card.best]
    assert sorted(scale for scale in best if scale) == [2, 3, 4]


def test_what_was_measured_is_what_is_shipped() -> None:
    records = Path(__file__).parents[1] / "records"
    for entry in list_models():
        digest = load_weights(entry.path).digest
        record = json.loads((records / entry.name / "record.json").read_text(encoding="utf-8"))
        assert record["shipped"]["sha256"] == digest
        measured = [name for name in ("Set5", "Set14", "BSD200", "Classic5") if name in entry.card.figures]
        assert measured
        for name in measured:
            evaluation = json.loads((records / entry.name / f"{name}.json").read_text(encoding="utf-8"))
            assert evaluation["digest"] == digest
            psnr = evaluation["mean"]["srcnn"]["psnr"]
            assert entry.card.figures[name]["psnr"] == pytest.approx(psnr, abs=6e-5)


def test_what_was_measured_beside_other_weights_is_of_those_that_are_shipped() -> None:
    records = Path(__file__).parents[1] / "records"
    digests = {entry.name: load_weights(entry.path).digest for entry in list_models()}
    luma = list(records.glob("9-5-5-rgb-jpeg*/*-luma.json"))
    assert luma
    for path in luma:
        evaluation = json.loads(path.read_text(encoding="utf-8"))
        assert evaluation["digest"] == digests[path.parent.name.replace("-rgb-", "-")], path
    for name, color in (("held-out", False), ("twice", True)):
        record = json.loads((records / "jpeg-qualities" / f"{name}.json").read_text(encoding="utf-8"))
        assert record["weights"]
        for quality, digest in record["weights"].items():
            path = find_restorer("9-5-5", int(quality), color=color)
            assert path is not None
            assert digest == digests[path.stem], (name, quality)


def test_a_broken_file_is_named(zoo: Path) -> None:
    (zoo / "3-1-3-x3.safetensors").write_bytes(b"short")
    with pytest.raises(WeightsError, match="3-1-3-x3"):
        list_models()
