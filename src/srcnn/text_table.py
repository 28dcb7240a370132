"""Rows of text cells as a table, aligned, in Markdown or CSV; and the base of results that print as one."""

import csv
import io
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

Cells = list[str]
"""A row of a table."""


def printable(text: str) -> str:
    r"""Text of files and of their names; what a terminal obeys is escaped: ``\x1b``, ``\n``, ``\u202e``."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    return letter.encode("unicode_escape").decode()


def aligned(rows: Sequence[Cells], rules: Iterable[int] = (), words: Collection[int] = (0,)) -> str:
    """Columns under each other; no line ends in blanks.

    Args:
        rows: of as many cells each.
        rules: numbers of the rows before which a line is drawn.
        words: numbers of the columns set to the left; the others are figures, set to the right.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = _line(["-" * width for width in widths], widths, words)
    drawn = set(rules)
    lines = []
    for number, row in enumerate(rows):
        if number in drawn:
            lines.append(rule)
        lines.append(_line(row, widths, words))
    return "\n".join(lines)


def _line(row: Cells, widths: list[int], words: Collection[int]) -> str:
    cells = (
        cell.ljust(width) if column in words else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def markdown_table(header: Cells, rows: Iterable[Cells], words: Collection[int] = (0,)) -> str:
    """A table of Markdown."""
    rule = ["---" if column in words else "---:" for column in range(len(header))]
    lines = ([printable(cell).replace("|", r"\|") for cell in row] for row in (header, rule, *rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def csv_table(header: Cells, rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated values with a header, as RFC 4180 has them but for line ends."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue()


def first_few(names: Sequence[str], most: int = 5) -> str:
    """Names with commas, and dots for those after the first ``most``."""
    return ", ".join([*names[:most], *(["..."] if len(names) > most else [])])


@dataclass(frozen=True)
class TextTable:
    """The table of a `TabularResult`.

    Attributes:
        header: names of the columns, or a line of groups above them: an empty cell belongs to the group
            before it.
        rows: the lines below it.
        rules: numbers of the rows before which a line is drawn.
        words: numbers of the columns set to the left.
    """

    header: Sequence[Cells]
    rows: Sequence[Cells]
    rules: Collection[int] = (0,)
    words: Collection[int] = (0,)

    def __str__(self) -> str:
        lines = [*self.header, *self.rows]
        return aligned(lines, [len(self.header) + number for number in self.rules], self.words)

    def to_markdown(self) -> str:
        """The table with one line of header."""
        *groups, names = self.header
        header = names
        for group in groups:
            header = [f"{word} {name}".strip() for word, name in zip(_filled(group), header, strict=True)]
        return markdown_table(header, self.rows, self.words)


def _filled(groups: Cells) -> Iterator[str]:
    last = ""
    for group in groups:
        last = group or last
        yield last


class TabularResult(ABC):
    """Figures that print as a title, what the figures mean, a table, and notes."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What was measured, in a few words."""

    @abstractmethod
    def describe(self) -> str:
        """What the figures mean, one or more lines."""

    @abstractmethod
    def table(self) -> TextTable:
        """The figures, with the decimals they are printed with."""

    @abstractmethod
    def to_csv(self) -> str:
        """The figures in all digits, with what they mean in each line."""

    def notes(self) -> Sequence[str]:
        """Lines below the table."""
        return ()

    def to_markdown(self) -> str:
        """The table of ``str()`` in Markdown."""
        above = [f"**{self.title}**", *self.describe().splitlines()]
        parts = [*map(printable, above), self.table().to_markdown(), *map(printable, self.notes())]
        return "\n\n".join(part for part in parts if part)

    def __str__(self) -> str:
        above = [self.title, *self.describe().split("\n"), ""]
        return "\n".join([*map(printable, above), str(self.table()), *map(printable, self.notes())])
