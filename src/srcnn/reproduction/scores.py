"""Measurements: a method on an image set, under a protocol; carried out by several processes, and kept."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from srcnn.atomic import write_bytes
from srcnn.errors import DataError, UsageError, os_errors_as, read_errors_as
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.evaluation.inference import NetworkUse, apply_network
from srcnn.evaluation.measurement import NETWORK, baseline_methods, naming, results
from srcnn.evaluation.metric_table import Scores, mean_scores, score
from srcnn.evaluation.protocols import Protocol
from srcnn.model import Model
from srcnn.parallel import map_in_order
from srcnn.types import Float64, NamedProgress
from srcnn.weight_formats import import_weights
from srcnn.weights import Weights, load_weights
from srcnn.zoo import SUFFIX

PLANES = ("psnr_y", "psnr_cb", "psnr_cr")
"""Measured beside the metrics of a protocol on Y, Cb and Cr."""


@dataclass(frozen=True)
class ImageSet:
    """Pictures to measure on: (name, path) of each, and SHA-256 over names and files."""

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
    """A network on an image set, or bicubic for None; ``luma`` as in `srcnn.evaluation.NetworkUse`.

    The metrics that are wanted are those of the protocol.
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

    @property
    def prefix(self) -> str:
        """What its file's name in a `Store` begins with."""
        return f"{self.images.name}-x{self.scale}"

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
        with read_errors_as(DataError, path):
            sha.update(stem.encode() + hashlib.sha256(path.read_bytes()).digest())
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


def measure_picture(work: tuple[Measurement, str, Path]) -> Scores:
    """The figures of one picture; a module's function, so that other processes can be given it.

    Raises:
        DataError: a picture that the protocol cannot be applied to.
    """
    measurement, name, path = work
    protocol = measurement.protocol
    with naming(path):
        case = Case(read_eight_bit(path), protocol, measurement.scale, name)
        methods = baseline_methods(protocol, ())
        if measurement.network is not None:
            net = _opened(measurement.network.path, measurement.network.digest)
            methods = {NETWORK: partial(apply_network, net=net, use=NetworkUse(luma=measurement.luma))}
        ((_, levels, figures),) = results(case, methods)
        return figures | _of_planes(case, levels) if protocol.channel == "ycbcr" else figures


@lru_cache(maxsize=4)
def _opened(path: Path, digest: str) -> Model:
    # One thread: the pictures are shared among as many processes as there are cores.
    weights = read_weights(path)
    if weights.digest != digest:
        raise DataError(f"expected the weights in {path} to stay as they were, they changed; start again")
    return Model(weights, threads=1)


def _of_planes(case: Case, levels: Float64) -> Scores:
    if case.grey:
        raise UsageError("expected a colour picture to measure Cb and Cr of, got a grey one")
    border, peak = case.protocol.shave(case.scale), case.protocol.data_range
    planes = np.moveaxis(case.reference, -1, 0), np.moveaxis(levels, -1, 0)
    return {
        name: score("psnr", reference, plane, peak, border)
        for name, reference, plane in zip(PLANES, *planes, strict=True)
    }


@dataclass(frozen=True)
class Measured:
    """The figures of each picture of a set, in the order of its pictures."""

    images: dict[str, Scores]

    @property
    def mean(self) -> Scores:
        """The mean over the pictures."""
        return mean_scores(self.images.values())


Results = Mapping[Measurement, Measured]


class Store:
    """A folder with a JSON file for each finished measurement and time.

    A file is taken only if everything agrees that its figures depend on: weights, pictures, protocol and the
    version of this package. So nothing in the folder can be stale, and all of it may be deleted.

    The folder is made when something is put into it.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self._folder, self.version = folder, version

    def get(self, prefix: str, facts: Any) -> dict[str, Any]:
        """What was put for these facts; empty if nothing was, or if its file is broken."""
        try:
            content = json.loads(self._path(prefix, facts).read_text(encoding="utf-8"))
            return content if content["of"] == facts else {}
        except (OSError, ValueError, LookupError, TypeError):
            return {}

    def put(self, prefix: str, facts: Any, content: dict[str, Any]) -> None:
        """Keep something finished under what it depends on; ``prefix`` begins the file's name.

        Raises:
            DataError: it cannot be written.
        """
        path = self._path(prefix, facts)
        with os_errors_as(DataError, f"cannot keep a measurement in {path}"):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes((json.dumps({"of": facts, **content}, indent=1) + "\n").encode(), path)

    def _path(self, prefix: str, facts: Any) -> Path:
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return self._folder / f"{prefix}-{digest[:16]}.json"


def _kept(store: Store, measurement: Measurement) -> Measured | None:
    content = store.get(measurement.prefix, measurement.facts(store.version))
    try:
        images = {
            name: {metric: float(value) for metric, value in figures.items()}
            for name, figures in content["images"].items()
        }
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
    whole = list(images) == [name for name, _ in measurement.images.pictures]
    wanted = set(measurement.protocol.metrics)
    return Measured(images) if whole and all(wanted <= set(figures) for figures in images.values()) else None


def _keep(store: Store, measurement: Measurement, result: Measured) -> None:
    content = {"mean": result.mean, "images": result.images}
    store.put(measurement.prefix, measurement.facts(store.version), content)


def measure_all(
    measurements: Sequence[Measurement],
    store: Store,
    *,
    processes: int | None = None,
    progress: NamedProgress | None = None,
) -> dict[Measurement, Measured]:
    """The result of every measurement; those in the store are not made again, new ones are put there.

    Raises:
        DataError: a picture that cannot be measured, or a result that cannot be kept.
        ImageError: a picture that cannot be read.
    """
    wanted = list(dict.fromkeys(measurements))
    found = {measurement: _kept(store, measurement) for measurement in wanted}
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
        _keep(store, measurement, done[measurement])
    return done


def _watched(
    figures: Iterator[Scores], work: Sequence[tuple[Measurement, str, Path]], progress: NamedProgress | None
) -> Iterator[Scores]:
    for number, (measurement, _, _) in enumerate(work, start=1):
        one = next(figures)
        if progress is not None:
            progress(number, len(work), measurement.label)
        yield one
