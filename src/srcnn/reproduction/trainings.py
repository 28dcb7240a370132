"""Finished trainings on disk: kept in records, or as `srcnn train` leaves them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcnn.errors import DataError
from srcnn.figures.logs import LOG, read_log
from srcnn.reproduction.measurement import NetworkFile, find_network
from srcnn.weights import Weights, load_weights

RECORD = "record.json"
DEFAULT_ROOTS = (Path("records/studies"), Path("runs"))
"""Where trainings are looked for unless somewhere is named, from the current folder."""


@dataclass(frozen=True)
class Run:
    """A finished training.

    Attributes:
        name: recipe and variant, such as ``sizes-x3.9-3-5``.
        folder: where it is.
        network: its weights.
        record: its ``record.json``.
        steps: that it took.
        minutes: that it took.
        log: the lines of its ``log.jsonl``.
    """

    name: str
    folder: Path
    network: NetworkFile
    record: dict[str, Any]
    steps: int
    minutes: float
    log: tuple[Mapping[str, Any], ...]

    @property
    def weights(self) -> Weights:
        """The trained network."""
        return load_weights(self.network.path)


def find_roots(given: Sequence[Path]) -> tuple[Path, ...]:
    """Folders to look for trainings in.

    Raises:
        DataError: one that was named and is not there.
    """
    for folder in given:
        if not folder.is_dir():
            raise DataError(f"expected a folder of trained runs, got {folder}, which is not a folder")
    return tuple(given) or tuple(folder for folder in DEFAULT_ROOTS if folder.is_dir())


def find_run(recipe: str, variant: str, roots: Sequence[Path]) -> Run | None:
    """The first finished training of a variant: ``ROOT/RECIPE/VARIANT`` or ``ROOT/RECIPE.VARIANT``.

    Raises:
        DataError: its record or log is broken.
        WeightsError: its weights are missing or broken.
    """
    for root in roots:
        for folder in (root / recipe / variant, root / f"{recipe}.{variant}"):
            if (folder / RECORD).exists():
                return _read(f"{recipe}.{variant}", folder)
    return None


def _read(name: str, folder: Path) -> Run:
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        steps, seconds, _ = record["steps"], float(record["seconds"]), record["recipe"]["data"]["train"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DataError(
            f"expected the record of a finished run in {path}, got something else ({error!r}); "
            "train it again or remove the folder"
        ) from error
    network = find_network(folder / "weights.safetensors", name)
    return Run(name, folder, network, record, steps, seconds / 60, tuple(read_log(folder / LOG)))
