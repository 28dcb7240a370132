"""Pieces of Markdown."""

from collections.abc import Sequence

Rows = Sequence[Sequence[str]]


def table(header: Sequence[str], rows: Rows) -> list[str]:
    """The lines of a table."""
    return [f"| {' | '.join(line)} |" for line in (header, ["---"] * len(header), *rows)]


def cell(text: str | None) -> str:
    """A docstring as one line of a table: double backticks are their way of saying code."""
    return " ".join((text or "").split()).replace("``", "`").replace("|", r"\|")
