"""Every shipped recipe trains: two steps on small pictures under the names that it asks for."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.training.experiment import Experiment, load_experiment
from srcnn.training.recipe import Recipe, list_recipes, load_recipe
from srcnn.training.run_folder import RunFolder
from srcnn.training.train import train
from srcnn.weights import load_weights

SIZE = (120, 104)


def _picture(number: int) -> Image.Image:
    coarse = np.random.default_rng(number).integers(0, 256, (13, 15, 3), np.uint8)
    return Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC)


def _make_set(folder: Path, recipe: Recipe) -> None:
    data = recipe.data
    homes = {
        "pictures": [folder],
        "side-by-side": [folder],
        "folders": [folder / data.hr_folder, folder / data.lr_folder],
    }[data.layout]
    for home in homes:
        home.mkdir(parents=True)
        for number in range(3):
            picture = _picture(number)
            if data.layout == "side-by-side":
                both = Image.new("L", (2 * SIZE[0], SIZE[1]))
                both.paste(picture.convert("L"), (0, 0))
                both.paste(picture.convert("L").reduce(2).resize(SIZE), (SIZE[0], 0))
                picture = both
            picture.save(home / f"{number}.png")


def _recipes() -> list[str]:
    """Names of all recipes, those with variants as ``EXPERIMENT.VARIANT``."""
    names = []
    for name in list_recipes():
        chosen = load_experiment(name)
        several = chosen.variants.values() if isinstance(chosen, Experiment) else [chosen]
        names += [recipe.name for recipe in several]
    return names


@pytest.mark.parametrize("name", _recipes())
def test_a_shipped_recipe_trains(name: str, tmp_path: Path) -> None:
    recipe = load_recipe(name)
    for set_name in (*recipe.data.train, *recipe.data.watch):
        _make_set(tmp_path / "sets" / set_name, recipe)
    short = recipe.run.model_copy(update={"steps": 2, "epochs": None, "batch": 2, "validate_every": 1})
    train(recipe.model_copy(update={"run": short}), tmp_path / "run", data=tmp_path / "sets")
    folder = RunFolder(tmp_path / "run")
    assert [row["step"] for row in folder.rows()] == [1, 2]
    weights = load_weights(folder.weights)
    assert weights.architecture == recipe.network.build()
    assert weights.card.recipe == name
