"""Published figures: the data of ``published.toml``, and looking them up."""

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PAPER_METHOD = "srcnn 9-5-5"
"""The network of the paper's comparisons: its figures stand beside those of any other."""
PUBLISHED_METRICS = ("psnr", "ssim", "psnr_b", "ifc", "nqm", "wpsnr", "ms_ssim_metrix")
"""Those that there are published figures of; the paper's MS-SSIM is that of MeTriX MUX."""


@dataclass(frozen=True)
class Published:
    """Figures of one method on one set at one scale.

    Attributes:
        images: how many images the set has.
        scale: enlargement; None for restoration.
        quality: of JPEG; None elsewhere.
        method: ``bicubic``, ``srcnn 9-5-5`` and so on, with the training set where it matters.
        figures: metric to value; PSNR in dB.
        protocol: name of the protocol they were made under; not every table of the paper has the same.
        status: ``as published``, or ``measured`` where others' weights were run under the protocol.
        source: where the figures stand.
    """

    set: str
    images: int
    scale: int | None
    quality: int | None
    method: str
    figures: Mapping[str, float]
    protocol: str
    status: str
    source: str


@dataclass(frozen=True)
class PublishedStudy:
    """Networks that a paper compares among themselves; what is not listed is as in `Published`.

    Attributes:
        name: ``widths``, ``filters`` or ``colours``.
        rows: what each network is called to its figures: ``psnr`` of the protocol's channel, and ``psnr_y``,
            ``psnr_cb``, ``psnr_cr`` of single planes.
    """

    name: str
    set: str
    images: int
    scale: int
    protocol: str
    status: str
    source: str
    rows: Mapping[str, Mapping[str, float]]


@functools.cache
def all_published() -> tuple[Published, ...]:
    """Every row there is, in the order of the file."""
    return tuple(
        Published(
            set=table["set"],
            images=table["images"],
            scale=row.get("scale"),
            quality=row.get("quality"),
            method=row["method"],
            figures={metric: row[metric] for metric in PUBLISHED_METRICS if metric in row},
            protocol=table["protocol"],
            status=table["status"],
            source=table["source"],
        )
        for table in _content()["table"]
        for row in table["rows"]
    )


@functools.cache
def published_studies() -> Mapping[str, PublishedStudy]:
    """The studies by name."""
    return {
        study["name"]: PublishedStudy(
            **{key: value for key, value in study.items() if key != "rows"},
            rows={
                row["name"]: {key: value for key, value in row.items() if key != "name"}
                for row in study["rows"]
            },
        )
        for study in _content()["study"]
    }


@functools.cache
def _content() -> dict[str, Any]:
    file = importlib.resources.files("srcnn.evaluation").joinpath("published.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def published_rows(set_name: str, scale: int | None, quality: int | None = None) -> tuple[Published, ...]:
    """All rows for a set (case does not matter) at a scale or quality, of whatever protocol; often none."""
    wanted = (set_name.lower(), scale, quality)
    return tuple(row for row in all_published() if (row.set.lower(), row.scale, row.quality) == wanted)


def published(set_name: str, scale: int, method: str, metric: str, protocol: str) -> float | None:
    """One published figure, one of `PUBLISHED_METRICS`, or None where none is known under the protocol.

    Methods are such as ``bicubic``, ``srcnn 9-5-5``, ``a+``; the case of the set's name does not matter.
    """
    for row in published_rows(set_name, scale):
        if (row.method, row.protocol) == (method, protocol) and metric in row.figures:
            return row.figures[metric]
    return None
