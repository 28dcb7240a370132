from pathlib import Path

import pytest

from srcnn.errors import RecipeError
from srcnn.training.experiment import Experiment, load_experiment
from srcnn.training.recipe import Recipe, list_recipes, load_recipe, parse_recipe

MINIMAL = """
name = "mine"
description = "a recipe"
[data]
train = ["T91"]
scale = 3
[run]
steps = 10
"""


@pytest.mark.parametrize("name", list_recipes())
def test_shipped_recipes_load_under_their_own_name(name: str) -> None:
    recipe = load_experiment(name)
    assert recipe.name == name
    assert recipe.description


def test_paper_recipe_is_the_released_training_code() -> None:
    # Source of the values: section 3 of the reference facts, from the authors' released Caffe prototxt.
    recipe = load_recipe("paper-9-1-5-x3")
    halo = recipe.network.build().halo
    assert (recipe.data.size, recipe.data.size - 2 * halo, recipe.data.stride) == (33, 21, 14)
    assert (recipe.optimiser.name, recipe.optimiser.loss, recipe.optimiser.momentum) == ("sgd", "sum", 0.9)
    assert recipe.optimiser.rate == 1e-4
    assert recipe.optimiser.last_rate == recipe.optimiser.bias_rate == 1e-5
    assert (recipe.run.batch, recipe.network.init, recipe.data.train) == (128, "gaussian", ("T91",))


def test_defaults_fill_a_minimal_recipe() -> None:
    recipe = parse_recipe(MINIMAL, "mine.toml")
    assert recipe.network.architecture == "9-5-5"
    assert recipe.data.sampling == "random"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("steps = 10", "steps = 10\nstep = 3"), "unknown key run.step; there are steps, epochs, batch"),
        (
            ('name = "mine"', 'name = "../mine"'),
            "name: expected letters, digits, _, . and -, and more than dots and dashes, got '../mine'",
        ),
        (
            ('train = ["T91"]', 'train = "T91"'),
            'data.train: expected a list such as ["T91", "Mine"] or [1, 0.5], got ',
        ),
        (("steps = 10", "steps = 10\nseed = -1"), "run.seed"),
        (("steps = 10", "steps = 10\n[optimiser]\nbetas = [1.5, 0.9]"), "optimiser.betas.0"),
        (('train = ["T91"]', "train = []"), "data.train"),
        (("scale = 3\n", ""), "data.scale is missing"),
        (("steps = 10", "steps = 0"), "run.steps"),
        (("steps = 10", "steps = "), "expected TOML"),
        (("steps = 10", "batch = 10"), "either steps or epochs"),
        (("steps = 10", "epochs = 10"), "random crops have no epochs"),
        (("scale = 3", "scale = 3\nsize = 16"), "data.size must exceed twice the halo of 9-5-5, 16"),
        (("scale = 3", 'scale = 3\nwatch = ["T91"]'), "data.watch names a training set"),
        (("scale = 3", 'scale = 3\nwatch = ["t91"]'), "data.watch names a training set"),
        (("scale = 3", 'scale = 3\nhold_out_from = ["Set5"]'), "data.hold_out_from"),
        (("[run]", '[network]\nresidual = true\ninit = "he"\n[run]'), "network.residual"),
        (("[run]", '[network]\narchitecture = "9-4-5"\n[run]'), "odd kernel size"),
        (("[run]", "[optimiser]\npretrain_planes = [0]\n[run]"), "pretrain_planes chooses among three"),
        (("[run]", "[optimiser]\npretrain_planes = [3]\n[run]"), "optimiser.pretrain_planes.0"),
        (("[run]", "[network]\nwidths = [64]\n[run]"), "expected 2 widths"),
    ],
)
def test_a_broken_recipe_is_named_in_one_line(change: tuple[str, str], message: str) -> None:
    with pytest.raises(RecipeError) as error:
        parse_recipe(MINIMAL.replace(*change), "mine.toml")
    assert message in str(error.value)
    assert "mine.toml" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_message_of_several_keys_does_not_end_in_their_section() -> None:
    folders = 'scale = 3\nlayout = "folders"\ndegradation = ["jpeg 20"]'
    with pytest.raises(
        RecipeError, match=r'mine\.toml: data\.degradation is for data\.layout = "pictures", got "folders"$'
    ):
        parse_recipe(MINIMAL.replace("scale = 3", folders), "mine.toml")


def test_a_recipe_file_may_begin_with_a_mark_of_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINIMAL, encoding="utf-8-sig")
    assert load_recipe(str(path)).name == "mine"


def test_a_variant_is_a_recipe_by_its_own_name() -> None:
    for load in (load_recipe, load_experiment):
        recipe = load("colours-9-1-5-x3.rgb")
        assert isinstance(recipe, Recipe)
        assert (recipe.name, recipe.data.color) == ("colours-9-1-5-x3.rgb", "rgb")
    with pytest.raises(RecipeError, match=r"colours-9-1-5-x3\.violet"):
        load_experiment("colours-9-1-5-x3.violet")


def test_changes_replace_single_keys_and_are_checked_like_a_file() -> None:
    plain = load_recipe("t91-9-5-5-x3")
    short = load_recipe("t91-9-5-5-x3", ["run.epochs=2", "optimiser.name = adam", "data.sizes=[1.0, 0.8]"])
    assert (short.run.epochs, short.optimiser.name, short.data.sizes) == (2, "adam", (1.0, 0.8))
    assert short.network == plain.network
    assert short.run == plain.run.model_copy(update={"epochs": 2})
    experiment = load_experiment("valid-or-same", ["run.steps=3", "network.border=replicate"])
    assert isinstance(experiment, Experiment)
    assert {(r.run.steps, r.network.border) for r in experiment.variants.values()} == {(3, "replicate")}


def test_steps_take_the_place_of_epochs() -> None:
    for name in ("t91-9-5-5-x3", "adam-9-1-5-x3"):
        short = load_recipe(name, ["run.steps=5"]).run
        assert (short.steps, short.epochs) == (5, None)
        long = load_recipe(name, ["run.epochs=2"]).run
        assert (long.steps, long.epochs) == (None, 2)
    with pytest.raises(RecipeError, match="either steps or epochs, got both"):
        load_recipe("t91-9-5-5-x3", ["run.steps=5", "run.epochs=2"])
    with pytest.raises(RecipeError, match="run: "):
        load_recipe("t91-9-5-5-x3", ["run.steps=5", "run=2"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("run.epoch=2", "unknown key run.epoch"),
        ("run.epochs", "expected a change such as run.steps=100, got 'run.epochs'"),
        ("run=2", "run: "),
        ("run.epochs=many", "run.epochs: "),
        ("run.steps=many", "run.steps: "),
    ],
)
def test_a_wrong_change_is_named_in_one_line(change: str, message: str) -> None:
    with pytest.raises(RecipeError) as error:
        load_recipe("t91-9-5-5-x3", [change])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_recipe_lists_those_there_are() -> None:
    with pytest.raises(RecipeError, match="paper-9-1-5-x3"):
        load_recipe("papers")
    with pytest.raises(RecipeError, match=r"nowhere\.toml not found"):
        load_recipe("nowhere.toml")
