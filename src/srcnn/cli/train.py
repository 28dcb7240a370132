"""``srcnn train``: bars and a line per validation, what a dry run found, curves."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from srcnn.cli.common import AsJson, Bar, DataRoot, complain, print_json
from srcnn.errors import MissingExtraError, SrcnnError, UsageError

if TYPE_CHECKING:
    from srcnn.training.experiment import Experiment, ExperimentFolder
    from srcnn.training.recipe import Recipe
    from srcnn.training.run_folder import LogRow, RunFolder
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
    recipe: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="A shipped recipe, or a .toml file.")
    ] = None,
    data: DataRoot = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="The run's folder [runs/RECIPE].")
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Initial weights, of the same network or a smaller one: "
            "a name from `srcnn models`, or a .safetensors file.",
        ),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Continue the run in this folder.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the recipe, repeatable."),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the shipped recipes.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what would be trained and for how long."),
    ] = False,
    threads: Annotated[int | None, typer.Option(min=1, metavar="N", help="CPU threads [all cores].")] = None,
    as_json: AsJson = False,
) -> None:
    """Train a recipe; writes weights, log, checkpoint and record to a folder.

    A recipe with variants trains each of them and prints one table. Ctrl-C stops after a checkpoint;
    --resume continues from it, with the same result.
    """
    from srcnn.training.experiment import Experiment, ExperimentFolder, load_experiment, stored_experiment
    from srcnn.training.process import leads
    from srcnn.training.recipe import stored_recipe
    from srcnn.training.run_folder import RunFolder

    if list_:
        _list()
        return
    if recipe and resume:
        raise UsageError("use either a recipe or --resume: a run keeps its recipe")
    if not (recipe or resume):
        raise UsageError("expected a recipe, or --resume with a run's folder; see srcnn train --list")
    try:
        import_module("srcnn.training.train")
    except ModuleNotFoundError as error:
        raise MissingExtraError("training", "train") from error
    if resume:
        if init or out or changes:
            raise UsageError("use --resume without --out, --init and --set: a run keeps its settings")
        path = resume
        is_experiment = ExperimentFolder(path).settings.exists()
        chosen = (
            stored_experiment(ExperimentFolder(path)) if is_experiment else stored_recipe(RunFolder(path))
        )
    else:
        assert recipe is not None
        chosen = load_experiment(recipe, changes or ())
        path = out or Path("runs") / chosen.name
    options = _Options(data, init, threads, as_json)
    resumed = resume is not None
    if isinstance(chosen, Experiment):
        if init:
            raise UsageError(f"use {chosen.name} without --init: its variants name their own initial weights")
        if dry_run:
            _rehearse_all(chosen, options)
        else:
            _train_all(chosen, ExperimentFolder(path), options, resumed=resumed)
    elif dry_run:
        plan = _rehearse(chosen, options)
        print(json.dumps(plan, indent=2) if as_json else _describe(plan))
    else:
        folder = RunFolder(path)
        with _hint(folder.checkpoint, path, data, threads):
            _train(chosen, folder, options, resumed=resumed)
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


def _train(recipe: "Recipe", folder: "RunFolder", options: _Options, *, resumed: bool) -> None:
    from srcnn.training.process import leads
    from srcnn.training.train import train

    base = "bicubic" if recipe.data.scale > 1 else "the input"
    with _Display(base, quiet=options.as_json) as display:
        train(
            recipe,
            folder.path,
            data=options.data,
            init=_weights(recipe, options),
            resume=resumed,
            threads=options.threads,
            report=display.step,
            reading=display.read,
            note=lambda text: complain("note", text),
        )
    if leads():
        _draw({folder.path.name: folder}, folder.curves)


def _train_all(
    experiment: "Experiment", folder: "ExperimentFolder", options: _Options, *, resumed: bool
) -> None:
    from srcnn.training.experiment import page_of, train_experiment
    from srcnn.training.process import leads

    def train_one(name: str, recipe: "Recipe", run: "RunFolder", begun: bool) -> None:
        if leads() and not options.as_json:
            print(f"{name}: {recipe.description}", flush=True)
        _train(recipe, run, options, resumed=begun)

    with _hint(folder.settings, folder.path, options.data, options.threads):
        table = train_experiment(experiment, folder, train_one, resume=resumed)
    if not leads():
        return
    _draw({name: folder.run(name) for name in experiment.variants}, folder.curves)
    if options.as_json:
        print_json(table)
    else:
        print(f"\n{page_of(table)}\nweights, records and this table are in {folder.path}")


def _rehearse(recipe: "Recipe", options: _Options) -> dict[str, object]:
    from srcnn.training.train import rehearse

    return rehearse(recipe, data=options.data, init=_weights(recipe, options), threads=options.threads)


def _rehearse_all(experiment: "Experiment", options: _Options) -> None:
    plans = {name: _rehearse(recipe, options) for name, recipe in experiment.variants.items()}
    seconds = sum(float(str(plan["seconds"])) for plan in plans.values())
    if options.as_json:
        print_json({"variants": plans, "seconds": seconds})
        return
    for name, plan in plans.items():
        print(f"{name}: {_describe(plan)}")
    print(f"all {len(plans)} variants: {_duration(seconds)}")


def _weights(recipe: "Recipe", options: _Options) -> "Weights | None":
    if options.init is None:
        return None
    from srcnn.model import load_model

    return load_model(options.init, recipe.data.scale).weights


class _Display:
    """Bars with PSNR, and its gain over ``base``, on a terminal; a line a validation unless ``quiet``."""

    def __init__(self, base: str, *, quiet: bool) -> None:
        self._base, self._quiet, self._psnr = base, quiet, ""
        self._bars = contextlib.ExitStack()
        self._bar: Bar | None = None

    def __enter__(self) -> "_Display":
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.close()

    def read(self, done: int, total: int) -> None:
        """Pictures read so far."""
        if self._bar is None:
            self._bar = self._bars.enter_context(Bar("reading pictures"))
        self._bar.update(done, total)

    def step(self, step: int, steps: int, row: "LogRow | None") -> None:
        """Steps done, and the row of a validation."""
        if self._bar is None or not self._psnr:
            self._bars.close()
            self._bar = self._bars.enter_context(Bar("training"))
            self._psnr = "no PSNR yet"
        if row is not None:
            self._psnr = f"{row.psnr:.3f} dB, {row.psnr - row.bicubic:+.3f} over {self._base}"
            if not self._quiet:
                print(_line(row, steps, self._psnr), flush=True)
        self._bar.update(step, steps, self._psnr)


def _line(row: "LogRow", steps: int, psnr: str) -> str:
    gain = f"{psnr}, MSE {row.mse:.6f}"
    learned = f"training {row.train_psnr:.2f} dB, MSE {row.train_mse:.6f}, loss {row.loss:.6f}"
    dead = f";  {row.dead:.0%} of the inner units never fire" if row.dead else ""
    return f"step {row.step}/{steps}  {gain};  {learned};  {row.seconds:.0f} s{dead}"


def _describe(plan: Mapping[str, Any]) -> str:
    return (
        f"{plan['network']}, {plan['parameters']:,} parameters, x{plan['scale']}\n"
        f"{plan['training']:,} training pictures, {plan['validation']} for validation\n"
        f"{plan['steps']:,} steps of {plan['batch']}, about {plan['step_ms']:.0f} ms each here: "
        f"{_duration(plan['seconds'])}"
    )


def _duration(seconds: float) -> str:
    """Such as ``1 h 5 min``."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min"


def _draw(runs: "Mapping[str, RunFolder]", path: "Path") -> None:
    """Draw the curves of runs by name; a note where that fails."""
    from srcnn.figures.curves import curves_figure
    from srcnn.figures.plot import save_figure

    try:
        save_figure(curves_figure({name: folder.rows() for name, folder in runs.items()}), path)
    except SrcnnError as error:
        complain("note", f"no {path.name}: {error}")


@contextlib.contextmanager
def _hint(checkpoint: "Path", folder: "Path", data: "Path | None", threads: int | None) -> Iterator[None]:
    """On Ctrl-C or SIGTERM print the command that continues the run, with its image sets and threads."""
    from srcnn.training.run_folder import RunFolder

    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        if RunFolder(folder).record.exists():
            complain("note", f"stopped after the run was finished; weights and record are in {folder}")
        elif checkpoint.exists():
            words = ["srcnn", "train", "--resume", str(folder), *(["--data", str(data)] if data else [])]
            words += ["--threads", str(threads)] if threads else []
            line = " ".join(f'"{word}"' if " " in word else word for word in words)  # as any shell reads it
            complain("note", f"stopped after a checkpoint; continue with: {line}")
        else:
            complain("note", "stopped before the first checkpoint; nothing was saved")
        raise
