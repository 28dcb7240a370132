"""Rows of text cells as a table: aligned columns, Markdown, CSV."""

import csv
import io
from collections.abc import Collection, Iterable, Sequence

Row = list[str]


def aligned(rows: Sequence[Row], rules: Iterable[int] = (), words: Collection[int] = (0,)) -> str:
    """Columns under each other; no line ends in blanks.

    Args:
        rows: of as many cells each.
        rules: numbers of the rows before which a line is drawn.
        words: numbers of the columns set to the left; the others are figures, set to the right.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = _line(["-" * width for width in widths], widths, words)
    drawn = set(rules)
    lines = []
    for number, row in enumerate(rows):
        if number in drawn:
            lines.append(rule)
        lines.append(_line(row, widths, words))
    return "\n".join(lines)


def _line(row: Row, widths: list[int], words: Collection[int]) -> str:
    cells = (
        cell.ljust(width) if column in words else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def markdown_table(header: Row, rows: Iterable[Row], words: Collection[int] = (0,)) -> str:
    """A table of Markdown."""
    rule = ["---" if column in words else "---:" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


def csv_table(header: Row, rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated values with a header, as RFC 4180 has them but for line ends."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue()
