"""Running time as a table: what each network reaches, costs and takes."""

from collections.abc import Mapping
from dataclasses import replace

from srcnn.evaluation.protocols import AUTHORS
from srcnn.figures.tradeoff import Point
from srcnn.machine import processor
from srcnn.reproduction.cells import Cell, Column, Row, Table
from srcnn.reproduction.measurement import ImageSet, Measurement, NetworkFile, read_weights
from srcnn.reproduction.measuring import Results
from srcnn.reproduction.networks import AuthorsWeights, shipped_for_luma
from srcnn.reproduction.timing import SCALE

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
