"""An evaluation as a table, plain or in Markdown: images, their mean, and published figures beside."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from srcnn.evaluation.published import Published

if TYPE_CHECKING:
    from srcnn.evaluation.result import Evaluation

BASELINE, NETWORK = "bicubic", "srcnn"
PAPER = "srcnn 9-5-5"
"""The network of the paper's comparisons: its figures stand beside those of any other."""
_DECIMALS = {"psnr": 2, "ssim": 4}

Figures = Mapping[str, float]
Row = list[str]


def text(evaluation: "Evaluation") -> str:
    """Aligned columns; no line ends in blanks."""
    groups, names, *rows = _cells(evaluation)
    widths = [max(len(row[column]) for row in (groups, names, *rows)) for column in range(len(names))]
    rule = ["-" * width for width in widths]
    images = len(evaluation.images)
    body = [groups, names, rule, *rows[:images], rule, *rows[images:]]
    lines = [_aligned(row, widths) for row in body]
    return "\n".join([_title(evaluation), evaluation.protocol.describe(), "", *lines, *_notes(evaluation)])


def markdown(evaluation: "Evaluation") -> str:
    """The same as a Markdown table between its title and its notes."""
    groups, names, *rows = _cells(evaluation)
    header = [f"{group} {name}".strip() for group, name in zip(_filled(groups), names, strict=True)]
    rule = ["---", *["---:"] * (len(names) - 1)]
    lines = [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]
    notes = [f"\n{note}" for note in _notes(evaluation)]
    return "\n".join([f"**{_title(evaluation)}**\n", f"{evaluation.protocol.describe()}\n", *lines, *notes])


def _title(evaluation: "Evaluation") -> str:
    count = len(evaluation.images)
    return f"{evaluation.set} x{evaluation.scale}, {count} image{'s'[: count > 1]}, {evaluation.model}"


def _cells(evaluation: "Evaluation") -> Iterator[Row]:
    metrics = evaluation.protocol.metrics
    blanks = [""] * (len(metrics) - 1)
    yield ["", BASELINE, *blanks, NETWORK, *blanks, "gain", *blanks]
    yield ["image", *(metric.upper() for _ in range(3) for metric in metrics)]
    for image in evaluation.images:
        yield [image.name, *_figures(image.methods, metrics)]
    yield ["mean", *_figures(evaluation.mean, metrics)]
    for row in _beside(evaluation):
        known = {NETWORK: row.figures, BASELINE: _baseline(evaluation, row)}
        yield [_label(evaluation, row), *_figures(known, metrics)]


def _figures(methods: Mapping[str, Figures], metrics: tuple[str, ...]) -> Iterator[str]:
    for method in (BASELINE, NETWORK):
        for metric in metrics:
            value = methods[method].get(metric)
            yield "-" if value is None else f"{value:.{_DECIMALS[metric]}f}"
    for metric in metrics:
        before, after = (methods[method].get(metric) for method in (BASELINE, NETWORK))
        # Between two identical pictures nothing can be gained: inf - inf.
        gain = math.nan if before is None or after is None else after - before
        yield f"{gain:+.{_DECIMALS[metric]}f}" if math.isfinite(gain) else "-"


def _beside(evaluation: "Evaluation") -> list[Published]:
    """Published figures that share the table's columns: of the paper's network and of this architecture."""
    own = f"srcnn {evaluation.architecture}"
    return [
        row for row in evaluation.published if row.method in (PAPER, own) or row.method.startswith(f"{own} ")
    ]


def _baseline(evaluation: "Evaluation", row: Published) -> Figures:
    for other in evaluation.published:
        if (other.method, other.protocol) == (BASELINE, row.protocol):
            return other.figures
    return {}


def _label(evaluation: "Evaluation", row: Published) -> str:
    same = row.protocol == evaluation.protocol.name
    return f"{row.method}, {row.status}" + ("" if same else f", {row.protocol}")


def _notes(evaluation: "Evaluation") -> Iterator[str]:
    shown = _beside(evaluation)
    others = [row for row in evaluation.published if not row.method.startswith(("srcnn", BASELINE))]
    if others:
        listed = ", ".join(f"{row.method} {_slashed(row.figures)}" for row in others)
        yield f"others, {others[0].status}: {listed}"
    for source in dict.fromkeys(row.source for row in shown + others):
        yield f"source: {source}"
    for protocol in dict.fromkeys(row.protocol for row in shown + others):
        if protocol != evaluation.protocol.name:
            yield f"figures on {protocol} follow another protocol: do not compare them with those above"


def _slashed(figures: Figures) -> str:
    return "/".join(f"{value:.{_DECIMALS[metric]}f}" for metric, value in figures.items())


def _aligned(row: Row, widths: list[int]) -> str:
    first, *numbers = (
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *numbers]).rstrip()


def _filled(groups: Row) -> Iterator[str]:
    """The name of the group in each of its columns, not only in the first."""
    last = ""
    for group in groups:
        last = group or last
        yield last
