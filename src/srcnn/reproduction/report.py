"""What is reported, and its three forms: Markdown, HTML and JSON."""

import base64
import importlib.resources
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from srcnn.evaluation.protocols import find_protocol
from srcnn.reproduction.reasons import UNEXPLAINED, explanations
from srcnn.reproduction.studies import Lacking
from srcnn.reproduction.table import Cell, Table
from srcnn.text_table import markdown_table

TITLE = "The SRCNN paper, measured again"
PAPER = (
    "C. Dong, C. C. Loy, K. He, X. Tang: Image Super-Resolution Using Deep Convolutional Networks, "
    "arXiv:1501.00092v3 (TPAMI 2016)"
)
LEGEND = (
    "Published figures are the paper's; all others were measured here. A figure that differs from its "
    "published one by more than 0.05 (dB, or bits a pixel) or 0.002 (SSIM, MSSSIM) carries a letter, and the "
    "letter a reason at the end."
)
MISSING_REASON = "No reason is known: this needs looking into."


@dataclass(frozen=True)
class Illustration:
    """A figure of the report.

    Attributes:
        name: of its file, without suffix.
        title: what it shows.
        caption: how to read it.
        png: the picture.
    """

    name: str
    title: str
    caption: str
    png: bytes


@dataclass(frozen=True)
class Report:
    """Everything that is reported.

    Attributes:
        tables: in order, with reasons.
        lacking: trainings that are not there.
        omitted: what of the paper is not measured here, and why.
        illustrations: figures; none without matplotlib.
        made: facts about how it was made, name to words.
    """

    tables: tuple[Table, ...]
    lacking: tuple[Lacking, ...]
    omitted: tuple[str, ...]
    illustrations: tuple[Illustration, ...]
    made: dict[str, str]

    @property
    def marked(self) -> list[Cell]:
        """Every figure that differs from the published one."""
        return [cell for table in self.tables for cell in table.cells if cell.marked]

    @property
    def unexplained(self) -> int:
        """How many differ without a known reason."""
        return sum(cell.reason == UNEXPLAINED for cell in self.marked)

    @property
    def reasons(self) -> dict[str, tuple[str, str]]:
        """Key of each reason that is needed to its letter and sentence, in the order of the tables."""
        known = {entry.key: entry.reason for entry in explanations()} | {UNEXPLAINED: MISSING_REASON}
        keys = dict.fromkeys(cell.reason for cell in self.marked)
        return {key: (letter(number), known[key]) for number, key in enumerate(keys)}

    @property
    def protocols(self) -> list[str]:
        """Every protocol that figures follow, in words."""
        names = dict.fromkeys(name for table in self.tables for name in table.protocols)
        return [find_protocol(name).describe() for name in names]

    @property
    def summary(self) -> str:
        """One sentence on how much agrees."""
        compared = [cell for table in self.tables for cell in table.cells if cell.difference is not None]
        same = len(compared) - len(self.marked)
        return (
            f"{len(compared)} figures were measured that the paper has: {same} agree, "
            f"{len(self.marked)} differ, {self.unexplained} of them without a known reason."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "paper": PAPER,
            "made": self.made,
            "summary": self.summary,
            "unexplained": self.unexplained,
            "tables": [table.to_json() for table in self.tables],
            "reasons": {key: reason for key, (_, reason) in self.reasons.items()},
            "lacking": [
                {"name": one.name, "command": one.command, "minutes": one.minutes} for one in self.lacking
            ],
            "omitted": list(self.omitted),
            "protocols": self.protocols,
            "figures": [figure.name for figure in self.illustrations],
        }


def letter(number: int) -> str:
    """``a`` to ``z``, then ``aa``."""
    return chr(97 + number) if number < 26 else letter(number // 26 - 1) + letter(number % 26)


def markdown(report: Report, figures: str = "figures") -> str:
    """The report as Markdown; pictures are looked for in the folder ``figures``."""
    return "\n\n".join(_parts(report, figures)) + "\n"


def _parts(report: Report, figures: str) -> Iterator[str]:
    yield f"# {TITLE}"
    yield PAPER + "."
    yield report.summary
    yield LEGEND
    for table in report.tables:
        yield f"## {table.title}"
        if table.source:
            yield f"Published: {table.source}."
        words = range(len(table.rows[0].head))
        lines = [[*row.head, *(_marked(cell, report) for cell in row.cells)] for row in table.rows]
        yield markdown_table(list(table.header), lines, words=words)
        yield from notes_of(table)
    if report.illustrations:
        yield "## Figures"
    for figure in report.illustrations:
        yield f"### {figure.title}"
        yield f"![{figure.title}]({figures}/{figure.name}.png)"
        yield figure.caption
    yield "## Protocols"
    yield "\n".join(f"- {words}" for words in report.protocols)
    if report.reasons:
        yield "## Why figures differ"
        yield "\n".join(f"- ({mark}) {reason}" for mark, reason in report.reasons.values())
    if report.lacking:
        yield "## Trainings that are lacking"
        yield "\n".join(
            f"- `{one.command}`, about {one.minutes} minutes on one core" for one in report.lacking
        )
    if report.omitted:
        yield "## Not measured here"
        yield "\n".join(f"- {reason}" for reason in report.omitted)
    yield "## How this was made"
    yield "\n".join(f"- {name}: {words}" for name, words in report.made.items())


def notes_of(table: Table) -> list[str]:
    """What is said below a table."""
    plural = "s" * (len(table.protocols) > 1)
    return [*table.notes, f"Protocol{plural}: {', '.join(table.protocols)}; see below."]


def _marked(cell: Cell, report: Report) -> str:
    return f"{cell.text} ({report.reasons[cell.reason][0]})" if cell.marked else cell.text


def contents(report: Report, folder: Path, page: str) -> dict[Path, bytes]:
    """Every file of the report by its path; ``page`` is its HTML."""
    text = json.dumps(report.to_json(), indent=2, allow_nan=False) + "\n"
    files: dict[Path, bytes] = {
        folder / "figures" / f"{figure.name}.png": figure.png for figure in report.illustrations
    }
    files[folder / "report.json"] = text.encode()
    files[folder / "report.md"] = markdown(report).encode()
    files[folder / "report.html"] = page.encode()
    return files


def lacking_of(studies: Sequence[Sequence[Lacking]]) -> tuple[Lacking, ...]:
    """The trainings that several studies lack, each once."""
    return tuple({one.name: one for study in studies for one in study}.values())


# JOINED: The report as one HTML file that needs no other and no network; light or dark as the reader's system is.

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
