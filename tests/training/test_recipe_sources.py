"""Recipes over every kind of source: they train, and contradictory keys are named."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srcnn.cli import run as srcnn
from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.hdf5 import subimage_writer
from srcnn.data.pair import pairs_digest
from srcnn.errors import RecipeError
from srcnn.training.recipe import Recipe, parse_recipe, read_recipe
from srcnn.training.run_folder import RunFolder
from srcnn.training.train import train
from srcnn.weights import load_weights

Build = Callable[..., Recipe]

SOURCES: dict[str, dict[str, dict[str, Any]]] = {
    "rgb": {"data": {"color": "rgb"}, "network": {"channels": 3}},
    "ycbcr": {"data": {"color": "ycbcr"}, "network": {"channels": 3, "residual": True, "init": "identity"}},
    "grey, jpeg": {"data": {"color": "grey", "scale": 1, "degradation": ["jpeg 20"]}},
    "folders": {"data": {"train": ["Two"], "layout": "folders", "hr_folder": "high", "lr_folder": "low"}},
    "side by side": {"data": {"train": ["Beside"], "layout": "side-by-side", "sharp": "right", "scale": 1}},
    "hdf5": {"data": {"train": ["subimages.h5"], "watch": ["Tiny"], "sampling": "ordered", "size": 16}},
}


@pytest.fixture(scope="module")
def all_sets(tiny_sets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("h5py")
    root = tmp_path_factory.mktemp("all")
    for folder in ("Tiny", "Two/high", "Two/low", "Beside"):
        (root / folder).mkdir(parents=True)
    cuts = []
    for path in sorted((tiny_sets / "Tiny").iterdir()):
        hr = Image.open(path)
        lr = hr.resize((30, 24), Image.Resampling.BICUBIC)
        hr.save(root / "Tiny" / path.name)
        hr.save(root / "Two" / "high" / path.name)
        lr.save(root / "Two" / "low" / path.name)
        both = np.concatenate([np.asarray(lr.resize((60, 48))), np.asarray(hr)], axis=1)
        Image.fromarray(both).save(root / "Beside" / path.name)
        cuts.append(np.asarray(hr.convert("L"))[None, :16, :16] / np.float32(255))
    with subimage_writer(root / "subimages.h5") as writer:
        writer.add(np.stack(cuts), np.stack(cuts))
    return root


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_trains(source: str, tiny_recipe: Build, all_sets: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe(**SOURCES[source])
    weights = train(recipe, tmp_path, data=all_sets)
    card = load_weights(RunFolder(tmp_path).weights).card
    assert weights.architecture.channels == recipe.network.channels
    assert (card.scale, card.task) == ((None, "restore") if recipe.data.scale == 1 else (2, "upscale"))
    assert RunFolder(tmp_path).rows()[-1]["psnr"] > 10
    assert card.color == {"rgb": "rgb", "ycbcr": "ycbcr"}.get(source, "y")
    assert card.luma_range == ("full" if source == "grey, jpeg" else "studio")


@pytest.mark.parametrize("source", ["folders", "side by side", "hdf5"])
def test_other_lr_pictures_are_other_pictures(
    source: str, tiny_recipe: Build, all_sets: Path, tmp_path: Path
) -> None:
    def digest(root: Path) -> str:
        data = tiny_recipe(**SOURCES[source]).data
        return pairs_digest(load_pairs(SetRequest(data.train[0], data.scale, rules=data), root))

    sets = tmp_path / "sets"
    shutil.copytree(all_sets, sets)
    assert digest(sets) == digest(all_sets)
    if source == "hdf5":
        with pytest.importorskip("h5py").File(sets / "subimages.h5", "r+") as file:
            file["lr"][0, 0, 0] += 0.5
    else:
        path = sets / ("Two/low/3.png" if source == "folders" else "Beside/3.png")
        pixels = np.array(Image.open(path))
        pixels[0, 0] ^= 128
        Image.fromarray(pixels).save(path)
    assert digest(sets) != digest(all_sets)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('color = "rgb"', "network.channels must be 3"),
        ('color = "cmyk"', "data.color"),
        ('degradation = ["smear 3"]', "expected a degradation of blur"),
        ('layout = "folders"\ndegradation = ["jpeg 20"]', "data.degradation is for"),
        ('layout = "heap"', "data.layout"),
    ],
)
def test_contradictory_keys_are_named(keys: str, message: str) -> None:
    text = f'name = "a"\ndescription = "b"\n[data]\ntrain = ["T91"]\nscale = 3\n{keys}\n[run]\nsteps = 1\n'
    with pytest.raises(RecipeError) as error:
        parse_recipe(text, "mine.toml")
    assert message in str(error.value)
    with pytest.raises(RecipeError, match="how far to shrink"):
        parse_recipe(text.replace("scale = 3", "scale = 1").replace(keys, ""), "mine.toml")


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"/none\.toml not found$"):
        read_recipe(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(RecipeError, match=r"cannot read .*: Is a directory$"):
        read_recipe(str(tmp_path / "folder.toml"))


def test_a_gain_is_over_the_input_where_nothing_is_enlarged(
    tiny_sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        'name = "{0}"\ndescription = "b"\n[network]\narchitecture = "3-1-3"\nwidths = [4, 3]\n'
        '[data]\ntrain = ["Tiny"]\nsize = 16\nhold_out = 3\n{1}\n[run]\nsteps = 1\nbatch = 1\n'
    )
    for name, keys in (("input", 'scale = 1\ndegradation = ["jpeg 20"]'), ("bicubic", "scale = 2")):
        recipe = tmp_path / f"{name}.toml"
        recipe.write_text(text.format(name, keys))
        assert srcnn(["train", str(recipe), "--data", str(tiny_sets), "-o", str(tmp_path / name)]) == 0
    said = re.findall(r"dB, [+-][\d.]+ over ([a-z ]+),", capsys.readouterr().out)
    assert said == ["the input", "bicubic"]
