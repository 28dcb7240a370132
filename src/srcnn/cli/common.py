"""What commands share: numbers in, JSON and one-line messages out, a bar that only long work shows."""

import json
import re
import sys
import time
from typing import Any

import typer

from srcnn.errors import UsageError

_PATIENCE = 2.0
"""Seconds of work before a bar appears."""


def number(text: str | float) -> float:
    """Parse an option that is any number; the parser's own message would not say what came."""
    try:
        return float(text)
    except ValueError as error:
        raise typer.BadParameter(f"expected a number, got {text!r}") from error


def listed(text: str, everything: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names separated by commas; ``all`` stands for everything there is."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return everything if names == ("all",) and everything else names


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=2, allow_nan=False))


def complain(kind: str, message: str) -> None:
    """One line on stderr; ``kind`` is ``error`` or ``note``."""
    print(f"srcnn: {kind}: {' '.join(message.split())}", file=sys.stderr, flush=True)


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
        """Say how much of the work is done, in any unit."""
        if self._progress is None and self._is_due():
            self._open(total)
        if self._progress is not None:
            self._progress.update(self._task, completed=done, total=total, detail=detail)

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
            # Printed lines go above the bar; but what is piped elsewhere stays on its way there.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._task = self._progress.add_task(self._title, total=total, detail="")
        self._progress.start()


# JOINED: Values of options that are more than a number or a name.

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def memory_size(text: str | int) -> int:
    """Bytes: ``500M``, ``1.5G``, ``2GB``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", str(text).strip().upper())
    if match is None or float(match[1]) <= 0:
        raise typer.BadParameter(f"expected an amount of memory such as 500M or 2G, got {text!r}")
    return int(float(match[1]) * _UNITS[match[2]])


def box(text: str | None) -> tuple[int, int] | None:
    """(width, height): ``1920x1080``."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)[x×](\d+)", text.strip().lower())
    if match is None:
        raise UsageError(f"expected a --fit such as 1920x1080, got {text!r}")
    return int(match[1]), int(match[2])


def colour(text: str | None) -> tuple[int, int, int] | None:
    """(R, G, B), 0 to 255: ``ffffff``, ``#ffffff``, ``white``, ``black``."""
    if text is None:
        return None
    digits = {"white": "ffffff", "black": "000000"}.get(text.lower(), text.removeprefix("#"))
    if re.fullmatch(r"[0-9a-fA-F]{6}", digits) is None:
        raise UsageError(f"expected a --background such as ffffff or white, got {text!r}")
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue
