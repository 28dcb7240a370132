"""Tables of figures that stand beside published ones, and which of them differ."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from srcnn.evaluation.metric_table import METRICS

Column = Literal["published", "bicubic", "authors", "ours", "study"]
"""Whose a figure is: somebody else's as published; measured here of bicubic, the authors' weights, ours as
shipped, or a training of ours for a study."""
TOLERANCE = {"ssim": 0.002, "ms_ssim_metrix": 0.002}
"""How far a figure may be from the published one without being marked; 0.05 (dB) for the others."""
_DB = 0.05
_ROUNDING = 1e-9
"""A difference of exactly the tolerance is within it, whatever floats make of it."""
_WHOLE = ("parameters", "macs", "minutes")


@dataclass(frozen=True)
class Cell:
    """One figure.

    Attributes:
        value: the figure; None where there is none.
        metric: what it is of; see `srcnn.evaluation.METRICS`, ``psnr_y`` and so on of one
            plane, or ``parameters``, ``macs``, ``minutes``, ``seconds``.
        column: whose it is.
        published: the published figure it should equal; None where nothing was published.
        reason: key of the explanation why it does not; empty where it does.
    """

    value: float | None
    metric: str
    column: Column
    published: float | None = None
    reason: str = ""

    @property
    def difference(self) -> float | None:
        """How far above the published figure; None where there is nothing to compare."""
        return None if self.value is None or self.published is None else self.value - self.published

    @property
    def marked(self) -> bool:
        """Whether it differs by more than the tolerance of its metric."""
        tolerance = TOLERANCE.get(self.metric, _DB) + _ROUNDING
        return self.difference is not None and abs(self.difference) > tolerance

    @property
    def text(self) -> str:
        """The figure with the decimals of its metric; a dash where there is none."""
        if self.value is None:
            return "-"
        if self.metric == "seconds":
            return f"{self.value:.3f}"
        return f"{self.value:,.0f}" if self.metric in _WHOLE else f"{self.value:.{decimals(self.metric)}f}"

    @property
    def change(self) -> str:
        """The difference in words, such as ``+0.12 against 32.75 as published``."""
        if self.difference is None or self.published is None:
            return ""
        digits = decimals(self.metric)
        return f"{self.difference:+.{digits}f} against {self.published:.{digits}f} as published"


@dataclass(frozen=True)
class Row:
    """A line of a table: words, then figures."""

    head: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes:
        key: its name in explanations and in JSON.
        source: where the published figures stand.
        header: names of all columns, those of the words first.
        protocols: names of the protocols that its figures follow.
        notes: sentences below it: budget, what to keep in mind.
    """

    key: str
    title: str
    source: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    protocols: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every figure."""
        return tuple(cell for row in self.rows for cell in row.cells)

    def without_empty_columns(self) -> "Table":
        """The same without columns in which nothing stands."""
        words = len(self.rows[0].head)
        kept = [
            number
            for number in range(len(self.header) - words)
            if any(row.cells[number].value is not None for row in self.rows)
        ]
        return replace(
            self,
            header=(*self.header[:words], *(self.header[words + number] for number in kept)),
            rows=tuple(replace(row, cells=tuple(row.cells[n] for n in kept)) for row in self.rows),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        names = self.header[len(self.rows[0].head) :] if self.rows else ()
        return {
            "key": self.key,
            "title": self.title,
            "source": self.source,
            "protocols": list(self.protocols),
            "notes": list(self.notes),
            "rows": [
                {
                    "row": list(row.head),
                    "cells": [
                        {"column": name, **_plain(cell)} for name, cell in zip(names, row.cells, strict=True)
                    ],
                }
                for row in self.rows
            ],
        }


def decimals(metric: str) -> int:
    """Digits after the point of a metric's figures."""
    return METRICS[metric].decimals if metric in METRICS else 2


def _plain(cell: Cell) -> dict[str, Any]:
    finite = cell.value is not None and abs(cell.value) != float("inf")
    return {
        "metric": cell.metric,
        "of": cell.column,
        "value": round(cell.value, 6) if finite and cell.value is not None else None,
        "published": cell.published,
        "marked": cell.marked,
        "reason": cell.reason,
    }
