"""One measurement: a method on an image set, under a protocol; and carrying out one picture of it."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from srcnn import metrics
from srcnn.atomic import write_bytes
from srcnn.errors import DataError, UsageError
from srcnn.evaluation.case import Case, measured, scores
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.evaluation.inference import NetworkUse, apply_network
from srcnn.evaluation.protocols import Protocol
from srcnn.model import Model
from srcnn.parallel import map_in_order
from srcnn.weight_formats import import_weights
from srcnn.weights import Weights, load_weights
from srcnn.zoo import SUFFIX

Figures = dict[str, float]
"""Metric to value; beside those of `srcnn.evaluation.METRICS`, `PLANES` where Y, Cb and Cr are measured."""
PLANES = ("psnr_y", "psnr_cb", "psnr_cr")


@dataclass(frozen=True)
class ImageSet:
    """Pictures to measure on.

    Attributes:
        name: what the set is called.
        pictures: (name, path) of each.
        digest: SHA-256 over names and files.
    """

    name: str
    pictures: tuple[tuple[str, Path], ...]
    digest: str


@dataclass(frozen=True)
class NetworkFile:
    """Weights in a file, our own or somebody else's; ``digest`` as `srcnn.weights.Weights` has it."""

    path: Path
    name: str
    digest: str


@dataclass(frozen=True)
class Measurement:
    """A method on an image set.

    Attributes:
        images: the set.
        scale: the enlargement.
        protocol: the conventions, with the metrics that are wanted.
        network: what enlarges; None for bicubic.
        luma: see `srcnn.evaluation.NetworkUse`.
    """

    images: ImageSet
    scale: int
    protocol: Protocol
    network: NetworkFile | None = None
    luma: Literal["card", "as-is"] = "card"

    @property
    def label(self) -> str:
        """A few words, for a progress bar."""
        return f"{self.images.name} x{self.scale}, {self.network.name if self.network else 'bicubic'}"

    def facts(self, version: str) -> dict[str, Any]:
        """Everything that the figures depend on, as JSON can hold it."""
        return {
            "set": self.images.name,
            "pictures": len(self.images.pictures),
            "data": self.images.digest,
            "scale": self.scale,
            "conventions": self.protocol.to_json(),
            "network": self.network.name if self.network else "bicubic",
            "weights": self.network.digest if self.network else "",
            "luma": self.luma,
            "srcnn": version,
        }


def find_images(name: str, folder: Path) -> ImageSet:
    """The pictures of a set and their digest.

    Raises:
        ImageError: no pictures.
        DataError: one that cannot be read.
    """
    pictures = tuple(find_pictures(folder)[1].items())
    sha = hashlib.sha256()
    for stem, path in pictures:
        try:
            sha.update(stem.encode() + hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    return ImageSet(name, pictures, sha.hexdigest())


def find_network(path: Path, name: str) -> NetworkFile:
    """Weights in a file, read once to see that they are whole.

    Raises:
        WeightsError: a file that is missing or broken.
        MissingExtraError: a format whose packages are not installed.
    """
    return NetworkFile(path, name, read_weights(path).digest)


def read_weights(path: Path) -> Weights:
    """Our own weights, or those of another program by the ending of the file's name."""
    return load_weights(path) if path.suffix == SUFFIX else import_weights(path)


def measure_picture(work: tuple[Measurement, str, Path]) -> Figures:
    """The figures of one picture; a module's function, so that other processes can be given it.

    Raises:
        DataError: a picture that the protocol cannot be applied to.
    """
    measurement, name, path = work
    protocol = measurement.protocol
    case = Case(read_eight_bit(path), protocol, measurement.scale, name)
    try:
        if measurement.network is None:
            planes, space = case.baseline(), case.space
        else:
            net = _opened(measurement.network.path, measurement.network.digest)
            planes, space = apply_network(case, net, NetworkUse(luma=measurement.luma))
        levels = measured(planes, space, protocol, grey=case.grey)
        figures = scores(case.reference, levels, measurement.scale, protocol)
        if protocol.channel == "ycbcr":
            figures |= _of_planes(case, levels)
    except UsageError as error:
        raise DataError(f"cannot measure {path}: {error}") from error
    return figures


@lru_cache(maxsize=4)
def _opened(path: Path, digest: str) -> Model:
    # One thread: the pictures are shared among as many processes as there are cores.
    weights = read_weights(path)
    if weights.digest != digest:
        raise DataError(f"expected the weights in {path} to stay as they were, they changed; start again")
    return Model(weights, threads=1)


def _of_planes(case: Case, levels: np.ndarray) -> Figures:
    if case.grey:
        raise UsageError("expected a colour picture to measure Cb and Cr of, got a grey one")
    border = case.protocol.shave(case.scale)
    return {
        name: metrics.psnr(
            case.reference[..., plane],
            levels[..., plane],
            data_range=case.protocol.data_range,
            crop_border=border,
        )
        for plane, name in enumerate(PLANES)
    }


# JOINED: Carrying out measurements: pictures shared among processes, finished measurements kept in a folder.

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
