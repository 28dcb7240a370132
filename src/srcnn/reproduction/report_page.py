"""The report as one HTML file that needs no other and no network; light or dark as the reader's system is."""

import base64
import importlib.resources
import struct
from collections.abc import Iterator
from html import escape

from srcnn.reproduction.report import CITATION, LEGEND, TITLE, Appendix, Illustration, Report, notes_of
from srcnn.reproduction.table import Cell, Table

_ITEMS = {
    "why": '<li id="why-{label}"><b>{label}</b> {words}</li>',
    "lacking": "<li><code>{label}</code>, {words}</li>",
    "made": "<dt>{label}</dt><dd>{words}</dd>",
}
"""How items of sections are written; elsewhere the words alone."""
_PNG_SIZE = slice(16, 24)
"""Where a PNG has its width and height: in the first chunk, which is IHDR."""
_WIDE = 1.5
"""Width over height from which a figure is scrolled on a narrow screen rather than made tiny."""


def html(report: Report) -> str:
    """The whole document."""
    style = importlib.resources.files("srcnn.reproduction").joinpath("report.css").read_text("utf-8").rstrip()
    body = "\n".join(_body(report))
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


def _body(report: Report) -> Iterator[str]:
    yield f"<h1>{escape(TITLE)}</h1>"
    yield f"<p>{escape(CITATION)}.</p>"
    yield f'<p class="summary">{escape(report.summary)}</p>'
    yield f"<p>{escape(LEGEND)}</p>"
    yield (
        '<p class="key"><span class="published">published</span> <span>measured, the same</span> '
        '<span class="above">measured, above it</span> <span class="below">measured, below it</span></p>'
    )
    yield _contents(report)
    for table in report.tables:
        yield _table(table, report)
    yield from map(_figure, report.illustrations)
    yield from map(_section, report.sections)


def _section(section: Appendix) -> str:
    form = _ITEMS.get(section.key, "<li>{words}</li>")
    items = "".join(form.format(label=escape(label), words=escape(words)) for label, words in section.items)
    kind, style = "dl" if section.key == "made" else "ul", ' class="why"' * (section.key == "why")
    return f'<section id="{section.key}"><h2>{section.title}</h2>\n<{kind}{style}>{items}</{kind}></section>'


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


def _contents(report: Report) -> str:
    places = [(table.key, table.title) for table in report.tables]
    places += [(figure.name, figure.title) for figure in report.illustrations]
    places += [(one.key, one.title) for one in report.sections if one.key not in ("protocols", "made")]
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
