"""``srcnn train``."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

EPILOG = """
Examples:

  srcnn train --list

  srcnn train modern-9-5-5-x3 --data sets/ --out runs/mine

  srcnn train --resume runs/mine --data sets/
"""


def train_command(
    recipe: Annotated[str | None, typer.Argument(help="A shipped recipe's name, or a .toml file.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder that holds the image sets.", envvar="SRCNN_DATA")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The run's folder [runs/RECIPE].")] = None,
    init: Annotated[str | None, typer.Option(help="Weights to start from: a .safetensors file.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run in this folder.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the shipped recipes and stop.")] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads [all cores].")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder that keeps prepared pictures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Train a recipe; leaves weights, log, checkpoint and record in a folder.

    Ctrl-C stops after a checkpoint; --resume goes on from it to the same result.
    """
    from srcnn.errors import MissingExtraError, UsageError
    from srcnn.training.recipe import Recipe, list_recipes, load_recipe

    if list_:
        for name in list_recipes():
            print(f"{name:24} {load_recipe(name).description}")
        return
    if (recipe is None) == (resume is None):
        raise UsageError(
            "expected a recipe to train, or --resume with a run's folder; see srcnn train --list"
        )
    try:
        import torch

        from srcnn.training.loop import RECIPE, RECORD, train
    except ModuleNotFoundError as error:
        raise MissingExtraError("training", "train") from error
    if threads:
        torch.set_num_threads(threads)
    if resume:
        chosen, folder = _stored(resume / RECIPE, Recipe), resume
    else:
        assert recipe is not None
        chosen = load_recipe(recipe)
        folder = out or Path("runs") / chosen.name
    weights = None
    if init:
        from srcnn.model import load_model

        weights = load_model(init, chosen.data.scale).weights
    with _Display(chosen.run.steps) as display:
        train(
            chosen,
            folder,
            data=data,
            init=weights,
            resume=resume is not None,
            cache=cache,
            report=display.step,
            reading=display.read,
        )
    record = (folder / RECORD).read_text(encoding="utf-8")
    print(record if as_json else f"weights and record are in {folder}")


def _stored(path: Path, kind: Any) -> Any:
    from srcnn.errors import TrainingError

    try:
        return kind.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"expected a run's {path.name} in {path.parent}, cannot read it: {error}"
        ) from error


class _Display:
    """A progress bar with PSNR on a terminal; a line for each validation elsewhere."""

    def __init__(self, steps: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self._live, self._steps = console.is_terminal, steps
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[psnr]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not self._live,
        )
        self._reading = self._bar.add_task("reading pictures", total=None, psnr="")
        self._training = self._bar.add_task("training", total=steps, psnr="", visible=False)

    def __enter__(self) -> "_Display":
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def read(self, done: int, total: int) -> None:
        self._bar.update(self._reading, completed=done, total=total)

    def step(self, step: int, row: Any) -> None:
        self._bar.update(self._reading, visible=False)
        self._bar.update(self._training, completed=step, visible=True)
        if row is None:
            return
        psnr = f"{row.psnr:.3f} dB, {row.psnr - row.bicubic:+.3f} over bicubic"
        self._bar.update(self._training, psnr=psnr)
        if not self._live:
            print(f"step {step}/{self._steps}  {psnr}  loss {row.loss:.6f}  {row.seconds:.0f} s", flush=True)
