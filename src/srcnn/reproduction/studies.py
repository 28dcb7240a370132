"""The paper's studies of its own network, answered by trainings of ours at one shortened budget."""

import functools
import importlib.resources
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from srcnn.evaluation.protocols import find_protocol
from srcnn.evaluation.published import PublishedStudy, published_studies
from srcnn.reproduction.measurement import Figures, ImageSet, Measurement, NetworkFile
from srcnn.reproduction.measuring import Results
from srcnn.reproduction.networks import AuthorsWeights, shipped_among
from srcnn.reproduction.trainings import Run, find_run

SET, SCALE = "Set5", 3
"""What all studies of the paper are judged on."""


@dataclass(frozen=True)
class StudyRow:
    """A line of a study.

    Attributes:
        name: what it is called, also in the published study.
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
        key: its name.
        title: what is studied.
        published: name of the published study that it answers.
        recipe: the recipe whose variants are its trainings.
        protocols: what each network is measured under; the first is that of the published figures.
        rows: its lines.
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
        plan: which study.
        images: the pictures of `SET`.
        authors: the authors' weights.
        roots: folders that hold trainings.

    Attributes:
        runs: the name of each row to its training, where there is one.
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
        runs = {row.name: find_run(plan.recipe, row.variant, roots) for row in plan.rows}
        self.runs: dict[str, Run] = {name: run for name, run in runs.items() if run is not None}
        theirs = {row.name: authors.find(row.authors, SCALE) for row in plan.rows if row.authors}
        self.authors: dict[str, NetworkFile] = {
            name: file for name, file in theirs.items() if file is not None
        }
        self.shipped = {row.name: shipped_among(row.shipped, SCALE) for row in plan.rows}

    @property
    def published(self) -> PublishedStudy:
        """What it answers; without figures where the set is another one of the same name."""
        study = published_studies()[self.plan.published]
        return study if study.images == len(self._images.pictures) else replace(study, rows={})

    @property
    def lacking(self) -> list[Lacking]:
        """Trainings that are not there."""
        missing = [row for row in self.plan.rows if row.name not in self.runs]
        names = [(f"{self.plan.recipe}.{row.variant}", row.minutes) for row in missing]
        return [Lacking(name, f"srcnn train {name} --data sets/", minutes) for name, minutes in names]

    @property
    def measurements(self) -> list[Measurement]:
        """Everything that the table needs."""
        networks = [None, *(run.network for run in self.runs.values()), *self.authors.values()]
        networks += [network for here in self.shipped.values() for network in here.values()]
        return [
            self._measurement(network, protocol) for network in networks for protocol in self.plan.protocols
        ]

    def figures(self, network: NetworkFile | None, results: Results, protocol: str = "") -> Figures:
        """What was measured of a network, or of bicubic, under a protocol; by default the published one."""
        return results[self._measurement(network, protocol or self.plan.protocols[0])].mean

    def _measurement(self, network: NetworkFile | None, protocol: str) -> Measurement:
        return Measurement(self._images, SCALE, replace(find_protocol(protocol), metrics=("psnr",)), network)
