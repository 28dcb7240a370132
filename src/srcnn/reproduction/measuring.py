"""Carrying out measurements: pictures shared among processes, finished measurements kept in a folder."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from srcnn.atomic import write_bytes
from srcnn.data.workers import map_in_order
from srcnn.errors import DataError
from srcnn.reproduction.measurement import Figures, Measurement, measure_picture

Progress = Callable[[int, int, str], None]
"""Called with (pictures measured, pictures in all, what is being measured)."""


@dataclass(frozen=True)
class Measured:
    """The figures of each picture of a set, in the order of its pictures."""

    images: dict[str, Figures]

    @property
    def mean(self) -> Figures:
        """The mean over the pictures."""
        first = next(iter(self.images.values()))
        return {
            metric: math.fsum(figures[metric] for figures in self.images.values()) / len(self.images)
            for metric in first
        }


Results = Mapping[Measurement, Measured]


class Store:
    """A folder with a JSON file for each finished measurement.

    A file is taken only if everything agrees that its figures depend on: weights, pictures, protocol and the
    version of this package. So nothing in the folder can be stale, and all of it may be deleted.

    Args:
        folder: made when something is put into it.
        version: of this package.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self._folder, self._version = folder, version

    def get(self, measurement: Measurement) -> Measured | None:
        """What was measured before; None if nothing, or if its file is broken."""
        try:
            content = json.loads(self._path(measurement).read_text(encoding="utf-8"))
            images = {name: _floats(figures) for name, figures in content["images"].items()}
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None
        wanted = set(measurement.protocol.metrics)
        same = content.get("of") == measurement.facts(self._version)
        whole = list(images) == [name for name, _ in measurement.images.pictures]
        whole = whole and all(wanted <= set(figures) for figures in images.values())
        return Measured(images) if same and whole else None

    def put(self, measurement: Measurement, result: Measured) -> None:
        """Keep a finished measurement.

        Raises:
            DataError: it cannot be written.
        """
        path = self._path(measurement)
        content = {"of": measurement.facts(self._version), "mean": result.mean, "images": result.images}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes((json.dumps(content, indent=1) + "\n").encode(), path)
        except OSError as error:
            raise DataError(f"cannot keep a measurement in {path}: {error.strerror or error}") from error

    def _path(self, measurement: Measurement) -> Path:
        facts = measurement.facts(self._version)
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return self._folder / f"{facts['set']}-x{facts['scale']}-{digest[:16]}.json"


def measure_all(
    measurements: Sequence[Measurement],
    store: Store,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> dict[Measurement, Measured]:
    """The result of every measurement; those in the store are not made again, new ones are put there.

    Raises:
        DataError: a picture that cannot be measured, or a result that cannot be kept.
        ImageError: a picture that cannot be read.
    """
    wanted = list(dict.fromkeys(measurements))
    found = {measurement: store.get(measurement) for measurement in wanted}
    done = {measurement: result for measurement, result in found.items() if result is not None}
    missing = [measurement for measurement in wanted if measurement not in done]
    # Other processes are sent a picture's measurement without the list of all the others.
    work = [
        (replace(m, images=replace(m.images, pictures=())), name, path)
        for m in missing
        for name, path in m.images.pictures
    ]
    figures = _watched(map_in_order(measure_picture, work, processes), work, progress)
    for measurement in missing:
        images = {name: next(figures) for name, _ in measurement.images.pictures}
        done[measurement] = Measured(images)
        store.put(measurement, done[measurement])
    return done


def _watched(
    figures: Iterator[Figures], work: Sequence[tuple[Measurement, str, Path]], progress: Progress | None
) -> Iterator[Figures]:
    for number, (measurement, _, _) in enumerate(work, start=1):
        one = next(figures)
        if progress is not None:
            progress(number, len(work), measurement.label)
        yield one


def _floats(figures: dict[str, Any]) -> Figures:
    return {str(metric): float(value) for metric, value in figures.items()}
