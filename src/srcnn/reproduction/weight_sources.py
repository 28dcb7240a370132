"""The networks that are measured: ours as shipped, the authors', and those of finished trainings on disk.

Trainings are kept in records, or lie as `srcnn train` leaves them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcnn.errors import DataError
from srcnn.reproduction.scores import NetworkFile, find_network
from srcnn.training.run_folder import RunFolder
from srcnn.training.run_log import LogLine, read_log
from srcnn.weights import Weights, load_weights
from srcnn.zoo import find_model, list_models

DEFAULT_ROOTS = (Path("records/studies"), Path("runs"))
"""Where trainings are looked for unless somewhere is named, from the current folder."""


def shipped(name: str, scale: int) -> NetworkFile:
    """A shipped model such as ``9-5-5`` for a scale."""
    path = find_model(f"{name}-x{scale}")
    return find_network(path, path.stem)


def shipped_for_luma(scale: int) -> dict[str, NetworkFile]:
    """All shipped models that enlarge luma by a scale, by their name without it."""
    cards = {entry.name: entry.card for entry in list_models()}
    wanted = ("upscale", "y", scale)
    names = [name for name, card in cards.items() if (card.task, card.color, card.scale) == wanted]
    return {
        name.removesuffix(f"-x{scale}"): shipped(name.removesuffix(f"-x{scale}"), scale) for name in names
    }


def shipped_among(names: Iterable[str], scale: int) -> dict[str, NetworkFile]:
    """Those of some models that are shipped for a scale, by their name without it."""
    known = {entry.name for entry in list_models()}
    return {name: shipped(name, scale) for name in names if f"{name}-x{scale}" in known}


class AuthorsWeights:
    """The authors' released weights: ``authors/KIND/xSCALE.mat`` under a folder, KIND as ``9-5-5(ImageNet)``.

    They are for academic use and come from the authors alone, so there may be none.

    Args:
        root: the folder, or None.

    Raises:
        DataError: a folder without ``authors`` in it.
    """

    def __init__(self, root: Path | None) -> None:
        self._folder = None if root is None else root / "authors"
        if self._folder is not None and not self._folder.is_dir():
            raise DataError(
                f"expected the authors' weights in {self._folder}, found no such folder; "
                "name the folder that holds it with --weights, or leave both it and SRCNN_WEIGHTS out"
            )

    @property
    def available(self) -> bool:
        """Whether there is a folder of them."""
        return self._folder is not None

    def find(self, kind: str, scale: int) -> NetworkFile | None:
        """Weights of a kind for a scale; None where they were not released, or there is no folder.

        Raises:
            WeightsError: a broken file.
        """
        if self._folder is None:
            return None
        path = self._folder / kind / f"x{scale}.mat"
        return find_network(path, f"the authors' {kind} x{scale}") if path.exists() else None


@dataclass(frozen=True)
class Training:
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
    log: tuple[LogLine, ...]

    @property
    def weights(self) -> Weights:
        """The trained network."""
        return load_weights(self.network.path)


def find_roots(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Folders to look for trainings in.

    Raises:
        DataError: one that was named and does not exist.
    """
    for folder in folders:
        if not folder.is_dir():
            raise DataError(f"expected a folder of trained runs, got {folder}, which is not a folder")
    return tuple(folders) or tuple(folder for folder in DEFAULT_ROOTS if folder.is_dir())


def find_training(recipe: str, variant: str, roots: Sequence[Path]) -> Training | None:
    """The first finished training of a variant: ``ROOT/RECIPE/VARIANT`` or ``ROOT/RECIPE.VARIANT``.

    Raises:
        DataError: its record or log is broken.
        WeightsError: its weights are missing or broken.
    """
    for root in roots:
        for folder in (root / recipe / variant, root / f"{recipe}.{variant}"):
            if RunFolder(folder).record.exists():
                return _read(f"{recipe}.{variant}", folder)
    return None


def _read(name: str, folder: Path) -> Training:
    run = RunFolder(folder)
    path = run.record
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        steps, seconds, _ = record["steps"], float(record["seconds"]), record["recipe"]["data"]["train"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DataError(
            f"expected the record of a finished run in {path}, got something else ({error!r}); "
            "train it again or remove the folder"
        ) from error
    network = find_network(run.weights, name)
    return Training(name, folder, network, record, steps, seconds / 60, tuple(read_log(run.log)))
