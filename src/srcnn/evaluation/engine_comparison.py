"""One network by several engines: the figures of each, and how far apart what they compute is.

The form is that of a NumPy re-implementation that printed, per picture, PSNR, SSIM and MSE of bicubic, its
framework and its own loops to six decimals, with the improvement in percent.
"""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from srcnn.color import Color, rounded
from srcnn.errors import UsageError
from srcnn.evaluation.case import Case
from srcnn.evaluation.inference import NetworkUse, apply_network, luma_range_of
from srcnn.evaluation.measurement import (
    baseline_methods,
    check_request,
    load_for,
    measure,
)
from srcnn.evaluation.metric_table import METRICS, metric_label
from srcnn.evaluation.protocols import AUTHORS, Protocol
from srcnn.evaluation.result import Evaluation
from srcnn.model import AnyModel
from srcnn.text_table import TabularResult, TextTable, csv_table
from srcnn.types import Floats, Progress

_DECIMALS = 6


@dataclass(frozen=True)
class Difference:
    """How far an engine's planes are from the first engine's, on one picture or the worst of several.

    Attributes:
        levels: largest difference before rounding, in grey levels of 255.
        pixels: how many samples differ once they are rounded to 8 bits.
    """

    levels: float
    pixels: int


@dataclass(frozen=True)
class EngineComparison(TabularResult):
    """Figures of one network by several engines; ``str()`` is a table.

    Attributes:
        evaluation: its methods are the baseline and the engines.
        engines: in the order asked for; the others are compared with the first.
        differences: image to engine to difference, for all engines but the first.
    """

    evaluation: Evaluation
    engines: tuple[str, ...]
    differences: dict[str, dict[str, Difference]]

    @property
    def largest(self) -> Difference:
        """The largest difference of all images and engines, and the samples that differ in all."""
        every = [difference for image in self.differences.values() for difference in image.values()]
        return Difference(max(d.levels for d in every), sum(d.pixels for d in every))

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``: those of the evaluation, and the differences."""
        differences = {
            image: {engine: vars(difference) for engine, difference in engines.items()}
            for image, engines in self.differences.items()
        }
        return {
            **self.evaluation.to_json(),
            "engines": list(self.engines),
            "differences": differences,
            "largest_difference": vars(self.largest),
        }

    @property
    def title(self) -> str:
        """That of the evaluation."""
        return self.evaluation.title

    def describe(self) -> str:
        """What the figures mean."""
        return self.evaluation.describe()

    def notes(self) -> list[str]:
        """The largest difference."""
        largest = self.largest
        return [
            "",
            f"largest difference between {' and '.join(self.engines)}: {largest.levels:.2e} grey levels of "
            f"255; {largest.pixels} sample{'s'[: largest.pixels != 1]} differ once rounded to 8 bits",
            *self.evaluation.identical_notes(),
        ]

    def to_csv(self) -> str:
        """The rows of the table, all digits, with the protocol in each."""
        labels = map(metric_label, self.evaluation.protocol.metrics)
        names = [name for label in labels for name in (label, f"{label} gain %")]
        facts = self.evaluation.facts
        rows = []
        for name, method, figures in self._figures():
            found = self.differences.get(name, {}).get(method)
            apart = ("", "") if found is None else (found.levels, found.pixels)
            rows.append([name, method, *(x for pair in figures for x in pair), *apart, *facts.values()])
        return csv_table(["image", "method", *names, "difference", "samples", *facts], rows)

    def table(self) -> TextTable:
        """A line for each image and method: figures to six decimals, gains in percent, and the difference."""
        baseline = self.evaluation.protocol.baseline
        rows = []
        for name, method, figures in self._figures():
            cells = []
            for value, gain in figures:
                better = f"{gain:+.{_DECIMALS}f}" if math.isfinite(gain) else "-"
                cells += [f"{value:.{_DECIMALS}f}", "" if method == baseline else better]
            found = self.differences.get(name, {}).get(method)
            cells += ["", ""] if found is None else [f"{found.levels:.2e}", str(found.pixels)]
            rows.append([name if method == baseline else "", method, *cells])
        rules = range(0, len(rows), 1 + len(self.engines))
        labels = map(metric_label, self.evaluation.protocol.metrics)
        names = [name for label in labels for name in (label, "gain %")]
        return TextTable([["image", "method", *names, "difference", "samples"]], rows, rules, words=(0, 1))

    def _figures(self) -> Iterator[tuple[str, str, list[tuple[float, float]]]]:
        """Image, method, and per metric the figure and its improvement in percent."""
        protocol = self.evaluation.protocol
        for name, methods in self.evaluation.lines:
            before = methods[protocol.baseline]
            for method, values in methods.items():
                yield name, method, [(values[m], _percent(m, before[m], values[m])) for m in protocol.metrics]


def compare_engines(
    model: AnyModel,
    data: str | os.PathLike[str],
    scale: float | None = None,
    *,
    engines: Sequence[str] = ("native", "numpy"),
    protocol: Protocol | str = AUTHORS,
    use: NetworkUse | None = None,
    metrics: Iterable[str] | None = ("psnr", "ssim", "mse"),
    skip_unreadable: bool = False,
    progress: Progress | None = None,
) -> EngineComparison:
    """Measure one network by several engines.

    ``engines`` are at least two different ones of `srcnn.engines.ENGINES`; the other arguments are as in
    `srcnn.evaluate`.

    Raises:
        SrcnnError: as `srcnn.evaluate`; a `UsageError` for fewer than two engines, or one named twice.
    """
    if len(engines) < 2 or len(set(engines)) < len(engines):
        raise UsageError(f"expected at least two different engines to compare, got {', '.join(engines)!r}")
    protocol, factor = check_request(protocol, scale, metrics)
    use = use or NetworkUse()
    nets = {name: load_for(model, factor, protocol, use, name) for name in engines}
    methods = baseline_methods(protocol, ())
    differences: list[dict[str, Difference]] = []
    planes: dict[str, Floats] = {}
    first = engines[0]

    def run(case: Case, name: str) -> tuple[Floats, Color]:
        planes[name], space = apply_network(case, nets[name], use)
        if name == first:
            differences.append({})
        else:
            differences[-1][name] = _difference(planes[first], planes[name])
        return planes[name], space

    methods |= {name: partial(run, name=name) for name in engines}
    set_name, images, left_out = measure(
        data, factor, protocol, methods, skip_unreadable=skip_unreadable, progress=progress
    )
    net = nets[first]
    evaluation = Evaluation(
        protocol=protocol,
        scale=factor,
        model=net.card.name,
        architecture=net.architecture.name,
        digest=net.weights.digest,
        set=set_name,
        images=images,
        use=use,
        luma_range=luma_range_of(net),
        left_out=left_out,
    )
    names = [image.name for image in images]
    return EngineComparison(evaluation, tuple(engines), dict(zip(names, differences, strict=True)))


def _difference(first: Floats, second: Floats) -> Difference:
    levels = np.abs(first.astype(np.float64) - second.astype(np.float64)).max() * 255
    return Difference(float(levels), int(np.count_nonzero(rounded(first) != rounded(second))))


def _percent(metric: str, before: float, after: float) -> float:
    """How much better, in percent of what there was; nan where there was nothing or everything."""
    if not np.isfinite([before, after]).all() or before == 0:
        return float("nan")
    gain = after - before if METRICS[metric].rises else before - after
    return 100 * gain / abs(before)
