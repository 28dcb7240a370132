"""The paper's studies of its own network, answered by trainings of ours at one shortened budget.

Their tables: sizes with what they cost, colour strategies with a column for each plane.
"""

import functools
import importlib.resources
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from srcnn.evaluation.metric_table import Scores
from srcnn.evaluation.protocols import find_protocol
from srcnn.evaluation.published_figures import PublishedStudy, published_studies
from srcnn.reproduction.scores import PLANES, ImageSet, Measurement, NetworkFile, Results
from srcnn.reproduction.table import Cell, Column, Row, Table
from srcnn.reproduction.weight_sources import AuthorsWeights, Training, find_training, shipped_among

STUDIED_SET, STUDIED_SCALE = "Set5", 3
"""What all studies of the paper are judged on."""
SIZE_HEADER = (
    "network",
    "PSNR, published",
    "authors' weights, here",
    "ours, at one budget",
    "ours, as shipped",
    "parameters",
    "MACs a pixel",
    "minutes of training",
)
COLOR_HEADER = (
    "strategy",
    *(f"{plane}, {whose}" for plane in ("Y", "Cb", "Cr", "YCbCr") for whose in ("published", "here")),
    "R, G and B, here",
)
SHIPPED = (
    "Shipped weights were trained longer, each at its own budget: they are no part of the study, and show "
    "what a network reaches."
)


@dataclass(frozen=True)
class StudyRow:
    """A line of a study, called as in the published one.

    Attributes:
        variant: of the study's recipe, which is trained for it.
        minutes: that the training takes.
        authors: kind of the authors' weights that are the same network; empty if they released none.
        shipped: names of our own weights that are, without their scale; they need not be there.
    """

    name: str
    variant: str
    minutes: int
    authors: str = ""
    shipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudyPlan:
    """What ``studies.toml`` says of a study.

    Attributes:
        published: name of the published study that it answers.
        recipe: the recipe whose variants are its trainings.
        protocols: what each network is measured under; the first is that of the published figures.
        note: what else to know.
    """

    key: str
    title: str
    published: str
    recipe: str
    protocols: tuple[str, ...]
    rows: tuple[StudyRow, ...]
    note: str = ""


@dataclass(frozen=True)
class Lacking:
    """A training that is not there."""

    name: str
    command: str
    minutes: int


@functools.cache
def study_plans() -> tuple[StudyPlan, ...]:
    """All studies."""
    text = importlib.resources.files("srcnn.reproduction").joinpath("studies.toml").read_text("utf-8")
    return tuple(
        StudyPlan(
            **{
                **entry,
                "protocols": tuple(entry["protocols"]),
                "rows": tuple(
                    StudyRow(**{**row, "shipped": tuple(row.get("shipped", ()))}) for row in entry["rows"]
                ),
            }
        )
        for entry in tomllib.loads(text)["study"]
    )


class Study:
    """One study: which of its trainings are there, and what has to be measured.

    Args:
        images: the pictures of `STUDIED_SET`.
        roots: folders that hold trainings.

    Attributes:
        trainings: the name of each row to its training, where there is one.
        authors: the name of each row to the authors' weights, where there are some.
        shipped: the name of each row to our shipped weights that are the same network, by their own names.

    Raises:
        DataError: a training whose record or log is broken.
        WeightsError: weights that are missing or broken.
    """

    def __init__(
        self, plan: StudyPlan, images: ImageSet, authors: AuthorsWeights, roots: Sequence[Path]
    ) -> None:
        self.plan, self._images = plan, images
        runs = {row.name: find_training(plan.recipe, row.variant, roots) for row in plan.rows}
        self.trainings: dict[str, Training] = {name: run for name, run in runs.items() if run is not None}
        theirs = {row.name: authors.find(row.authors, STUDIED_SCALE) for row in plan.rows if row.authors}
        self.authors: dict[str, NetworkFile] = {
            name: file for name, file in theirs.items() if file is not None
        }
        self.shipped = {row.name: shipped_among(row.shipped, STUDIED_SCALE) for row in plan.rows}

    @property
    def published(self) -> PublishedStudy:
        """What it answers; without figures where the set is another one of the same name."""
        study = published_studies()[self.plan.published]
        return study if study.images == len(self._images.pictures) else replace(study, rows={})

    @property
    def lacking(self) -> list[Lacking]:
        """Trainings that are not there."""
        missing = [row for row in self.plan.rows if row.name not in self.trainings]
        names = [(f"{self.plan.recipe}.{row.variant}", row.minutes) for row in missing]
        return [Lacking(name, f"srcnn train {name} --data sets/", minutes) for name, minutes in names]

    @property
    def measurements(self) -> list[Measurement]:
        """Everything that the table needs."""
        networks = [None, *(run.network for run in self.trainings.values()), *self.authors.values()]
        networks += [network for found in self.shipped.values() for network in found.values()]
        return [
            self._measurement(network, protocol) for network in networks for protocol in self.plan.protocols
        ]

    def figures(self, network: NetworkFile | None, results: Results, protocol: str = "") -> Scores:
        """What was measured of a network, or of bicubic, under a protocol; by default the published one."""
        return results[self._measurement(network, protocol or self.plan.protocols[0])].mean

    def _measurement(self, network: NetworkFile | None, protocol: str) -> Measurement:
        return Measurement(
            self._images, STUDIED_SCALE, replace(find_protocol(protocol), metrics=("psnr",)), network
        )


def study_table(study: Study, results: Results) -> Table:
    """The table of a study, published figures beside those measured."""
    of_colors = len(study.plan.protocols) > 1
    notes = (study.plan.note, _budget(study), SHIPPED if any(study.shipped.values()) else "")
    return Table(
        study.plan.key,
        f"{study.plan.title}, {STUDIED_SET} x{STUDIED_SCALE}",
        study.published.source,
        COLOR_HEADER if of_colors else SIZE_HEADER,
        tuple(_color_rows(study, results) if of_colors else _size_rows(study, results)),
        study.plan.protocols,
        tuple(note for note in notes if note),
    )


def _budget(study: Study) -> str:
    runs = list(study.trainings.values())
    if not runs:
        return "None of the trainings is there."
    recipe = runs[0].record["recipe"]
    steps = sorted({run.steps for run in runs})
    count = f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"
    compared = (
        "Compare them among themselves; the paper trained for days."
        if len(steps) == 1
        else "Their budgets differ: their order says little."
    )
    return (
        f"Our trainings are shortened: {count} steps of {recipe['run']['batch']} crops from "
        f"{', '.join(recipe['data']['train'])}. {compared}"
    )


def _size_rows(study: Study, results: Results) -> list[Row]:
    rows = []
    for row in study.plan.rows:
        beside = study.published.rows.get(row.name, {}).get("psnr")
        run, theirs = study.trainings.get(row.name), study.authors.get(row.name)
        shipped = next(iter(study.shipped[row.name].values()), None)
        figures = [
            Cell(beside, "psnr", "published"),
            Cell(_psnr(study, theirs, results), "psnr", "authors", beside),
            Cell(_psnr(study, run and run.network, results), "psnr", "study", beside),
            Cell(_psnr(study, shipped, results), "psnr", "ours", beside),
        ]
        rows.append(Row((row.name,), (*figures, *_costs(run))))
    return rows


def _psnr(study: Study, network: NetworkFile | None, results: Results) -> float | None:
    return None if network is None else study.figures(network, results)["psnr"]


def _costs(run: Training | None) -> list[Cell]:
    if run is None:
        return [Cell(None, metric, "study") for metric in ("parameters", "macs", "minutes")]
    architecture = run.weights.architecture
    return [
        Cell(architecture.parameters, "parameters", "study"),
        Cell(architecture.macs_per_pixel, "macs", "study"),
        Cell(run.minutes, "minutes", "study"),
    ]


def _color_rows(study: Study, results: Results) -> list[Row]:
    rows = [Row(("bicubic",), _planes(study, "bicubic", "bicubic", None, results))]
    for row in study.plan.rows:
        theirs, run = study.authors.get(row.name), study.trainings.get(row.name)
        if theirs is not None:
            cells = _planes(study, row.name, "authors", theirs, results)
            rows.append(Row((f"{row.name}, authors' weights",), cells))
        if run is not None:
            rows.append(Row((row.name,), _planes(study, row.name, "study", run.network, results)))
        else:
            rows.append(Row((row.name,), _quoted(study, row.name)))
        for name, network in study.shipped[row.name].items():
            cells = _planes(study, row.name, "ours", network, results)
            rows.append(Row((f"{row.name}, shipped {name}",), cells))
    named = {"bicubic", *(row.name for row in study.plan.rows)}
    rows += [Row((name,), _quoted(study, name)) for name in study.published.rows if name not in named]
    return rows


def _planes(
    study: Study, name: str, column: Column, network: NetworkFile | None, results: Results
) -> tuple[Cell, ...]:
    beside = study.published.rows.get(name, {})
    here = study.figures(network, results)
    true = study.figures(network, results, study.plan.protocols[1])["psnr"]
    cells = [
        cell
        for metric in (*PLANES, "psnr")
        for cell in (
            Cell(beside.get(metric), metric, "published"),
            Cell(here[metric], metric, column, beside.get(metric)),
        )
    ]
    return (*cells, Cell(true, "psnr", column))


def _quoted(study: Study, name: str) -> tuple[Cell, ...]:
    """A line of which nothing can be measured here."""
    known = study.published.rows.get(name, {})
    pairs = ((Cell(known.get(m), m, "published"), Cell(None, m, "study")) for m in (*PLANES, "psnr"))
    return (*(cell for pair in pairs for cell in pair), Cell(None, "psnr", "study"))
