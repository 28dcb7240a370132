"""What an evaluation returns: figures with everything that says what they mean, and published ones beside."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from srcnn.evaluation.inference import NetworkUse
from srcnn.evaluation.metric_table import (
    METRICS,
    figure_text,
    finite,
    mean_scores,
    metric_label,
    says_identical,
)
from srcnn.evaluation.protocols import Protocol
from srcnn.evaluation.published_figures import PAPER_METHOD, Published, published_rows
from srcnn.text_table import Cells, TabularResult, TextTable, csv_table

NETWORK = "srcnn"
_WIDEST = 12
"""Columns of figures of a table with a line for each image; beyond, each method gets a line of its own."""

Figures = Mapping[str, float]
Methods = Mapping[str, Figures]


@dataclass(frozen=True)
class ImageScores:
    """Figures of one image: method (``bicubic``, ``jpeg``, ``srcnn``) to metric to value; PSNR in dB."""

    name: str
    methods: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Evaluation(TabularResult):
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
        left_out: images that could not be measured: name to reason.
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
    left_out: Mapping[str, str] = field(default_factory=dict)

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
        if self.left_out:
            lines.append(f"left out: {'; '.join(self.left_out.values())}")
        return "\n".join(lines)

    @property
    def mean(self) -> dict[str, dict[str, float]]:
        """Means over the images: method to metric to value. One identical image makes its PSNR ``inf``."""
        return {
            method: mean_scores(image.methods[method] for image in self.images) for method in self.methods
        }

    @property
    def identical(self) -> dict[str, list[str]]:
        """Method to the images that it gives to the pixel, such as flat ones, whose PSNR is infinite."""
        found = {
            method: [image.name for image in self.images if _infinite(image.methods[method])]
            for method in self.methods
        }
        return {method: names for method, names in found.items() if names}

    def identical_notes(self) -> list[str]:
        """Sentences on those, with the mean of the others."""
        notes = []
        for method, names in self.identical.items():
            others = [image.methods[method] for image in self.images if image.name not in names]
            means = mean_scores(others) if others else {}
            infinite = [metric for metric, mean in self.mean[method].items() if says_identical(metric, mean)]
            shown = [f"{metric_label(m)} {figure_text(m, means[m])}" for m in infinite if m in means]
            rest = f"; mean of the others: {', '.join(shown)}" if shown else ""
            notes.append(f"{method} gives {', '.join(names)} to the pixel: infinite PSNR{rest}")
        return notes

    @property
    def methods(self) -> tuple[str, ...]:
        """Baselines, then the network or what else was measured."""
        return tuple(self.images[0].methods)

    @property
    def lines(self) -> list[tuple[str, Methods]]:
        """Every image, then the mean: a name, and method to figures."""
        return [*((image.name, image.methods) for image in self.images), ("mean", self.mean)]

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
            "images": [{"name": image.name, **_json(image.methods)} for image in self.images],
            "mean": _json(self.mean),
            "identical": self.identical,
            "left_out": dict(self.left_out),
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

    @property
    def facts(self) -> dict[str, object]:
        """What figures are of and mean, for each line of a CSV."""
        return {
            "set": self.set,
            "scale": self.scale or "",
            "model": self.model,
            "protocol": self.protocol.name,
            "conventions": self.describe().replace("\n", "; "),
        }

    def to_csv(self) -> str:
        """A line for each image and method, and for the means, with the protocol in each."""
        metrics, facts = self.protocol.metrics, self.facts
        rows = [
            [name, method, *(figures[metric] for metric in metrics), *facts.values()]
            for name, methods in self.lines
            for method, figures in methods.items()
        ]
        return csv_table(["image", "method", *metrics, *facts], rows)

    def table(self) -> TextTable:
        """Images, their mean, and published figures that share the columns."""
        metrics = list(map(metric_label, self.protocol.metrics))
        # The last is the network's gain over what it was given.
        groups = [*self.methods, "gain"] if NETWORK in self.methods else list(self.methods)
        count = len(self.images)
        if len(groups) * len(metrics) > _WIDEST:
            rows = [row for name, methods in self._all_lines() for row in self._long(name, methods, groups)]
            rules = (0, len(groups) * count)
            return TextTable([["image", "method", *metrics]], rows, rules, words=(0, 1))
        blanks = [""] * (len(metrics) - 1)
        header = [
            ["", *(cell for group in groups for cell in (group, *blanks))],
            ["image", *(metrics * len(groups))],
        ]
        rows = [
            [name, *(cell for group in groups for cell in self._cells(methods, group))]
            for name, methods in self._all_lines()
        ]
        return TextTable(header, rows, rules=(0, count))

    def _long(self, name: str, methods: Methods, groups: list[str]) -> Iterator[Cells]:
        # Not every method has been published.
        for number, group in enumerate(group for group in groups if group in methods or group == "gain"):
            yield ["" if number else name, group, *self._cells(methods, group)]

    def _cells(self, methods: Methods, group: str) -> Iterator[str]:
        for metric in self.protocol.metrics:
            if group == "gain":
                before, after = (methods[m].get(metric) for m in (self.protocol.baseline, NETWORK))
                # Between two identical images nothing can be gained: inf - inf.
                gain = math.nan if before is None or after is None else after - before
                yield f"{gain:+.{METRICS[metric].decimals}f}" if math.isfinite(gain) else "-"
            else:
                value = methods.get(group, {}).get(metric)
                yield "-" if value is None else figure_text(metric, value)

    def _all_lines(self) -> Iterator[tuple[str, Methods]]:
        yield from self.lines
        for row in self._comparable():
            label = f"{row.method}, {row.status}" + self._where(row.protocol)
            yield label, {NETWORK: row.figures, self.protocol.baseline: self._baseline(row)}

    def _comparable(self) -> list[Published]:
        """Published figures of the paper's network and of this architecture."""
        if not self.model:
            return []
        own = f"srcnn {self.architecture}"
        return [
            row
            for row in self.published
            if row.method in (PAPER_METHOD, own) or row.method.startswith(f"{own} ")
        ]

    def _baseline(self, row: Published) -> Figures:
        wanted = (self.protocol.baseline, row.protocol)
        return next((o.figures for o in self.published if (o.method, o.protocol) == wanted), {})

    def _where(self, protocol: str) -> str:
        return "" if protocol == self.protocol.name else f", {protocol}"

    def notes(self) -> list[str]:
        """Published figures of other methods, sources, and which figures follow another protocol."""
        own = ("srcnn", self.protocol.baseline) if self.model else ()
        others = [row for row in self.published if not row.method.startswith(own)]
        every = {metric for row in self.published for metric in row.figures}
        metrics = [metric for metric in self.protocol.metrics if metric in every]
        order = "/".join(map(metric_label, metrics))
        notes = self.identical_notes()
        for kind in dict.fromkeys((row.status, row.protocol) for row in others):
            rows = [row for row in others if (row.status, row.protocol) == kind]
            figures = ", ".join(f"{row.method} {_slashed(row, metrics)}" for row in rows)
            notes.append(f"others, {kind[0]}{self._where(kind[1])} ({order}): {figures}")
        shown = self._comparable() + others
        notes += [f"source: {source}" for source in dict.fromkeys(row.source for row in shown)]
        notes += [
            f"figures on {protocol} follow another protocol: do not compare them with those above"
            for protocol in dict.fromkeys(row.protocol for row in shown)
            if protocol != self.protocol.name
        ]
        return notes


def _infinite(figures: Figures) -> bool:
    return any(says_identical(metric, value) for metric, value in figures.items())


def _slashed(row: Published, metrics: list[str]) -> str:
    return "/".join(figure_text(m, row.figures[m]) if m in row.figures else "-" for m in metrics)


def _json(methods: Methods) -> dict[str, dict[str, float | None]]:
    return {method: finite(figures) for method, figures in methods.items()}
