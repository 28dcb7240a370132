"""What is reported, as Markdown and as JSON; as a page it is written by `srcnn.reproduction.report_page`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcnn.evaluation.protocols import find_protocol
from srcnn.reproduction.reasons import UNEXPLAINED, all_reasons
from srcnn.reproduction.studies import Lacking
from srcnn.reproduction.table import Cell, Table
from srcnn.text_table import markdown_table

TITLE = "The SRCNN paper, measured again"
CITATION = (
    "C. Dong, C. C. Loy, K. He, X. Tang: Image Super-Resolution Using Deep Convolutional Networks, "
    "arXiv:1501.00092v3 (TPAMI 2016)"
)
LEGEND = (
    "Published figures are the paper's; all others were measured here. A figure that differs from its "
    "published one by more than 0.05 (dB, or bits a pixel) or 0.002 (SSIM, MSSSIM) carries a letter, and the "
    "letter a reason at the end."
)
MISSING_REASON = "No reason is known: this needs looking into."
_ITEMS = {"why": "- ({label}) {words}", "lacking": "- `{label}`, {words}", "made": "- {label}: {words}"}
"""How items of sections are written in Markdown; elsewhere the words alone."""


@dataclass(frozen=True)
class Appendix:
    """A list at the end of the report: label and words of each item; ``key`` is its anchor.

    A label is empty where the words stand alone.
    """

    key: str
    title: str
    items: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Illustration:
    """A figure of the report; ``name`` is that of its file, without suffix, ``png`` the file's content."""

    name: str
    title: str
    caption: str
    png: bytes


@dataclass(frozen=True)
class Report:
    """Everything that is reported.

    Attributes:
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
        known = {entry.key: entry.reason for entry in all_reasons()} | {UNEXPLAINED: MISSING_REASON}
        keys = dict.fromkeys(cell.reason for cell in self.marked)
        return {key: (letter(number), known[key]) for number, key in enumerate(keys)}

    @property
    def protocols(self) -> list[str]:
        """Every protocol that figures follow, in words."""
        names = dict.fromkeys(name for table in self.tables for name in table.protocols)
        return [find_protocol(name).describe() for name in names]

    @property
    def sections(self) -> list[Appendix]:
        """What stands below tables and figures, as far as there is any."""
        lacking = [(one.command, f"about {one.minutes} min on one core") for one in self.lacking]
        sections = [
            Appendix("protocols", "Protocols", [("", words) for words in self.protocols]),
            Appendix("why", "Why figures differ", list(self.reasons.values())),
            Appendix("lacking", "Trainings that are lacking", lacking),
            Appendix("omitted", "Not measured here", [("", reason) for reason in self.omitted]),
            Appendix("made", "How this was made", list(self.made.items())),
        ]
        return [section for section in sections if section.items or section.key in ("protocols", "made")]

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
            "paper": CITATION,
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
    yield from (f"# {TITLE}", CITATION + ".", report.summary, LEGEND)
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
    for section in report.sections:
        yield f"## {section.title}"
        form = _ITEMS.get(section.key, "- {words}")
        yield "\n".join(form.format(label=label, words=words) for label, words in section.items)


def notes_of(table: Table) -> list[str]:
    """The notes below a table."""
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
