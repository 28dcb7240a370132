"""One model on the same pictures under every protocol: which convention makes which difference."""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from srcnn.evaluation.inference import NetworkUse
from srcnn.evaluation.measurement import NETWORK, AnyModel, check_request, evaluate
from srcnn.evaluation.metric_table import said
from srcnn.evaluation.protocols import AUTHORS, BLUR, JPEG, PROTOCOLS, Protocol, find_protocol
from srcnn.evaluation.result import Evaluation
from srcnn.model import load_model
from srcnn.text_table import Row, aligned, csv_table, markdown_table
from srcnn.types import Progress


@dataclass(frozen=True)
class Explanation:
    """Evaluations of one model on the same pictures, that of the default protocol first."""

    evaluations: tuple[Evaluation, ...]

    @property
    def first(self) -> Evaluation:
        """What the others are compared with."""
        return self.evaluations[0]

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``."""
        return {"explain": [evaluation.to_json() for evaluation in self.evaluations]}

    def to_csv(self) -> str:
        """A line for each protocol, all digits."""
        names = [f"{method} {metric}" for method in self._methods for metric in self._metrics]
        rows = [
            [
                _name(evaluation),
                _changes(evaluation),
                *(evaluation.mean[method][metric] for method in self._methods for metric in self._metrics),
                evaluation.describe().replace("\n", "; "),
            ]
            for evaluation in self.evaluations
        ]
        return csv_table(["protocol", "changes", *names, "conventions"], rows)

    def to_markdown(self) -> str:
        """The table of ``str()`` in Markdown."""
        header, *rows = self._cells()
        described = self.first.describe().replace("\n", "\n\n")
        return (
            f"**{self.first.title}**\n\n{described}\n\n{markdown_table(header, rows, (0, len(header) - 1))}"
        )

    def __str__(self) -> str:
        rows = list(self._cells())
        table = aligned(rows, (1, 2), (0, len(rows[0]) - 1))
        return "\n".join([self.first.title, self.first.describe(), "", table])

    @property
    def _methods(self) -> list[str]:
        methods = self.first.mean
        return [method for method in (self.first.protocol.baseline, NETWORK) if method in methods]

    @property
    def _metrics(self) -> tuple[str, ...]:
        return self.first.protocol.metrics

    def _cells(self) -> Iterable[Row]:
        names = [metric.upper().replace("_", "-") for metric in self._metrics]
        columns = [cell for name in names for cell in (name, "change")]
        headers = [
            cell if cell == "change" else f"{method} {cell}" for method in self._methods for cell in columns
        ]
        yield ["protocol", *headers, "what it changes"]
        first = self.first.mean
        for evaluation in self.evaluations:
            cells: list[str] = []
            for method in self._methods:
                for metric in self._metrics:
                    value = evaluation.mean[method][metric]
                    change = value - first[method][metric]
                    shown = math.isfinite(change) and evaluation is not self.first
                    cells += [said(metric, value), _signed(metric, change) if shown else ""]
            yield [_name(evaluation), *cells, _changes(evaluation)]


def explain(
    model: AnyModel | None,
    data: str | os.PathLike[str],
    scale: float | None = None,
    *,
    use: NetworkUse | None = None,
    metrics: Iterable[str] | None = None,
    protocol: Protocol | str = AUTHORS,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Measure a model under every protocol of one task.

    Where the luma of a protocol is in another range than the network's, both uses are shown: converted for
    the network, and as it is.

    Args:
        model: see `evaluate`, as the others.
        data: see `evaluate`.
        scale: see `evaluate`.
        use: how the network is used.
        metrics: what to measure; otherwise PSNR and SSIM.
        protocol: gives the task, and the quality of JPEG or the width of the blur.
        engine: see `evaluate`.
        progress: called with (images done, images in all), over all protocols.

    Returns:
        Evaluations, sorted by what they change; ``print`` shows a table.

    Raises:
        SrcnnError: see `evaluate`.
    """
    chosen = find_protocol(protocol)
    wanted = tuple(metrics) if metrics is not None else ("psnr", "ssim")
    use = use or NetworkUse()
    _, factor = check_request(chosen, scale, wanted)
    net = None if model is None else load_model(model, factor and factor ** (1 / use.count(factor)))
    plan = []
    for known in PROTOCOLS.values():
        if known.baseline != chosen.baseline:
            continue
        known = replace(known, quality=chosen.quality, sigma=chosen.sigma)
        plan.append((known, use))
        converted = net is not None and net.card.color != "rgb" and net.card.luma_range != known.luma_range
        if converted and use.luma == "card":
            plan.append((known, replace(use, luma="as-is")))
    done = 0

    def report(images: int, total: int) -> None:
        if progress is not None:
            progress(done * total + images, len(plan) * total)

    evaluations = []
    for known, way in plan:
        evaluations.append(
            evaluate(
                net, data, scale, protocol=known, use=way, metrics=wanted, engine=engine, progress=report
            )
        )
        done += 1
    return Explanation(tuple(evaluations))


def changes(protocol: Protocol) -> str:
    """In words, what a protocol changes of the default one of its task: ``""`` if nothing."""
    (default,) = (known for known in (AUTHORS, JPEG, BLUR) if known.baseline == protocol.baseline)
    defaults = default.conventions()
    return "; ".join(words for field, words in protocol.conventions().items() if words != defaults[field])


def _name(evaluation: Evaluation) -> str:
    as_is = evaluation.use is not None and evaluation.use.luma == "as-is"
    return evaluation.protocol.name + (", luma as-is" if as_is else "")


def _changes(evaluation: Evaluation) -> str:
    words = [changes(evaluation.protocol)] if changes(evaluation.protocol) else []
    if evaluation.use is not None:
        own = evaluation.protocol.luma_range
        if evaluation.use.luma == "as-is":
            words.append("the network gets it as it is")
        elif evaluation.luma_range and own != evaluation.luma_range:
            words.append(f"converted to {evaluation.luma_range} range for the network")
    return "; ".join(words)


def _signed(metric: str, change: float) -> str:
    return ("" if change < 0 else "+") + said(metric, change)
