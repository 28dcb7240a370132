"""What an evaluation returns: figures with everything that says what they mean."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from srcnn.evaluation.inference import NetworkUse
from srcnn.evaluation.metric_table import METRICS, said
from srcnn.evaluation.protocols import Protocol
from srcnn.evaluation.published import Published, published_rows
from srcnn.text_table import Row, aligned, csv_table, markdown_table


@dataclass(frozen=True)
class ImageScores:
    """Figures of one image: method (``bicubic``, ``jpeg``, ``srcnn``) to metric to value; PSNR in dB."""

    name: str
    methods: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on a set of images; ``str()`` is a table.

    Attributes:
        protocol: the conventions all figures were made under.
        scale: enlargement; None for restoration.
        model: the name on the model's card; ``""``, as the next two, where there was none.
        architecture: its kernel sizes, such as ``9-5-5``.
        digest: SHA-256 of the network's weights: which network exactly.
        set: the folder's name; published figures are looked up by it.
        images: in the order of their names.
        use: how the network was used; None where there was none.
        luma_range: the range of luma on the model's card; empty where it works on R, G and B, or is none.
    """

    protocol: Protocol
    scale: int | None
    model: str
    architecture: str
    digest: str
    set: str
    images: tuple[ImageScores, ...]
    use: NetworkUse | None = None
    luma_range: str = "studio"

    @property
    def title(self) -> str:
        """Set, scale, number of images and model in a few words."""
        count = len(self.images)
        words = [self.set + (f" x{self.scale}" if self.scale else ""), f"{count} image{'s'[: count > 1]}"]
        return ", ".join([*words, self.model] if self.model else words)

    def describe(self) -> str:
        """The protocol and how the network was used, a line each."""
        lines = [self.protocol.describe()]
        if self.use is not None:
            lines.append(self.use.describe(self.scale, self.luma_range))
        return "\n".join(lines)

    @property
    def mean(self) -> dict[str, dict[str, float]]:
        """Means over the images: method to metric to value. One identical image makes its PSNR ``inf``."""
        first = self.images[0].methods
        return {
            method: {
                metric: math.fsum(image.methods[method][metric] for image in self.images) / len(self.images)
                for metric in first[method]
            }
            for method in first
        }

    @property
    def published(self) -> tuple[Published, ...]:
        """Published figures for this set and scale; none where the number of images is another."""
        rows = published_rows(self.set, self.scale, self.protocol.quality)
        return tuple(row for row in rows if row.images == len(self.images))

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``; the infinite PSNR of identical pictures becomes None, ``null``."""
        return {
            "protocol": self.protocol.name,
            "conventions": self.protocol.to_json(),
            "description": self.describe(),
            "use": None if self.use is None else {**asdict(self.use), "passes": self.use.count(self.scale)},
            "scale": self.scale,
            "model": self.model,
            "architecture": self.architecture,
            "digest": self.digest,
            "set": self.set,
            "images": [{"name": image.name, **_finite(image.methods)} for image in self.images],
            "mean": _finite(self.mean),
            "published": [
                {
                    "method": row.method,
                    "protocol": row.protocol,
                    "status": row.status,
                    "source": row.source,
                    **row.figures,
                }
                for row in self.published
            ],
        }

    def to_csv(self) -> str:
        """A line for each image and method, and for the means, with the protocol in each."""
        return csv_text(self)

    def to_markdown(self) -> str:
        """The table of ``str()`` in Markdown."""
        return markdown(self)

    def __str__(self) -> str:

        return text(self)


def _finite(methods: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float | None]]:
    return {
        method: {metric: value if math.isfinite(value) else None for metric, value in figures.items()}
        for method, figures in methods.items()
    }


# JOINED: An evaluation as a table, plain, in Markdown or CSV: images, their mean, and published figures beside.

NETWORK = "srcnn"
PAPER = "srcnn 9-5-5"
"""The network of the paper's comparisons: its figures stand beside those of any other."""
_WIDEST = 12
"""Columns of figures of a table with a line for each image; beyond, each method gets a line of its own."""

Figures = Mapping[str, float]
Methods = Mapping[str, Figures]


def text(evaluation: "Evaluation") -> str:
    """Aligned columns under the title, the protocol and the network's use."""
    body = _wide(evaluation) if _fits(evaluation) else _long(evaluation)
    return "\n".join([evaluation.title, evaluation.describe(), "", body, *_notes(evaluation)])


def markdown(evaluation: "Evaluation") -> str:
    """The same as a Markdown table between its title and its notes."""
    if _fits(evaluation):
        groups, names, *rows = _wide_cells(evaluation)
        header = [f"{group} {name}".strip() for group, name in zip(_filled(groups), names, strict=True)]
        table = markdown_table(header, rows)
    else:
        header, *rows = _long_cells(evaluation)
        table = markdown_table(header, rows, words=(0, 1))
    described = evaluation.describe().replace("\n", "\n\n")
    notes = [f"\n{note}" for note in _notes(evaluation)]
    return "\n".join([f"**{evaluation.title}**\n", f"{described}\n", table, *notes])


def csv_text(evaluation: "Evaluation") -> str:
    """A line for each image and method, then for the means; all digits, and what the figures mean."""
    metrics = evaluation.protocol.metrics
    told = {
        "set": evaluation.set,
        "scale": evaluation.scale or "",
        "model": evaluation.model,
        "protocol": evaluation.protocol.name,
        "conventions": evaluation.describe().replace("\n", "; "),
    }
    rows = [(image.name, image.methods) for image in evaluation.images]
    lines = [
        [name, method, *(figures[metric] for metric in metrics), *told.values()]
        for name, methods in [*rows, ("mean", evaluation.mean)]
        for method, figures in methods.items()
    ]
    return csv_table(["image", "method", *metrics, *told], lines)


def _groups(evaluation: "Evaluation") -> list[str]:
    """Methods, and at the end the network's gain over what it was given."""
    methods = list(evaluation.images[0].methods)
    return [*methods, "gain"] if NETWORK in methods else methods


def _fits(evaluation: "Evaluation") -> bool:
    return len(_groups(evaluation)) * len(evaluation.protocol.metrics) <= _WIDEST


def _wide(evaluation: "Evaluation") -> str:
    rows = list(_wide_cells(evaluation))
    first = 2 + len(evaluation.images)
    return aligned(rows, (2, first))


def _wide_cells(evaluation: "Evaluation") -> Iterator[Row]:
    metrics, groups = evaluation.protocol.metrics, _groups(evaluation)
    blanks = [""] * (len(metrics) - 1)
    yield ["", *(cell for group in groups for cell in (group, *blanks))]
    yield ["image", *(_label(metric) for _ in groups for metric in metrics)]
    for name, methods in _lines(evaluation):
        yield [name, *(cell for group in groups for cell in _figures(methods, group, evaluation))]


def _long(evaluation: "Evaluation") -> str:
    rows = list(_long_cells(evaluation))
    each = len(_groups(evaluation))
    return aligned(rows, (1, 1 + each * len(evaluation.images)), words=(0, 1))


def _long_cells(evaluation: "Evaluation") -> Iterator[Row]:
    yield ["image", "method", *map(_label, evaluation.protocol.metrics)]
    for name, methods in _lines(evaluation):
        shown = name
        for group in _groups(evaluation):
            if group in methods or group == "gain":  # not every method has been published
                yield [shown, group, *_figures(methods, group, evaluation)]
                shown = ""


def _lines(evaluation: "Evaluation") -> Iterator[tuple[str, Methods]]:
    """Images, their mean, and what was published: a name, and method to figures."""
    for image in evaluation.images:
        yield image.name, image.methods
    yield "mean", evaluation.mean
    for row in _beside(evaluation):
        baseline = evaluation.protocol.baseline
        yield _named(evaluation, row), {NETWORK: row.figures, baseline: _baseline(evaluation, row)}


def _figures(methods: Methods, group: str, evaluation: "Evaluation") -> Iterator[str]:
    for metric in evaluation.protocol.metrics:
        if group == "gain":
            before, after = (methods[m].get(metric) for m in (evaluation.protocol.baseline, NETWORK))
            # Between two identical pictures nothing can be gained: inf - inf.
            gain = math.nan if before is None or after is None else after - before
            yield f"{gain:+.{METRICS[metric].decimals}f}" if math.isfinite(gain) else "-"
        else:
            value = methods.get(group, {}).get(metric)
            yield "-" if value is None else said(metric, value)


def _label(metric: str) -> str:
    return metric.upper().replace("_", "-")


def _beside(evaluation: "Evaluation") -> list[Published]:
    """Published figures that share the table's columns: of the paper's network and of this architecture."""
    if not evaluation.model:
        return []
    own = f"srcnn {evaluation.architecture}"
    return [
        row for row in evaluation.published if row.method in (PAPER, own) or row.method.startswith(f"{own} ")
    ]


def _baseline(evaluation: "Evaluation", row: Published) -> Figures:
    for other in evaluation.published:
        if (other.method, other.protocol) == (evaluation.protocol.baseline, row.protocol):
            return other.figures
    return {}


def _named(evaluation: "Evaluation", row: Published) -> str:
    same = row.protocol == evaluation.protocol.name
    return f"{row.method}, {row.status}" + ("" if same else f", {row.protocol}")


def _notes(evaluation: "Evaluation") -> Iterator[str]:
    own = ("srcnn", evaluation.protocol.baseline) if evaluation.model else ()
    shown = _beside(evaluation)
    others = [row for row in evaluation.published if not row.method.startswith(own)]
    for protocol in dict.fromkeys(row.protocol for row in others):
        rows = [row for row in others if row.protocol == protocol]
        label = rows[0].status + ("" if protocol == evaluation.protocol.name else f", {protocol}")
        listed = ", ".join(f"{row.method} {_slashed(row, evaluation)}" for row in rows)
        order = "/".join(_label(metric) for metric in _listed(evaluation))
        yield f"others, {label} ({order}): {listed}"
    for source in dict.fromkeys(row.source for row in shown + others):
        yield f"source: {source}"
    for protocol in dict.fromkeys(row.protocol for row in shown + others):
        if protocol != evaluation.protocol.name:
            yield f"figures on {protocol} follow another protocol: do not compare them with those above"


def _slashed(row: Published, evaluation: "Evaluation") -> str:
    figures = row.figures
    known = _listed(evaluation)
    return "/".join(said(metric, figures[metric]) if metric in figures else "-" for metric in known)


def _listed(evaluation: "Evaluation") -> list[str]:
    """The metrics that somebody has published here."""
    every = {metric for row in evaluation.published for metric in row.figures}
    return [metric for metric in evaluation.protocol.metrics if metric in every]


def _filled(groups: Row) -> Iterator[str]:
    """The name of the group in each of its columns, not only in the first."""
    last = ""
    for group in groups:
        last = group or last
        yield last
