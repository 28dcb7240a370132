"""Experiments: recipes that differ in a few keys, trained one after the other and judged in one table.

An experiment is a recipe file with ``[[variants]]``, each a ``name`` and the keys that it changes::

    name = "valid-or-same"
    ...
    [[variants]]
    name = "same"
    [variants.network]
    border = "zero"
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcnn.atomic import write_bytes
from srcnn.errors import RecipeError, TrainingError, UsageError, os_errors_as
from srcnn.text_table import markdown_table
from srcnn.training.process import leads
from srcnn.training.recipe import Recipe, changed, check_recipe, expand_variants, read_recipe
from srcnn.training.run_folder import EXPERIMENT, RunFolder

TrainOne = Callable[[str, Recipe, RunFolder, bool], None]
"""Trains a variant: its name, its recipe, its folder, and whether to resume from the checkpoint there."""


@dataclass(frozen=True)
class Experiment:
    """Recipes to compare.

    Attributes:
        name: of the recipe file; the variant ``v`` is the recipe ``name.v``.
        description: one line.
        variants: the name of each to its recipe, in the order of the file.
    """

    name: str
    description: str
    variants: dict[str, Recipe]


class ExperimentFolder:
    """The folder of an experiment.

    Holds a run's folder for each variant, ``experiment.json``, and at the end ``table.md`` and
    ``table.json``; ``curves.png`` when the command line ran it and matplotlib is installed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings = path / EXPERIMENT
        self.table = path / "table.json"
        self.page = path / "table.md"
        self.curves = path / "curves.png"

    def run(self, variant: str) -> RunFolder:
        """The folder of a variant's run."""
        return RunFolder(self.path / variant)

    def check_free(self, variants: Iterable[str]) -> None:
        """Refuse a folder from which a new experiment of these variants would take something.

        Raises:
            UsageError: it holds a run, or variants that were begun, of this experiment or another one.
        """
        names = dict.fromkeys(variants)
        if self.settings.exists():
            names.update(dict.fromkeys(sorted(path.name for path in self.path.iterdir())))
        else:
            RunFolder(self.path).check_free()
        begun = [name for name in names if self.run(name).is_begun]
        if begun:
            raise UsageError(
                f"{self.path} already holds the variant(s) {', '.join(begun)}; use --resume, or name another "
                "folder"
            )


def load_experiment(name: str, changes: Sequence[str] = ()) -> Recipe | Experiment:
    """A recipe, or an experiment where the file holds variants; see `srcnn.training.recipe.load_recipe`.

    ``changes`` go to every variant, last.
    """
    content = read_recipe(name)
    if "variants" not in content:
        return check_recipe(changed(content, changes), name)
    return _experiment(content, name, changes)


def stored_experiment(folder: ExperimentFolder) -> Experiment:
    """The experiment that a folder was made for.

    Raises:
        TrainingError: its file is missing or broken.
    """
    try:
        content = json.loads(folder.settings.read_text(encoding="utf-8"))
        recipes = {
            key: check_recipe(value, str(folder.settings)) for key, value in content["variants"].items()
        }
        return Experiment(content["name"], content["description"], recipes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrainingError(
            f"expected an experiment's {folder.settings.name} in {folder.path}, cannot read it: {error}"
        ) from error


def train_experiment(
    experiment: Experiment, folder: ExperimentFolder, train_one: TrainOne, *, resume: bool = False
) -> dict[str, Any]:
    """Train each variant, write the table and return it, see `table_of`.

    With ``resume`` finished variants are skipped, and the one that was stopped is resumed.

    Raises:
        UsageError: the folder holds a run or trained variants, and ``resume`` is not set.
    """
    if not resume:
        folder.check_free(experiment.variants)
    recipes = {name: recipe.model_dump(mode="json") for name, recipe in experiment.variants.items()}
    _write_json(
        {"name": experiment.name, "description": experiment.description, "variants": recipes}, folder.settings
    )
    for name, recipe in experiment.variants.items():
        run = folder.run(name)
        if not run.record.exists():
            train_one(name, recipe, run, run.checkpoint.exists())
    table = table_of(experiment, folder)
    _write_json(table, folder.table)
    _write(page_of(table), folder.page)
    return table


def table_of(experiment: Experiment, folder: ExperimentFolder) -> dict[str, Any]:
    """The result of each variant.

    Returns:
        ``name``, ``description``; ``same_pixels``, whether all variants were judged on the same pixels;
        ``rows``, each with ``variant``, ``psnr`` (dB, the best on the watched pictures), ``last_psnr`` (dB,
        at the end of the run), ``bicubic`` (dB), ``steps``, ``examples``, ``seconds``.
    """
    rows, watched = [], set()
    for name in experiment.variants:
        run = folder.run(name)
        record = json.loads(run.record.read_text(encoding="utf-8"))
        watched.add((record["data"]["validation"]["sha256"], record["recipe"]["data"]["color"]))
        rows.append(
            {
                "variant": name,
                "psnr": record["validation"]["psnr"],
                "last_psnr": run.rows()[-1]["psnr"],
                "bicubic": record["validation"]["bicubic"],
                "steps": record["steps"],
                "examples": record["examples"],
                "seconds": record["seconds"],
            }
        )
    return {
        "name": experiment.name,
        "description": experiment.description,
        "same_pixels": len(watched) == 1,
        "rows": rows,
    }


def page_of(table: dict[str, Any]) -> str:
    """The table for people, as Markdown."""
    header = ["variant", "PSNR, best (dB)", "at the end", "bicubic", "over bicubic", "steps", "seconds"]
    rows = []
    for row in table["rows"]:
        psnr, bicubic = row["psnr"], row["bicubic"]
        cells = [row["variant"], f"{psnr:.3f}", f"{row['last_psnr']:.3f}", f"{bicubic:.3f}"]
        rows.append([*cells, f"{psnr - bicubic:+.3f}", f"{row['steps']:,}", f"{row['seconds']:.0f}"])
    note = (
        ""
        if table["same_pixels"]
        else "\n\nThe variants watched different pixels: their PSNR cannot be compared."
    )
    return markdown_table(header, rows, words=range(len(header))) + note + "\n"


def _experiment(content: dict[str, Any], origin: str, changes: Sequence[str]) -> Experiment:
    recipes = {
        variant: check_recipe(changed(values, changes), f"{origin}, variant {variant}")
        for variant, values in expand_variants(content, origin).items()
    }
    for key in ("name", "description"):
        if not isinstance(content.get(key), str):
            raise RecipeError(f"recipe {origin}: key {key} is missing")
    return Experiment(content["name"], content["description"], recipes)


def _write_json(content: Any, path: Path) -> None:
    _write(json.dumps(content, indent=2) + "\n", path)


def _write(text: str, path: Path) -> None:
    # Under torchrun the first process writes, as it does in a run.
    if not leads():
        return
    with os_errors_as(TrainingError, f"cannot write {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(text.encode(), path)
