"""``srcnn train``."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from srcnn.cli.output import Bar, complain

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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be trained and for how long; write nothing.")
    ] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads [all cores].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Train a recipe; leaves weights, log, checkpoint and record in a folder.

    Ctrl-C stops after a checkpoint; --resume goes on from it to the same result.
    """
    from srcnn.errors import MissingExtraError, UsageError
    from srcnn.training.recipe import list_recipes, load_recipe

    if list_:
        for name in list_recipes():
            print(f"{name:24} {load_recipe(name).description}")
        return
    if recipe and resume:
        raise UsageError("expected a recipe or --resume, got both: a run keeps its own recipe")
    if not (recipe or resume):
        raise UsageError(
            "expected a recipe to train, or --resume with a run's folder; see srcnn train --list"
        )
    try:
        from srcnn.training.folder import RunFolder
        from srcnn.training.loop import train
    except ModuleNotFoundError as error:
        raise MissingExtraError("training", "train") from error
    if resume:
        if init or out:
            raise UsageError(
                "expected --resume alone: a run keeps its folder and the weights it started from"
            )
        folder = RunFolder(resume)
        chosen = _stored(folder.recipe)
    else:
        assert recipe is not None
        chosen = load_recipe(recipe)
        folder = RunFolder(out or Path("runs") / chosen.name)
    weights = None
    if init:
        from srcnn.model import load_model

        weights = load_model(init, chosen.data.scale).weights
    if dry_run:
        from srcnn.training.loop import rehearse

        plan = rehearse(chosen, data=data, init=weights, threads=threads)
        print(json.dumps(plan, indent=2) if as_json else _told(plan))
        return
    with _Display(quiet=as_json) as display, _kept(folder):
        train(
            chosen,
            folder.path,
            data=data,
            init=weights,
            resume=resume is not None,
            threads=threads,
            report=display.step,
            reading=display.read,
        )
    _draw(folder)
    if as_json:
        print(folder.record.read_text(encoding="utf-8").rstrip())
    else:
        print(f"weights and record are in {folder.path}")


def _told(plan: dict[str, Any]) -> str:
    hours, minutes = divmod(round(plan["seconds"] / 60), 60)
    return (
        f"{plan['network']}, {plan['parameters']:,} parameters, x{plan['scale']}\n"
        f"{plan['training']:,} training pictures, {plan['validation']} to watch\n"
        f"{plan['steps']:,} steps of {plan['batch']}, about {plan['step_ms']:.0f} ms each here: "
        f"{hours} h {minutes} min"
    )


def _draw(folder: Any) -> None:
    from srcnn.errors import MissingExtraError
    from srcnn.figures.curves import draw_curves

    try:
        draw_curves({folder.path.name: folder.rows()}, folder.curves)
    except (MissingExtraError, OSError) as error:
        complain("note", f"no {folder.curves.name}: {error}")


@contextlib.contextmanager
def _kept(folder: Any) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        if folder.checkpoint.exists():
            complain("note", f"stopped after a checkpoint; go on with: srcnn train --resume {folder.path}")
        else:
            complain("note", "stopped before the first checkpoint; nothing is kept")
        raise


def _stored(path: Path) -> Any:
    from srcnn.errors import TrainingError
    from srcnn.training.recipe import check_recipe

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"expected a run's {path.name} in {path.parent}, cannot read it: {error}"
        ) from error
    return check_recipe(content, str(path))


class _Display:
    """Bars with PSNR on a terminal; a line for each validation, which ``quiet`` leaves out."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._psnr = quiet, ""
        self._bars = contextlib.ExitStack()
        self._bar: Bar | None = None

    def __enter__(self) -> "_Display":
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.close()

    def read(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = self._bars.enter_context(Bar("reading pictures"))
        self._bar.update(done, total)

    def step(self, step: int, steps: int, row: Any) -> None:
        if self._bar is None or not self._psnr:
            self._bars.close()
            self._bar = self._bars.enter_context(Bar("training"))
            self._psnr = "no PSNR yet"
        if row is not None:
            self._psnr = f"{row.psnr:.3f} dB, {row.psnr - row.bicubic:+.3f} over bicubic"
            if not self._quiet:
                line = f"step {step}/{steps}  {self._psnr}  loss {row.loss:.6f}  {row.seconds:.0f} s"
                print(line, flush=True)
        self._bar.update(step, steps, self._psnr)
