"""Running time here: what bicubic enlargement and each network reach, cost, and take of one core."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from srcnn.evaluation.case import Case
from srcnn.evaluation.images import read_eight_bit
from srcnn.evaluation.protocols import AUTHORS
from srcnn.figures.tradeoff import Point
from srcnn.model import Model
from srcnn.reproduction.scores import (
    ImageSet,
    Measurement,
    NetworkFile,
    Results,
    Store,
    read_weights,
)
from srcnn.reproduction.table import Cell, Column, Row, Table
from srcnn.reproduction.weight_sources import AuthorsWeights, shipped_for_luma
from srcnn.system import processor, usable_cores
from srcnn.types import NamedProgress

TIMED_SET, TIMED_SCALE = "Set14", 3
"""What the paper times."""
NOTE = (
    "The paper shows times of its own machine in a figure and compares programs in C++ and MATLAB; none is "
    "quoted. Here a time is that of bicubic enlargement and the network on luma, the mean over the "
    "pictures, each the median of three runs, in seconds of one core"
)
_ROUNDS = 3


class Speed:
    """The comparison of running times, on the pictures of `TIMED_SET`."""

    def __init__(self, images: ImageSet, authors: AuthorsWeights) -> None:
        self.images = images
        kinds = {name: f"{name}(ImageNet)" for name in ("9-1-5", "9-3-5", "9-5-5")}
        theirs = {name: authors.find(kind, TIMED_SCALE) for name, kind in kinds.items()}
        self._lines: list[tuple[str, Column, NetworkFile | None]] = [
            ("bicubic", "bicubic", None),
            *((f"{name}, authors' weights", "authors", net) for name, net in theirs.items() if net),
            *((f"{name}, ours", "ours", net) for name, net in shipped_for_luma(TIMED_SCALE).items()),
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
        return Measurement(self.images, TIMED_SCALE, replace(AUTHORS, metrics=("psnr",)), network)

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
            "speed",
            f"Running time, {TIMED_SET} x{TIMED_SCALE}",
            "",
            header,
            tuple(rows),
            (AUTHORS.name,),
            notes,
        )


def machine_words() -> str:
    """What measures, in words."""
    cores = usable_cores()
    return f"{cores} core{'s'[: cores > 1]} of {processor()}"


def time_all(
    networks: Sequence[NetworkFile], images: ImageSet, store: Store, progress: NamedProgress
) -> dict[str, float]:
    """Processor seconds a picture by digest of the network, ``""`` for bicubic alone.

    Times are kept in the store, and taken from there on the same kind of processor, by the same engine.

    Raises:
        DataError: a time cannot be kept.
    """
    times = {}
    everything: list[NetworkFile | None] = [None, *networks]
    for number, network in enumerate(everything, start=1):
        digest = network.digest if network else ""
        net = None if network is None else Model(read_weights(network.path), threads=1)
        facts = [processor(), store.version, images.digest, digest, _engine_words(net)]
        seconds = store.get("time", facts).get("seconds")
        if not isinstance(seconds, float):
            seconds = _mean_seconds(net, images)
            store.put("time", facts, {"seconds": seconds})
        times[digest] = seconds
        progress(number, len(everything), f"time of {network.name if network else 'bicubic'}")
    return times


def _engine_words(net: Model | None) -> str:
    """Which engine computes, and by what instructions: a time depends on both."""
    return "" if net is None else f"{net.engine.name} {getattr(net.engine, 'level', '')}".strip()


def _mean_seconds(net: Model | None, images: ImageSet) -> float:
    cases = (Case(read_eight_bit(path), AUTHORS, TIMED_SCALE, name) for name, path in images.pictures)
    return statistics.fmean(
        statistics.median(processor_seconds(case, {"": net}, _ROUNDS)[""]) for case in cases
    )


def processor_seconds(
    case: Case, networks: Mapping[str, Model | None], rounds: int
) -> dict[str, list[float]]:
    """Processor seconds of bicubic enlargement of luma, and of each network after it, in each round.

    A network of None is bicubic alone. Methods take turns. With networks of one thread other work on the
    machine hardly counts, as it does not in the processor's time.
    """
    low = case.low("y")
    seconds: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(rounds):
        for name, net in networks.items():
            start = time.process_time()
            bicubic = case.resized(low, case.size)
            if net is not None:
                net(bicubic)
            seconds[name].append(time.process_time() - start)
    return seconds
