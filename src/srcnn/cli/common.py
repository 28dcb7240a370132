"""What commands share: option types, values of options, JSON and one-line messages, a progress bar."""

import json
import math
import os
import re
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from srcnn.errors import MissingExtraError, UsageError
from srcnn.text_table import printable

_PATIENCE = 2.0
"""Seconds of work before a bar appears."""
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_OR_FILE = "A name from `srcnn models`, or a .safetensors file"


def parse_number(text: str | float) -> float:
    """Any number; the parser's own message would not say what it got."""
    try:
        return float(text)
    except ValueError as error:
        raise typer.BadParameter(f"expected a number, got {text!r}") from error


def parse_list(text: str, everything: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names separated by commas; ``all`` stands for ``everything``."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return everything if names == ("all",) and everything else names


def parse_memory(text: str | int) -> int:
    """Bytes: ``500M``, ``1.5G``, ``2GB``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", str(text).strip().upper())
    amount = float(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= amount < math.inf:
        raise typer.BadParameter(f"expected an amount of memory such as 500M or 2G, got {text!r}")
    return int(amount)


# Option types, once for all commands. Defaults stand in the commands.
ModelFile = Annotated[str, typer.Argument(metavar="MODEL", help=f"{_OR_FILE}.")]
Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="MODEL", help="A name from `srcnn models`, best, or a .safetensors file."
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", metavar="[LABEL=]MODEL", help=f"{_OR_FILE}; repeatable [9-5-5]."),
]
Engine = Annotated[
    str | None,
    typer.Option(
        metavar="ENGINE",
        help="What runs the network: native, onnxruntime, numpy or torch [the fastest here]; "
        "fixed:12 computes as hardware of 12 bits.",
    ),
]
Device = Annotated[
    str | None,
    typer.Option(metavar="DEVICE", help="Device of the torch engine: cuda, xpu, mps, cpu, or auto."),
]
Half = Annotated[bool, typer.Option("--half", help="With --device: compute in 16-bit floats.")]
Threads = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Threads of the network [all cores, over the workers].")
]
Scale = Annotated[
    float | None,
    typer.Option(
        "--scale", "-s", parser=parse_number, metavar="S", help="Scale factor: 2, 3, 4 ...; none to restore."
    ),
]
Ensemble = Annotated[
    bool, typer.Option("--ensemble", help="Mean over 8 flips and rotations: 8 times slower, a little better.")
]
Passes = Annotated[
    int | None, typer.Option(metavar="N", help="Reach the scale in N equal steps; x4 as two of x2: 2.")
]
BackProjection = Annotated[
    int,
    typer.Option(
        "--back-projection",
        metavar="N",
        help="N steps after each pass that make the result agree with its input; 3 is enough.",
    ),
]
Tile = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Side of a tile in pixels; smaller needs less memory [512]."),
]
DamageQuality = Annotated[
    int | None,
    typer.Option(
        "--damage-quality",
        min=1,
        max=100,
        metavar="Q",
        help="JPEG quality of the damage in the inputs [read from each file].",
    ),
]
Protocol = Annotated[
    str, typer.Option("--protocol", metavar="NAME", help="Protocol; see srcnn evaluate --protocols.")
]
ProtocolQuality = Annotated[
    int | None,
    typer.Option("--damage-quality", metavar="Q", help="JPEG quality of the damage, for JPEG protocols."),
]
Baselines = Annotated[str, typer.Option(metavar="LIST", help="nearest,bilinear,bicubic,lanczos, or all.")]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[LABEL=]PATH", help="Results of another program: a picture, or a folder; repeatable."
    ),
]
Folder = Annotated[str, typer.Argument(metavar="FOLDER", help="A folder of pictures, or the name of a set.")]
DataRoot = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder that holds the image sets.", envvar="SRCNN_DATA"),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="Processes at once [one per core].")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace outputs that exist.")]
SkipUnreadable = Annotated[
    bool, typer.Option("--skip-unreadable", help="Leave out, and name, pictures that cannot be measured.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=2, allow_nan=False))


def complain(kind: str, message: str) -> None:
    """One line on stderr; ``kind`` is ``error``, ``warning`` or ``note``."""
    print(f"srcnn: {kind}: {printable(' '.join(message.split()))}", file=sys.stderr, flush=True)


def check_new(path: str | Path, overwrite: bool) -> None:
    """Raise UsageError, before any work, where an output exists and is not to be replaced."""
    if not overwrite and os.path.lexists(path):
        raise UsageError(f"{path} already exists; use --overwrite")


def engine_on(engine: str | None, device: str | None, half: bool) -> str | None:
    """The engine's name with the device that it runs on; a line on stderr says which device that is.

    A line there also warns where the default engine is the slowest.

    Raises:
        UsageError: a device with another engine than torch, half precision without a device, or a device that
            is unknown or not there.
        MissingExtraError: a device without torch.
    """
    from srcnn.engines import FASTER, engine_name, is_slow

    name = engine_name(engine, device, half)
    if device is None:
        if name is None and is_slow():
            complain("warning", f"the slow NumPy engine runs the network; {FASTER}")
        return name
    try:
        from srcnn.engines.torch import choose_device, device_name

        chosen = choose_device(device)
    except ImportError as error:
        raise MissingExtraError("--device", "train") from error
    complain("note", f"device {chosen} ({device_name(chosen)}), float{16 if half else 32}")
    return engine_name(engine, chosen, half)


def show_help(context: typer.Context) -> None:
    """Print the help of a group of commands that is called without one."""
    if context.invoked_subcommand is None:
        print(context.get_help())


class Bar:
    """A progress bar on stderr: only on a terminal, and only once the work has taken some seconds.

    ::

        with Bar("upscaling") as bar:
            bar.update(3, 10, "photo.png")
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.monotonic()
        self._progress: Any = None

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, done: float, total: float, detail: str = "") -> None:
        """Show how much of the work is done, in any unit."""
        if self._progress is None and self._is_due():
            self._open(total)
        if self._progress is not None:
            self._progress.update(self._task, completed=done, total=total, detail=printable(detail))

    def _is_due(self) -> bool:
        return sys.stderr.isatty() and time.monotonic() - self._started > _PATIENCE

    def _open(self, total: float) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            console=Console(stderr=True),
            transient=True,
            # Printed lines go above the bar; a stdout that is piped elsewhere is left alone.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._task = self._progress.add_task(self._title, total=total, detail="")
        self._progress.start()
