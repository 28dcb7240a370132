import csv
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from srcnn.color import luma
from srcnn.errors import DataError, SrcnnError, TrainingError
from srcnn.files import read_pixels
from srcnn.training.checkpoint import load_checkpoint
from srcnn.training.network import Srcnn, initialise
from srcnn.training.recipe import Recipe
from srcnn.training.run_folder import RunFolder
from srcnn.training.train import rehearse, train
from srcnn.weights import load_weights

Build = Callable[..., Recipe]


def test_pre_training_moves_what_the_named_planes_need_and_no_more(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    def last_layer(share: float, out: str) -> np.ndarray:
        recipe = tiny_recipe(
            network={"channels": 3, "init": "he"},
            data={"color": "ycbcr"},
            optimiser={"pretrain_planes": [1, 2], "pretrain_share": share},
            run={"steps": 4, "validate_every": 2, "ema": 0.0},
        )
        train(recipe, tmp_path / out, data=tiny_sets)
        return load_weights(tmp_path / out / "last.safetensors").kernels[-1]

    recipe = tiny_recipe(network={"channels": 3, "init": "he"}, data={"color": "ycbcr"})
    start = Srcnn(recipe.network.build())
    initialise(start, "he", torch.Generator().manual_seed(recipe.run.seed))
    first = start.convolutions[-1].weight.detach().numpy()
    # The error of Cb and Cr says nothing about the kernels that make Y: while it alone counts, they stay.
    moved = {
        share: np.abs(last_layer(share, str(share)) - first).max(axis=(1, 2, 3)) for share in (0.99, 0.25)
    }
    assert moved[0.99][0] == 0
    assert moved[0.99][1:].min() > 0
    assert moved[0.25].min() > 0


def test_training_improves_on_bicubic_and_leaves_a_record(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe(
        run={"steps": 150, "validate_every": 50, "batch": 8}, optimiser={"name": "soap", "rate": 3e-3}
    )
    weights = train(recipe, tmp_path, data=tiny_sets)
    record = json.loads(RunFolder(tmp_path).record.read_text())
    rows = RunFolder(tmp_path).rows()
    assert [row["step"] for row in rows] == [50, 100, 150]
    assert rows[-1]["examples"] == 1200
    assert record["validation"]["psnr"] > record["validation"]["bicubic"] + 0.1
    assert Recipe.model_validate(record["recipe"]) == recipe
    assert len(record["data"]["training"]["sha256"]) == 64
    assert record["data"]["training"]["pictures"] + record["data"]["validation"]["pictures"] == 6
    assert weights.card.scale == 2
    assert weights.card.data == ("Tiny",)


def test_a_run_leaves_its_curves_as_json_and_csv_and_three_kinds_of_weights(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    best = train(tiny_recipe(), tmp_path, data=tiny_sets)
    folder = RunFolder(tmp_path)
    with folder.table.open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    rows = folder.rows()
    assert [float(line["mse"]) for line in table] == [row["mse"] for row in rows]
    assert rows[-1]["train_psnr"] == pytest.approx(-10 * np.log10(rows[-1]["train_mse"]))
    averaged, last = load_weights(folder.averaged), load_weights(folder.last)
    assert averaged.digest != last.digest
    if max(rows, key=lambda row: row["psnr"]) is rows[-1]:
        assert averaged.digest == best.digest


def test_samples_show_bicubic_result_and_truth(tiny_recipe: Build, tiny_sets: Path, tmp_path: Path) -> None:
    train(tiny_recipe(), tmp_path, data=tiny_sets)
    samples = read_pixels(RunFolder(tmp_path).samples)
    held_out = luma(read_pixels(tiny_sets / "Tiny" / "0.png").astype(np.uint8))
    assert samples.shape == (2 * 160, 3 * 160)
    np.testing.assert_array_equal(samples[:48, 320:380], held_out)


@pytest.mark.parametrize("color", ["rgb", "ycbcr"])
def test_samples_of_colour_networks_are_in_colour(
    color: str, tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    train(tiny_recipe(data={"color": color}, network={"channels": 3}), tmp_path, data=tiny_sets)
    samples = read_pixels(RunFolder(tmp_path).samples)
    held_out = read_pixels(tiny_sets / "Tiny" / "0.png")
    assert samples.shape == (2 * 160, 3 * 160, 3)
    # YCbCr is rounded to 8 bits before training, which costs RGB up to two levels.
    np.testing.assert_allclose(samples[:48, 320:380].astype(int), held_out, atol=0 if color == "rgb" else 2)


def test_a_rehearsal_tells_and_writes_nothing(tiny_recipe: Build, tiny_sets: Path, tmp_path: Path) -> None:
    before = torch.get_rng_state()
    plan = rehearse(tiny_recipe(), data=tiny_sets)
    assert (plan["network"], plan["training"], plan["validation"]) == ("3-1-3 (6-4)", 4, 2)
    assert plan["seconds"] == round(plan["steps"] * plan["step_ms"] / 1000)
    assert plan["step_ms"] > 0
    assert list(tmp_path.iterdir()) == []
    assert torch.equal(before, torch.get_rng_state())


def test_epochs_show_every_subimage_so_often(tiny_recipe: Build, tiny_sets: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe(
        data={"sampling": "ordered", "size": 20, "stride": 20}, run={"steps": None, "epochs": 3, "batch": 5}
    )
    train(recipe, tmp_path, data=tiny_sets)
    # Four training pictures of 48 x 60 hold 2 x 3 sub-images each: 72 examples in batches of 5.
    assert json.loads(RunFolder(tmp_path).record.read_text())["steps"] == 15


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    digests = [
        train(tiny_recipe(run={"seed": seed}), tmp_path / str(run), data=tiny_sets).digest
        for run, seed in enumerate((0, 0, 1))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_fine_tuning_starts_from_the_given_weights(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe(network={"residual": True})
    first = train(recipe, tmp_path / "first", data=tiny_sets)
    still = tiny_recipe(network={"residual": True}, optimiser={"rate": 1e-12}, run={"steps": 1})
    second = train(still, tmp_path / "second", data=tiny_sets, init=first)
    for old, new in zip(first.kernels, second.kernels, strict=True):
        np.testing.assert_allclose(new, old, atol=1e-6)
    narrower = tiny_recipe(network={"widths": [5, 4]})
    with pytest.raises(TrainingError, match="to start from"):
        train(narrower, tmp_path / "third", data=tiny_sets, init=first)


def test_a_diverging_run_stops_and_keeps_its_checkpoint(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    recipe = tiny_recipe(
        optimiser={"name": "sgd", "rate": 1e4, "schedule": "constant"},
        run={"steps": 200, "validate_every": 1, "ema": 0.0},
        network={"init": "he"},
    )
    with pytest.raises(TrainingError, match=r"loss is .* lower optimiser.rate"):
        train(recipe, tmp_path, data=tiny_sets)
    _, state = load_checkpoint(RunFolder(tmp_path).checkpoint)
    assert state["step"] > 0


def test_a_validation_without_a_number_is_not_the_best(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = iter([(1e-3, 30.0), (math.nan, math.nan)])
    monkeypatch.setattr("srcnn.training.train.scores", lambda *_: next(found))
    recipe = tiny_recipe(run={"steps": 2, "validate_every": 1})
    with pytest.raises(TrainingError, match=r"validation pictures is nan at step 2; lower .* kept"):
        train(recipe, tmp_path, data=tiny_sets)
    folder = RunFolder(tmp_path)
    assert load_weights(folder.weights).card.figures["held-out"]["psnr"] == 30.0
    assert [row["step"] for row in folder.rows()] == [1]
    assert load_checkpoint(folder.checkpoint)[1]["step"] == 1


def test_pictures_too_small_to_validate_on_are_named(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    sets = tmp_path / "sets"
    shutil.copytree(tiny_sets, sets)
    Image.new("RGB", (30, 4)).save(sets / "Tiny" / "0.png")
    with pytest.raises(DataError, match="more than 4 pixels a side to validate on, got Tiny/0 of 30x4"):
        train(tiny_recipe(), tmp_path / "run", data=sets)
    assert not (tmp_path / "run").exists()


def test_a_missing_set_is_one_line(tiny_recipe: Build, tmp_path: Path) -> None:
    with pytest.raises(SrcnnError, match="found none") as error:
        train(tiny_recipe(), tmp_path / "run", data=tmp_path)
    assert "\n" not in str(error.value)
