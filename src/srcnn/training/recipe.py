"""Recipes: everything that decides what a run learns, as TOML; sets are named, paths never."""

import json
import math
import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from srcnn.data.planes import channels_of
from srcnn.data.samplers import ROUNDING
from srcnn.errors import RecipeError, SrcnnError, TrainingError, read_failure
from srcnn.training.recipe_schema import DataSection, NetworkSection, OptimiserSection, RunSection, Section
from srcnn.training.run_folder import RunFolder

NAME = r"^[\w.-]*\w[\w.-]*$"
"""Names of recipes and variants, which become names of folders."""


class Recipe(Section, frozen=True):
    """A whole recipe."""

    name: Annotated[str, Field(pattern=NAME)]
    """Letters, digits, dots and dashes: it names the run's folder."""
    description: str
    """One line, for ``srcnn train --list``."""
    network: NetworkSection = NetworkSection()
    data: DataSection
    optimiser: OptimiserSection = OptimiserSection()
    run: RunSection

    @model_validator(mode="after")
    def _fits(self) -> "Recipe":
        halo = self.network.build().halo
        if self.network.border == "valid" and self.data.size <= 2 * halo:
            raise ValueError(
                f"data.size must exceed twice the halo of {self.network.architecture}, {2 * halo}; "
                f"got {self.data.size}"
            )
        kernel = self.network.build().layers[0].kernel
        if (self.optimiser.whiten or self.optimiser.null_decay) and self.data.size < kernel:
            raise ValueError(
                f"optimiser.whiten and null_decay look at patches of {kernel} pixels; data.size must be "
                f"at least that, got {self.data.size}"
            )
        if (self.run.steps is None) == (self.run.epochs is None):
            many = "neither" if self.run.steps is None else "both"
            raise ValueError(f"run needs either steps or epochs, got {many}")
        if self.run.epochs and self.data.sampling != "ordered":
            raise ValueError('run.epochs needs data.sampling = "ordered"; random crops have no epochs')
        if self.optimiser.weight_decay and self.optimiser.name in ("soap", "muon"):
            raise ValueError(f"optimiser.weight_decay is not for {self.optimiser.name}")
        if self.optimiser.whiten and (self.optimiser.name != "muon" or not self.network.widths):
            raise ValueError('optimiser.whiten needs optimiser.name = "muon" and two layers or more')
        if self.optimiser.null_decay and not self.network.residual:
            raise ValueError(
                "optimiser.null_decay would blur channels that carry the input; it needs "
                "network.residual = true"
            )
        if self.optimiser.null_decay * self.optimiser.rate > 1:
            raise ValueError("optimiser.null_decay times optimiser.rate must not exceed 1")
        if set(self.data.shares) - set(self.data.train):
            raise ValueError("data.shares names a set that data.train does not")
        if math.fsum(self.data.shares.values()) > 1 + ROUNDING or (
            self.data.shares and self.data.sampling == "ordered"
        ):
            raise ValueError('data.shares must not exceed 1 in all, and needs data.sampling = "random"')
        if self.network.residual and self.network.init != "identity":
            raise ValueError('network.residual starts as bicubic; it needs network.init = "identity"')
        # Sets are found by their names in any case.
        if {name.casefold() for name in self.data.watch} & {name.casefold() for name in self.data.train}:
            raise ValueError("data.watch names a training set; watch another set, or hold pictures out")
        if self.network.channels != channels_of(self.data.color):
            raise ValueError(
                f"network.channels must be {channels_of(self.data.color)} for data.color = "
                f'"{self.data.color}", got {self.network.channels}'
            )
        if self.optimiser.pretrain_planes and self.network.channels == 1:
            raise ValueError("optimiser.pretrain_planes chooses among three planes; network.channels is 1")
        if set(self.data.hold_out_from) - set(self.data.train):
            raise ValueError("data.hold_out_from names a set that data.train does not")
        return self


def list_recipes() -> list[str]:
    """Names of the recipes that ship with the package."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in (files("srcnn") / "recipes").iterdir()
        if entry.name.endswith(".toml")
    )


def load_recipe(name: str, changes: Sequence[str] = ()) -> Recipe:
    """A shipped recipe by name, or a recipe file by path (ending in ``.toml``).

    A variant of an experiment goes by ``EXPERIMENT.VARIANT``; see `srcnn.training.experiment`. ``changes``
    are keys with other values, see `changed`.

    Raises:
        RecipeError: no such recipe, no TOML, or a key that is unknown, missing or contradictory.
    """
    content = read_recipe(name)
    if "variants" in content:
        names = ", ".join(f"{name}.{variant}" for variant in expand_variants(content, name))
        raise RecipeError(f"expected one recipe, got {name} with variants; name one of them: {names}")
    return check_recipe(changed(content, changes), name)


def read_recipe(name: str) -> dict[str, Any]:
    """The values of a recipe by name or path as they stand in its file; those of one variant by its name.

    Raises:
        RecipeError: no such recipe, or no TOML.
    """
    home, _, variant = name.rpartition(".")
    if name not in list_recipes() and home in list_recipes():
        variants = expand_variants(read_recipe(home), home)
        if variant in variants:
            return variants[variant]
    if name.endswith(".toml"):
        try:
            text = Path(name).read_text(encoding="utf-8-sig")  # a mark that editors on Windows put first
        except (OSError, UnicodeDecodeError) as error:
            message = f"expected a recipe file, cannot read {name}"
            raise RecipeError(read_failure(name, error, message)) from error
    elif name in list_recipes():
        text = (files("srcnn") / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
    else:
        raise RecipeError(
            f"expected a recipe, got {name!r}; there are {', '.join(list_recipes())}, or name a .toml file"
        )
    return _parse(text, name)


def parse_recipe(text: str, origin: str) -> Recipe:
    """A recipe from TOML text; ``origin`` names it in errors."""
    return check_recipe(_parse(text, origin), origin)


def expand_variants(content: dict[str, Any], origin: str) -> dict[str, dict[str, Any]]:
    """The name of each variant to its values: the recipe's own with those that the variant changes.

    ``content`` is that of a recipe file, with a list of tables under ``variants`` or without; ``origin``
    names it in errors.

    Raises:
        RecipeError: no such list, a variant without a name, or two of one name.
    """
    variants = content.get("variants", [])
    base = {key: value for key, value in content.items() if key != "variants"}
    tables = isinstance(variants, list) and all(isinstance(variant, dict) for variant in variants)
    if not tables or ("variants" in content and not variants):
        raise RecipeError(f"recipe {origin}: expected tables [[variants]], got {variants!r}")
    expanded: dict[str, dict[str, Any]] = {}
    for number, variant in enumerate(variants, start=1):
        name = variant.get("name")
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            raise RecipeError(f"recipe {origin}: variant {number} needs a name of letters, digits and dashes")
        if name in expanded:
            raise RecipeError(f"recipe {origin}: expected variants of different names, got {name} twice")
        expanded[name] = _merged(base, variant) | {"name": f"{base.get('name')}.{name}"}
    return expanded


def changed(content: dict[str, Any], changes: Sequence[str]) -> dict[str, Any]:
    """The values of a recipe with some replaced.

    ``changes`` are such as ``run.epochs=2`` or ``optimiser.name=adam``; a value is read as TOML, or as a
    string where it is none. Steps take the place of epochs, and epochs that of steps.

    Raises:
        RecipeError: a change without a key and ``=``.
    """
    named = set()
    for change in changes:
        key, equals, value = (part.strip() for part in change.partition("="))
        if not (equals and re.fullmatch(r"\w+(\.\w+)?", key)):
            raise RecipeError(f"expected a change such as run.steps=100, got {change!r}")
        try:
            parsed = tomllib.loads(f"{key} = {value}")
        except tomllib.TOMLDecodeError:
            parsed = tomllib.loads(f"{key} = {json.dumps(value)}")
        content = _merged(content, parsed)
        named.add(key)
    lengths = named & {"run.steps", "run.epochs"}
    if len(lengths) == 1 and isinstance(content["run"], dict):  # what else it may be is refused later
        other = "epochs" if lengths == {"run.steps"} else "steps"
        content["run"] = {key: value for key, value in content["run"].items() if key != other}
    return content


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _parse(text: str, origin: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"expected TOML in recipe {origin}: {error}") from error


def check_recipe(content: Any, origin: str) -> Recipe:
    """A recipe from plain values, such as a run's stored ``recipe.json``; ``origin`` names it in errors."""
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(f"recipe {origin}: {_first(error)}") from error
    except SrcnnError as error:
        raise RecipeError(f"recipe {origin}: {error}") from error


def stored_recipe(folder: RunFolder) -> Recipe:
    """The recipe that a run was started with.

    Raises:
        TrainingError: its file is missing or no JSON.
        RecipeError: it is no recipe of this version.
    """
    try:
        content = json.loads(folder.recipe.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TrainingError(
            f"expected the folder of a run that had begun, got {folder.path} without a {folder.recipe.name}; "
            "give the folder that training named, or start the run again"
        ) from error
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"expected a run's {folder.recipe.name} in {folder.path}, cannot read it: {error}"
        ) from error
    return check_recipe(content, str(folder.recipe))


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown key {key}; there are {', '.join(_keys_beside(first['loc']))}"
    if first["type"] == "missing":
        return f"key {key} is missing"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "string_pattern_mismatch":
        message = "expected letters, digits, _, . and -, and more than dots and dashes"
    elif first["type"] == "tuple_type":
        message = 'expected a list such as ["T91", "Mine"] or [1, 0.5]'
    elif first["type"] == "value_error" and isinstance(first["input"], dict):
        return message  # of several keys, which it names
    return f"{key}: {message}, got {first['input']!r}" if key else message


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    section: type[Section] = Recipe
    for part in location[:-1]:
        kind = section.model_fields[str(part)].annotation
        assert isinstance(kind, type)
        assert issubclass(kind, Section)
        section = kind
    return list(section.model_fields)
