"""tools/ship.py: what is measured and recorded is what is shipped, and what it replaces is kept."""

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support import TinyWeights

from srcnn.errors import SrcnnError
from srcnn.training.recipe import Recipe
from srcnn.training.train import train
from srcnn.weights import half_precision, load_weights, save_weights
from srcnn.zoo import damaged_models, find_model

TOOLS = Path(__file__).parents[2] / "tools"
Build = Callable[..., Recipe]


@pytest.fixture
def ship(tmp_path: Path, tiny_sets: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The tool, shipping into a folder of its own what it measures on the set ``Tiny``."""
    monkeypatch.syspath_prepend(str(TOOLS))
    monkeypatch.setenv("SRCNN_DATA", str(tiny_sets))
    tool, recording = (importlib.import_module(name) for name in ("ship", "recording"))
    zoo, records = tmp_path / "zoo", tmp_path / "records"
    zoo.mkdir()
    records.mkdir()
    monkeypatch.setenv("SRCNN_MODELS", str(zoo))
    for module in (tool, recording):
        monkeypatch.setattr(module, "RECORDS", records)
        monkeypatch.setattr(module, "FORMER", records / "former")
    monkeypatch.setattr(tool, "ZOO", zoo)
    monkeypatch.setattr(tool, "TEST_SETS", {"authors": ("Tiny",)})
    monkeypatch.setattr(tool, "ENSEMBLE_SETS", {"authors": ("Tiny",)})
    yield tool
    for name in ("ship", "recording"):
        sys.modules.pop(name)


def _ship(tool: ModuleType, run: Path, **options: Any) -> None:
    tool.ship(run, **options)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def test_what_is_measured_is_the_rounded_network_that_is_shipped(
    ship: ModuleType, tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    trained = train(tiny_recipe(), tmp_path / "run", data=tiny_sets)
    _ship(ship, tmp_path / "run", change="nothing")
    shipped = load_weights(tmp_path / "zoo" / "3-1-3-x2.safetensors")
    home = tmp_path / "records" / "3-1-3-x2"
    assert shipped.digest == half_precision(trained).digest != trained.digest
    evaluation, averaged = _read(home / "Tiny.json"), _read(home / "Tiny-ensemble.json")
    assert evaluation["digest"] == averaged["digest"] == shipped.digest
    assert (evaluation["use"]["ensemble"], averaged["use"]["ensemble"]) == (False, True)
    psnr = evaluation["mean"]["srcnn"]["psnr"]
    assert shipped.card.figures["Tiny"]["psnr"] == pytest.approx(psnr, abs=1e-4)
    record = _read(home / "record.json")
    assert (record["shipped"]["sha256"], record["shipped"]["rounded_from"]) == (
        shipped.digest,
        trained.digest,
    )
    assert record["change"] == "nothing"
    assert record["date"] == _read(tmp_path / "run" / "record.json")["date"]
    assert damaged_models() == []


def test_a_replaced_record_is_kept_and_shipping_again_replaces_nothing(
    ship: ModuleType, tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    for seed in (0, 1):
        train(tiny_recipe(run={"seed": seed}), tmp_path / str(seed), data=tiny_sets)
    _ship(ship, tmp_path / "0")
    _ship(ship, tmp_path / "0")
    records = tmp_path / "records"
    assert not (records / "former").exists()
    first = _read(records / "3-1-3-x2" / "record.json")["shipped"]["sha256"]
    _ship(ship, tmp_path / "1")
    (kept,) = (records / "former").iterdir()
    assert kept.name == f"3-1-3-x2-{first[:7]}"
    assert _read(kept / "record.json")["recipe"]["run"]["seed"] == 0
    assert _read(records / "3-1-3-x2" / "record.json")["recipe"]["run"]["seed"] == 1


def test_one_model_is_the_best_of_its_scale(
    ship: ModuleType, tiny_recipe: Build, tiny_sets: Path, tiny_weights: TinyWeights, tmp_path: Path
) -> None:
    other = tiny_weights("5-1-3", scale=2)
    former = replace(other, card=replace(other.card, name="5-1-3-x2", best=True))
    save_weights(former, tmp_path / "zoo" / "5-1-3-x2.safetensors")
    train(tiny_recipe(), tmp_path / "run", data=tiny_sets)
    _ship(ship, tmp_path / "run")
    assert find_model("best", 2).stem == "5-1-3-x2"
    _ship(ship, tmp_path / "run", best=True)
    assert find_model("best", 2).stem == "3-1-3-x2"
    kept = load_weights(tmp_path / "zoo" / "5-1-3-x2.safetensors")
    # The other one was measured in float32: its card changes, and no bit of its arrays.
    assert (kept.card, kept.digest) == (replace(former.card, best=False), former.digest)
    # Better weights under the same name stay what they were: the best.
    train(tiny_recipe(run={"seed": 1}), tmp_path / "again", data=tiny_sets)
    _ship(ship, tmp_path / "again")
    assert find_model("best", 2).stem == "3-1-3-x2"
    assert damaged_models() == []


def test_a_shipment_that_cannot_be_measured_changes_nothing(
    ship: ModuleType, tiny_recipe: Build, tiny_sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tiny_recipe(), tmp_path / "run", data=tiny_sets)
    monkeypatch.setattr(ship, "ENSEMBLE_SETS", {"authors": ("Nowhere",)})
    with pytest.raises(SrcnnError, match="Nowhere"):
        _ship(ship, tmp_path / "run")
    assert [*(tmp_path / "records").iterdir(), *(tmp_path / "zoo").iterdir()] == []
