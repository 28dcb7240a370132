"""The log of a training run: a line of JSON for each validation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcnn.errors import DataError, reason

NEEDED_KEYS = ("examples", "psnr", "train_psnr", "bicubic")
"""What every line has; logs of early versions hold no mean squared error."""

LogLine = Mapping[str, Any]
"""A row of numbers by name, as `srcnn.training.run_folder.LogRow` names them."""


@dataclass(frozen=True)
class RunLog:
    """A run to draw; ``scale`` is what it is trained for, if its recipe is there and names one."""

    name: str
    rows: Sequence[LogLine]
    scale: int | None


def common_scale(runs: Sequence[RunLog]) -> int:
    """The enlargement that all runs are trained for.

    Raises:
        DataError: a run whose recipe is not there, or names none, or another than the first.
    """
    scales = {run.name: run.scale for run in runs}
    if None in scales.values() or len(set(scales.values())) != 1:
        labels = ", ".join(f"{name} {f'x{scale}' if scale else 'unknown'}" for name, scale in scales.items())
        raise DataError(f"expected runs with a recipe, of one scale, got {labels}")
    return next(scale for scale in scales.values() if scale is not None)


def read_log(path: Path) -> list[LogLine]:
    """The lines of a run's ``log.jsonl``.

    Raises:
        DataError: it cannot be read or is empty, or a line that is no row of numbers.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read the run log {path}: {reason(error)}") from error
    if not lines:
        raise DataError(
            f"expected a run log with a line a validation, got none in {path}; wait for the first"
        )
    return [_parse(line, f"line {number} of {path}") for number, line in enumerate(lines, start=1)]


def _parse(line: str, place: str) -> LogLine:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError(
            f"expected a run log with a JSON object a line, got {line[:40]!r} in {place}"
        ) from error
    for key in NEEDED_KEYS:
        value = row.get(key) if isinstance(row, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DataError(f"expected a number as {key!r} in {place}, got {value!r}; is it a run log?")
    return row


def read_scale(recipe: Path) -> int | None:
    """The scale in a run's stored recipe; None without the file, or where it restores.

    Raises:
        DataError: the file is broken.
    """
    if not recipe.exists():
        return None
    try:
        scale = json.loads(recipe.read_text(encoding="utf-8"))["data"]["scale"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DataError(f"expected a recipe in {recipe}, cannot read it: {error}") from error
    return scale if isinstance(scale, int) and scale > 1 else None
