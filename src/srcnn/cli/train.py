"""``srcnn train``."""

import json
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from srcnn.cli.output import complain, print_json
from srcnn.cli.train_output import Display, draw, duration, kept, told

if TYPE_CHECKING:
    from srcnn.training.experiment import Experiment, ExperimentFolder
    from srcnn.training.folder import RunFolder
    from srcnn.training.recipe import Recipe
    from srcnn.weights import Weights

EPILOG = """
Examples:

  srcnn train --list

  srcnn train modern-9-5-5-x3 --data sets/ --out runs/mine

  srcnn train --resume runs/mine --data sets/

  srcnn train valid-or-same --data sets/ --dry-run

  srcnn train t91-9-5-5-x3 --data sets/ --set run.epochs=2 --out runs/short
"""


@dataclass(frozen=True)
class _Options:
    data: Path | None
    init: str | None
    threads: int | None
    as_json: bool


def train_command(
    recipe: Annotated[str | None, typer.Argument(help="A shipped recipe's name, or a .toml file.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds the image sets.", envvar="SRCNN_DATA")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The run's folder [runs/RECIPE].")] = None,
    init: Annotated[
        str | None,
        typer.Option(
            help="Weights to start from, of the same network or a smaller one: a .safetensors file."
        ),
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Another value for a key of the recipe, repeatable."),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the shipped recipes and stop.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be trained and for how long; write nothing.")
    ] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads [all cores].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Train a recipe; leaves weights, log, checkpoint and record in a folder.

    A recipe with variants trains each of them and prints one table. Ctrl-C stops after a checkpoint;
    --resume goes on from it to the same result.
    """
    from srcnn.errors import MissingExtraError, UsageError
    from srcnn.training.experiment import Experiment, ExperimentFolder, load_experiment, stored_experiment
    from srcnn.training.folder import RunFolder, stored_recipe
    from srcnn.training.processes import leads

    if list_:
        _list()
        return
    if recipe and resume:
        raise UsageError("expected a recipe or --resume, got both: a run keeps its own recipe")
    if not (recipe or resume):
        raise UsageError(
            "expected a recipe to train, or --resume with a run's folder; see srcnn train --list"
        )
    try:
        import_module("srcnn.training.loop")
    except ModuleNotFoundError as error:
        raise MissingExtraError("training", "train") from error
    if resume:
        if init or out or changes:
            raise UsageError(
                "expected --resume without --out, --init and --set: a run keeps what it was started with"
            )
        path = resume
        several = ExperimentFolder(path).settings.exists()
        chosen = stored_experiment(ExperimentFolder(path)) if several else stored_recipe(RunFolder(path))
    else:
        assert recipe is not None
        chosen = load_experiment(recipe, changes or ())
        path = out or Path("runs") / chosen.name
    options = _Options(data, init, threads, as_json)
    going_on = resume is not None
    if isinstance(chosen, Experiment):
        if init:
            raise UsageError(f"expected {chosen.name} without --init: its variants start as they say")
        if dry_run:
            _rehearse_all(chosen, options)
        else:
            _train_all(chosen, ExperimentFolder(path), options, going_on=going_on)
    elif dry_run:
        plan = _rehearse(chosen, options)
        print(json.dumps(plan, indent=2) if as_json else told(plan))
    else:
        folder = RunFolder(path)
        with kept(folder.checkpoint, path, data):
            _train(chosen, folder, options, going_on=going_on)
        if not leads():
            return
        if as_json:
            print(folder.record.read_text(encoding="utf-8").rstrip())
        else:
            print(f"weights and record are in {path}")


def _list() -> None:
    from srcnn.training.recipe import list_recipes, read_recipe

    for name in list_recipes():
        print(f"{name:24} {read_recipe(name)['description']}")


def _train(recipe: "Recipe", folder: "RunFolder", options: _Options, *, going_on: bool) -> None:
    from srcnn.training.loop import train
    from srcnn.training.processes import leads

    with Display(quiet=options.as_json) as display:
        train(
            recipe,
            folder.path,
            data=options.data,
            init=_weights(recipe, options),
            resume=going_on,
            threads=options.threads,
            report=display.step,
            reading=display.read,
            note=lambda text: complain("note", text),
        )
    if leads():
        draw({folder.path.name: folder}, folder.curves)


def _train_all(
    experiment: "Experiment", folder: "ExperimentFolder", options: _Options, *, going_on: bool
) -> None:
    from srcnn.training.experiment import page_of, train_experiment
    from srcnn.training.processes import leads

    def train_one(name: str, recipe: "Recipe", run: "RunFolder", begun: bool) -> None:
        if leads() and not options.as_json:
            print(f"{name}: {recipe.description}", flush=True)
        _train(recipe, run, options, going_on=begun)

    with kept(folder.settings, folder.path, options.data):
        table = train_experiment(experiment, folder, train_one, resume=going_on)
    if not leads():
        return
    draw({name: folder.run(name) for name in experiment.variants}, folder.curves)
    if options.as_json:
        print_json(table)
    else:
        print(f"\n{page_of(table)}\nweights, records and this table are in {folder.path}")


def _rehearse(recipe: "Recipe", options: _Options) -> dict[str, object]:
    from srcnn.training.loop import rehearse

    return rehearse(recipe, data=options.data, init=_weights(recipe, options), threads=options.threads)


def _rehearse_all(experiment: "Experiment", options: _Options) -> None:
    plans = {name: _rehearse(recipe, options) for name, recipe in experiment.variants.items()}
    seconds = sum(float(str(plan["seconds"])) for plan in plans.values())
    if options.as_json:
        print_json({"variants": plans, "seconds": seconds})
        return
    for name, plan in plans.items():
        print(f"{name}: {told(plan)}")
    print(f"all {len(plans)} variants: {duration(seconds)}")


def _weights(recipe: "Recipe", options: _Options) -> "Weights | None":
    if options.init is None:
        return None
    from srcnn.model import load_model

    return load_model(options.init, recipe.data.scale).weights
