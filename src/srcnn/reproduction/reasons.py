"""Why a figure differs from the published one: reasons are data, and hold only as far as they say."""

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from srcnn.reproduction.table import Cell, Table

UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Reason:
    """A reason, and the figures it holds for; what is left empty leaves the choice open.

    Attributes:
        tables: keys of tables.
        columns: whose figures; see `srcnn.reproduction.table.Column`.
        rows: words of which one stands in the row, such as ``x4``.
        side: ``above`` or ``below`` the published figure.
        within: how far from it at most, for any metric or for each of those that it is about; a larger
            difference is something else and stays unexplained.
    """

    key: str
    reason: str
    within: float | Mapping[str, float]
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    side: str = ""

    def holds(self, table: Table, head: tuple[str, ...], cell: Cell) -> bool:
        """Whether this is why a cell differs."""
        difference = cell.difference or 0.0
        return (
            (not self.tables or table.key in self.tables)
            and (not self.columns or cell.column in self.columns)
            and (not self.rows or bool(set(self.rows) & set(head)))
            and self.side in ("", "above" if difference > 0 else "below")
            and abs(difference) <= self._limit(cell.metric)
        )

    def _limit(self, metric: str) -> float:
        return self.within.get(metric, -1.0) if isinstance(self.within, Mapping) else self.within


@functools.cache
def all_reasons() -> tuple[Reason, ...]:
    """All reasons, in the order in which they are tried."""
    return tuple(_read(entry) for entry in _content()["explanation"])


def _read(entry: dict[str, Any]) -> Reason:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    return Reason(**values)


def with_reasons(table: Table) -> Table:
    """The table with a reason in each marked cell: the first that holds, or `UNEXPLAINED`."""
    return replace(
        table,
        rows=tuple(
            replace(row, cells=tuple(_with_reason(table, row.head, cell) for cell in row.cells))
            for row in table.rows
        ),
    )


def _with_reason(table: Table, head: tuple[str, ...], cell: Cell) -> Cell:
    if not cell.marked:
        return cell
    holding = (entry.key for entry in all_reasons() if entry.holds(table, head, cell))
    return replace(cell, reason=next(holding, UNEXPLAINED))


def omitted() -> tuple[str, ...]:
    """What of the paper is not measured, and why."""
    return tuple(entry["reason"] for entry in _content()["omitted"])


@functools.cache
def _content() -> dict[str, Any]:
    text = importlib.resources.files("srcnn.reproduction").joinpath("explanations.toml").read_text("utf-8")
    return tomllib.loads(text)
