"""The report as one HTML file that needs no other and no network; light or dark as the reader's system is."""

import base64
import importlib.resources
import struct
from collections.abc import Iterator
from html import escape

from srcnn.reproduction.cells import Cell, Table
from srcnn.reproduction.report import LEGEND, PAPER, TITLE, Illustration, Report, notes_of

_PNG_SIZE = slice(16, 24)
"""Where a PNG has its width and height: in the first chunk, which is IHDR."""
_WIDE = 1.5
"""Width over height from which a figure is scrolled on a narrow screen rather than made tiny."""


def html(report: Report) -> str:
    """The whole document."""
    style = importlib.resources.files("srcnn.reproduction").joinpath("report.css").read_text("utf-8").rstrip()
    body = "\n".join(_sections(report))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(TITLE)}</title>
<style>
{style}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _sections(report: Report) -> Iterator[str]:
    yield f"<h1>{escape(TITLE)}</h1>"
    yield f"<p>{escape(PAPER)}.</p>"
    yield f'<p class="summary">{escape(report.summary)}</p>'
    yield f"<p>{escape(LEGEND)}</p>"
    yield _key()
    yield _contents(report)
    for table in report.tables:
        yield _table(table, report)
    yield from map(_figure, report.illustrations)
    items = "".join(f"<li>{escape(words)}</li>" for words in report.protocols)
    yield f'<section id="protocols"><h2>Protocols</h2>\n<ul>{items}</ul></section>'
    if report.reasons:
        items = "".join(
            f'<li id="why-{mark}"><b>{mark}</b> {escape(reason)}</li>'
            for mark, reason in report.reasons.values()
        )
        yield f'<section id="why"><h2>Why figures differ</h2>\n<ul class="why">{items}</ul></section>'
    if report.lacking:
        items = "".join(
            f"<li><code>{escape(one.command)}</code>, about {one.minutes} minutes on one core</li>"
            for one in report.lacking
        )
        yield f'<section id="lacking"><h2>Trainings that are lacking</h2>\n<ul>{items}</ul></section>'
    if report.omitted:
        items = "".join(f"<li>{escape(reason)}</li>" for reason in report.omitted)
        yield f'<section id="omitted"><h2>Not measured here</h2>\n<ul>{items}</ul></section>'
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in report.made.items())
    yield f'<section id="made"><h2>How this was made</h2>\n<dl>{rows}</dl></section>'


def _figure(figure: Illustration) -> str:
    width, height = struct.unpack(">II", figure.png[_PNG_SIZE])
    source = "data:image/png;base64," + base64.b64encode(figure.png).decode("ascii")
    wide = " wide" * (width > _WIDE * height)
    return (
        f'<section id="{escape(figure.name)}"><h2>{escape(figure.title)}</h2>\n'
        f'<figure><div class="scroll{wide}"><img src="{source}" width="{width}" height="{height}" '
        f'alt="{escape(figure.title)}"></div>'
        f"<figcaption>{escape(figure.caption)}</figcaption></figure></section>"
    )


def _key() -> str:
    return (
        '<p class="key"><span class="published">published</span> <span>measured, the same</span> '
        '<span class="above">measured, above it</span> <span class="below">measured, below it</span></p>'
    )


def _contents(report: Report) -> str:
    places = [(table.key, table.title) for table in report.tables]
    places += [(figure.name, figure.title) for figure in report.illustrations]
    ends = {"why": report.reasons, "lacking": report.lacking, "omitted": report.omitted}
    names = {
        "why": "Why figures differ",
        "lacking": "Trainings that are lacking",
        "omitted": "Not measured here",
    }
    places += [(key, names[key]) for key, there in ends.items() if there]
    links = "".join(f'<li><a href="#{escape(key)}">{escape(title)}</a></li>' for key, title in places)
    return f'<nav aria-label="contents"><ol>{links}</ol></nav>'


def _table(table: Table, report: Report) -> str:
    words = len(table.rows[0].head)
    head = "".join(
        f'<th scope="col"{" class=word" * (number < words)}>{escape(name)}</th>'
        for number, name in enumerate(table.header)
    )
    lines = []
    for before, row in zip((None, *table.rows), table.rows, strict=False):
        # A metric's name stands once for its scales.
        first = before is None or len(row.head) == 1 or before.head[0] != row.head[0]
        heads = "".join(
            f'<th scope="row">{escape(word) if first or number else ""}</th>'
            for number, word in enumerate(row.head)
        )
        cells = "".join(_cell(cell, report) for cell in row.cells)
        lines.append(f"<tr{' class=first' * (first and words > 1)}>{heads}{cells}</tr>")
    source = f"<p>Published: {escape(table.source)}.</p>" if table.source else ""
    notes = "".join(f"<p>{escape(note)}</p>" for note in notes_of(table))
    return (
        f'<section id="{escape(table.key)}"><h2>{escape(table.title)}</h2>\n{source}\n'
        f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(lines)
        + f'\n</tbody></table></div>\n<div class="notes">{notes}</div></section>'
    )


def _cell(cell: Cell, report: Report) -> str:
    if cell.column == "published" or cell.difference is None:
        kind = " class=published" * (cell.column == "published")
        return f"<td{kind}>{escape(cell.text)}</td>"
    if not cell.marked:
        return f'<td title="{escape(cell.change)}">{escape(cell.text)}</td>'
    mark = report.reasons[cell.reason][0]
    side = "above" if cell.difference > 0 else "below"
    return (
        f'<td class="{side}" title="{escape(cell.change)}">{escape(cell.text)}'
        f'<a href="#why-{mark}" aria-label="reason {mark}"><sup>{mark}</sup></a></td>'
    )
