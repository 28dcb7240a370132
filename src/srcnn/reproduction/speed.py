"""Running time here: seconds of one core that bicubic enlargement and a network take for a picture."""

import hashlib
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from srcnn.atomic import write_bytes
from srcnn.errors import DataError
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import read_eight_bit
from srcnn.evaluation.protocols import AUTHORS
from srcnn.figures.tradeoff import Point
from srcnn.model import Model
from srcnn.reproduction.scores import ImageSet, Measurement, NetworkFile, Results, read_weights
from srcnn.reproduction.table import Cell, Column, Row, Table
from srcnn.reproduction.weight_sources import AuthorsWeights, shipped_for_luma
from srcnn.system import processor, usable_cores

SCALE = 3
"""Of the paper's comparison of running times."""
_REPEATS = 3
Progress = Callable[[int, int, str], None]


def machine() -> str:
    """What measures, in words."""
    cores = usable_cores()
    return f"{cores} core{'s'[: cores > 1]} of {processor()}"


def time_all(
    networks: Sequence[NetworkFile], images: ImageSet, folder: Path, version: str, progress: Progress
) -> dict[str, float]:
    """Processor seconds a picture by digest of the network, ``""`` for bicubic alone.

    One thread, and the processor's time: what else the machine is doing meanwhile hardly shows. Times are
    kept in ``folder``, and taken from there on the same kind of processor.

    Args:
        networks: for `SCALE`.
        images: the pictures.
        folder: see `srcnn.reproduction.scores.Store`.
        version: of this package.
        progress: called with what is done, what there is in all, and what is timed.

    Raises:
        DataError: a time cannot be kept.
    """
    times = {}
    everything: list[NetworkFile | None] = [None, *networks]
    for number, network in enumerate(everything, start=1):
        digest = network.digest if network else ""
        facts = [processor(), version, images.digest, digest]
        path = folder / f"time-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}.json"
        seconds = _kept(path, facts)
        if seconds is None:
            seconds = _measured(network, images)
            _keep(path, facts, seconds)
        times[digest] = seconds
        progress(number, len(everything), f"time of {network.name if network else 'bicubic'}")
    return times


def _measured(network: NetworkFile | None, images: ImageSet) -> float:
    net = None if network is None else Model(read_weights(network.path), threads=1)
    return statistics.fmean(_of_picture(net, name, path) for name, path in images.pictures)


def _of_picture(net: Model | None, name: str, path: Path) -> float:
    case = Case(read_eight_bit(path), AUTHORS, SCALE, name)
    low = case.low("y")

    def enlarge() -> None:
        bicubic = case.resized(low, case.size)
        if net is not None:
            net(bicubic)

    return statistics.median(_seconds(enlarge) for _ in range(_REPEATS))


def _seconds(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _kept(path: Path, facts: list[str]) -> float | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return float(content["seconds"]) if content["of"] == facts else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _keep(path: Path, facts: list[str], seconds: float) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes((json.dumps({"of": facts, "seconds": seconds}) + "\n").encode(), path)
    except OSError as error:
        raise DataError(f"cannot keep a time in {path}: {error.strerror or error}") from error


# JOINED: Running time as a table: what each network reaches, costs and takes.

SET = "Set14"
"""What the paper times."""
NOTE = (
    "The paper shows times of its own machine in a figure and compares programs in C++ and MATLAB; none is "
    "quoted. Here a time is that of bicubic enlargement and the network on luma, the mean over the "
    "pictures, each the median of three runs, in seconds of one core"
)


class Speed:
    """The comparison of running times.

    Args:
        images: the pictures of `SET`.
        authors: the authors' weights.
    """

    def __init__(self, images: ImageSet, authors: AuthorsWeights) -> None:
        self.images = images
        kinds = {name: f"{name}(ImageNet)" for name in ("9-1-5", "9-3-5", "9-5-5")}
        theirs = {name: authors.find(kind, SCALE) for name, kind in kinds.items()}
        self._lines: list[tuple[str, Column, NetworkFile | None]] = [
            ("bicubic", "bicubic", None),
            *((f"{name}, authors' weights", "authors", net) for name, net in theirs.items() if net),
            *((f"{name}, ours", "ours", net) for name, net in shipped_for_luma(SCALE).items()),
        ]

    @property
    def networks(self) -> list[NetworkFile]:
        """Those to time."""
        return [network for _, _, network in self._lines if network is not None]

    @property
    def measurements(self) -> list[Measurement]:
        """What they reach."""
        return [self._measurement(network) for _, _, network in self._lines]

    def _measurement(self, network: NetworkFile | None) -> Measurement:
        return Measurement(self.images, SCALE, replace(AUTHORS, metrics=("psnr",)), network)

    def points(self, results: Results, times: Mapping[str, float]) -> tuple[Point, ...]:
        """Every network with its PSNR, its cost and the seconds it takes, ``times`` by digest."""
        return tuple(
            Point(
                name,
                results[self._measurement(network)].mean["psnr"],
                read_weights(network.path).architecture.macs_per_pixel if network else None,
                times[network.digest if network else ""],
            )
            for name, _, network in self._lines
        )

    def table(self, results: Results, times: Mapping[str, float]) -> Table:
        """The table."""
        rows = []
        for (_, column, _), point in zip(self._lines, self.points(results, times), strict=True):
            cells = (
                Cell(point.psnr, "psnr", column),
                Cell(point.macs, "macs", column),
                Cell(point.seconds, "seconds", column),
            )
            rows.append(Row((point.name,), cells))
        header = ("network", "PSNR", "MACs a pixel", "seconds a picture, here")
        notes = (f"{NOTE} of {processor()}.",)
        return Table(
            "speed", f"Running time, {SET} x{SCALE}", "", header, tuple(rows), (AUTHORS.name,), notes
        )
