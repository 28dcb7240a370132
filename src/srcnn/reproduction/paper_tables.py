"""Tables 2 to 4 of the paper: one image set, every scale and metric."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from srcnn.evaluation.metric_table import metric_label
from srcnn.evaluation.protocols import find_protocol
from srcnn.evaluation.published_figures import PAPER_METHOD, Published, published_rows
from srcnn.reproduction.scores import ImageSet, Measurement, NetworkFile, Results
from srcnn.reproduction.table import Cell, Column, Row, Table
from srcnn.reproduction.weight_sources import AuthorsWeights, shipped

PAPER_METRICS = ("psnr", "ssim", "ifc", "nqm", "wpsnr", "ms_ssim_metrix")
METRIC_NAMES = {"ms_ssim_metrix": "MSSSIM"}
OTHERS = ("sc", "ne+lle", "kk", "anr", "a+")
SCALES = (2, 3, 4)


@dataclass(frozen=True)
class Conventions:
    """How a table of the paper was made, on which image set.

    Attributes:
        protocol: its name.
        luma: see `srcnn.evaluation.NetworkUse`.
        bicubic: name of the protocol that bicubic was measured under, where it is another.
        note: why it is so, if it needs saying.
    """

    key: str
    title: str
    set: str
    protocol: str
    metrics: tuple[str, ...] = PAPER_METRICS
    luma: Literal["card", "as-is"] = "card"
    bicubic: str = ""
    note: str = ""

    @property
    def protocols(self) -> tuple[str, ...]:
        """Every protocol of the table."""
        return (self.protocol, self.bicubic) if self.bicubic else (self.protocol,)


RECALLED = (
    "Published figures of other methods, and those of IFC, NQM, WPSNR and MSSSIM, are quoted from memory of "
    "the paper: their last digit may be off."
)
TABLES = (
    Conventions("Set5", "Set5", "Set5", "authors"),
    Conventions("Set14", "Set14", "Set14", "authors"),
    Conventions(
        "BSD200",
        "BSD200",
        "BSD200",
        "full-range",
        luma="as-is",
        bicubic="full-range-8bit",
        note="The paper's figures of BSD200 are on full-range grey, which reads lower than the luma of the "
        "other tables; the networks were given that grey as it is. Its figures of bicubic are those of "
        "MATLAB's imresize on 8-bit pictures, which rounds after each axis, and so is bicubic here; the "
        "networks' input was not rounded. The next table has both unrounded.",
    ),
    Conventions(
        "BSD200-studio",
        "BSD200 by the conventions of Set5 and Set14",
        "BSD200",
        "authors",
        metrics=("psnr", "ssim"),
        note="Not in the paper: the same pictures on studio-range luma, to compare with the other sets.",
    ),
)


class SetComparison:
    """One table: what has to be measured for it, and the table once it is."""

    def __init__(self, how: Conventions, images: ImageSet, authors: AuthorsWeights) -> None:
        self._how, self._images = how, images
        self._networks: dict[int, dict[Column, NetworkFile | None]] = {}
        for scale in SCALES:
            networks: dict[Column, NetworkFile | None] = {"bicubic": None}
            theirs = authors.find("9-5-5(ImageNet)", scale)
            if theirs is not None:
                networks["authors"] = theirs
            networks["ours"] = shipped("9-5-5", scale)
            self._networks[scale] = networks

    @property
    def measurements(self) -> list[Measurement]:
        """Everything that the table needs."""
        return [m for scale in SCALES for m in self._of(scale).values()]

    def _of(self, scale: int) -> dict[Column, Measurement]:
        names = {"bicubic": self._how.bicubic or self._how.protocol}
        return {
            column: Measurement(
                self._images,
                scale,
                replace(find_protocol(names.get(column, self._how.protocol)), metrics=self._how.metrics),
                network,
                self._how.luma,
            )
            for column, network in self._networks[scale].items()
        }

    def table(self, results: Results) -> Table:
        """The table, published figures beside those measured."""
        columns = self._columns()
        rows = [
            Row(
                (METRIC_NAMES.get(metric) or metric_label(metric), f"x{scale}"),
                tuple(self._cell(metric, scale, column, method, results) for _, column, method in columns),
            )
            for metric in self._how.metrics
            for scale in SCALES
        ]
        notes = [self._how.note]
        if self._sources():
            notes.append(RECALLED)
        return Table(
            self._how.key,
            f"{self._how.title}, {len(self._images.pictures)} pictures",
            "; ".join(self._sources()),
            ("metric", "scale", *(name for name, _, _ in columns)),
            tuple(rows),
            self._how.protocols,
            tuple(note for note in notes if note),
        )

    def _columns(self) -> list[tuple[str, Column, str]]:
        """Of each column its name, whose figures it holds, and the method as it is called where published."""
        columns: list[tuple[str, Column, str]] = [
            ("bicubic, published", "published", "bicubic"),
            ("bicubic, here", "bicubic", "bicubic"),
            ("SRCNN, published", "published", PAPER_METHOD),
            ("SRCNN, authors' weights, here", "authors", PAPER_METHOD),
            ("SRCNN, our weights, here", "ours", PAPER_METHOD),
        ]
        return columns + [(f"{name.upper()}, published", "published", name) for name in OTHERS]

    def _cell(self, metric: str, scale: int, column: Column, method: str, results: Results) -> Cell:
        beside = self._published(scale, method).get(metric)
        if column == "published":
            return Cell(beside, metric, column)
        measurement = self._of(scale).get(column)
        value = results[measurement].mean[metric] if measurement is not None else None
        return Cell(value, metric, column, beside)

    def _published(self, scale: int, method: str) -> Mapping[str, float]:
        return next((row.figures for row in self._rows(scale) if row.method == method), {})

    def _rows(self, scale: int) -> list[Published]:
        """What was published by these conventions of a set of as many pictures."""
        wanted = (self._how.protocol, "as published", len(self._images.pictures))
        rows = published_rows(self._how.set, scale)
        return [row for row in rows if (row.protocol, row.status, row.images) == wanted]

    def _sources(self) -> list[str]:
        sources = (row.source for scale in SCALES for row in self._rows(scale) if row.method == PAPER_METHOD)
        return list(dict.fromkeys(sources))
