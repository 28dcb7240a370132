"""One measurement: a method on an image set, under a protocol; and carrying out one picture of it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from srcnn import metrics
from srcnn.errors import DataError, UsageError
from srcnn.evaluation.case import Case
from srcnn.evaluation.figures import scores
from srcnn.evaluation.pictures import find_pictures, read_eight_bit
from srcnn.evaluation.planes import measured
from srcnn.evaluation.protocol import Protocol
from srcnn.evaluation.use import NetworkUse, apply_network
from srcnn.formats import import_weights
from srcnn.model import Model
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
            "conventions": json.loads(json.dumps(asdict(self.protocol))),
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
