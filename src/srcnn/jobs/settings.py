"""What options mean for the pixels of a result, and for the machine."""

import hashlib
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srcnn import __version__
from srcnn.memory import memory_budget
from srcnn.weights import Weights
from srcnn.zoo import is_file_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_NO_PIXELS = ("tile", "max_memory")
"""Options that change no pixel."""


def as_settings(command: str, options: "DataclassInstance") -> dict[str, Any]:
    """What the pixels of a result depend on, as JSON values; a model in a file by its content."""
    given: str | os.PathLike[str] | Weights = getattr(options, "model")  # noqa: B009 - of any dataclass
    if isinstance(given, Weights):
        model = given.card.name
    else:
        model = _digest(Path(given)) if is_file_name(os.fspath(given)) else os.fspath(given)
    settings = asdict(replace(options, model=model))
    kept = {name: value for name, value in settings.items() if name not in _NO_PIXELS}
    return {"command": command, "version": __version__, **kept}


def share_of_memory(max_memory: int | None, workers: int) -> int:
    """Bytes that pixels may take in one of so many workers."""
    return (memory_budget() if max_memory is None else max_memory) // workers


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return str(path)  # loading it says why
