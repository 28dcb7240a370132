"""One model on the same pictures under every protocol: which convention makes which difference."""

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from srcnn.errors import SrcnnError, UsageError
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.evaluation.inference import NetworkUse, space_of
from srcnn.evaluation.measurement import NETWORK, check_request, evaluate, load_for
from srcnn.evaluation.metric_table import figure_text, metric_label
from srcnn.evaluation.protocols import AUTHORS, BLUR, JPEG, PROTOCOLS, Protocol, find_protocol
from srcnn.evaluation.result import Evaluation
from srcnn.model import AnyModel, Model
from srcnn.text_table import TabularResult, TextTable, csv_table
from srcnn.types import Progress


@dataclass(frozen=True)
class Explanation(TabularResult):
    """Evaluations of one model on the same pictures; the first is what the others are compared with."""

    evaluations: tuple[Evaluation, ...]

    @property
    def first(self) -> Evaluation:
        """What the others are compared with."""
        return self.evaluations[0]

    @property
    def title(self) -> str:
        """That of the first."""
        return self.first.title

    def describe(self) -> str:
        """What the figures of the first mean."""
        return self.first.describe()

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``."""
        return {"explain": [evaluation.to_json() for evaluation in self.evaluations]}

    def to_csv(self) -> str:
        """A line for each protocol, all digits."""
        names = [f"{method} {metric}" for method, metric in self._columns]
        # The protocol stands in front, with the way in which the network is used.
        facts = [name for name in self.first.facts if name != "protocol"]
        rows = [
            [
                _name(evaluation),
                _changes(evaluation, self.first),
                *(evaluation.mean[method][metric] for method, metric in self._columns),
                *(evaluation.facts[name] for name in facts),
            ]
            for evaluation in self.evaluations
        ]
        return csv_table(["protocol", "changes", *names, *facts], rows)

    def table(self) -> TextTable:
        """A line for each protocol: means, their change against the first, and what the protocol changes."""
        names = [
            name
            for method, metric in self._columns
            for name in (f"{method} {metric_label(metric)}", "change")
        ]
        header = ["protocol", *names, "what it changes"]
        rows = [
            [_name(one), *(cell for cells in self._cells(one) for cell in cells), _changes(one, self.first)]
            for one in self.evaluations
        ]
        return TextTable([header], rows, rules=(0, 1), words=(0, len(header) - 1))

    def _cells(self, evaluation: Evaluation) -> Iterator[tuple[str, str]]:
        for method, metric in self._columns:
            value = evaluation.mean[method][metric]
            change = value - self.first.mean[method][metric]
            shown = math.isfinite(change) and evaluation is not self.first
            sign = "" if change < 0 else "+"
            yield figure_text(metric, value), f"{sign}{figure_text(metric, change)}" if shown else ""

    @property
    def _columns(self) -> list[tuple[str, str]]:
        methods = (self.first.protocol.baseline, NETWORK)
        metrics = self.first.protocol.metrics
        return [(method, metric) for method in methods if method in self.first.mean for metric in metrics]


def explain(
    model: AnyModel | None,
    data: str | os.PathLike[str],
    scale: float | None = None,
    *,
    use: NetworkUse | None = None,
    metrics: Iterable[str] | None = None,
    protocol: Protocol | str = AUTHORS,
    engine: str | None = None,
    skip_unreadable: bool = False,
    progress: Progress | None = None,
) -> Explanation:
    """Measure a model under every protocol of one task, and compare with the first that can measure it.

    A network of three planes is not measured where luma alone of coloured pictures is damaged. Where the
    luma of a protocol is in another range than the network's, both uses are shown: converted for the
    network, and as it is.

    ``protocol`` gives the task, and the quality of JPEG or the width of the blur; ``metrics`` are PSNR and
    SSIM by default; ``progress`` counts images over all protocols. The other arguments are as in
    `srcnn.evaluate`.

    Returns:
        Evaluations, sorted by what they change; ``print`` shows a table.

    Raises:
        SrcnnError: as `srcnn.evaluate`; a `UsageError` where no protocol of the task can measure the model.
    """
    chosen = find_protocol(protocol)
    wanted = tuple(metrics) if metrics is not None else ("psnr", "ssim")
    use = use or NetworkUse()
    _, factor = check_request(chosen, scale, wanted)
    net = None if model is None else load_for(model, factor, chosen, use, None)
    plan = []
    for known in PROTOCOLS.values():
        if known.baseline != chosen.baseline:
            continue
        known = replace(known, quality=chosen.quality, sigma=chosen.sigma)
        if net is not None and not _takes(known, net, data):
            continue
        plan.append((known, use))
        converted = net is not None and net.card.color != "rgb" and net.card.luma_range != known.luma_range
        if converted and use.luma == "card":
            plan.append((known, replace(use, luma="as-is")))
    if not plan and net is not None:
        raise UsageError(f"expected weights for luma under the protocol {chosen.name}, got {net.card.name}")
    done = 0

    def report(images: int, total: int) -> None:
        if progress is not None:
            progress(done * total + images, len(plan) * total)

    evaluations = []
    for known, way in plan:
        evaluations.append(
            evaluate(
                net,
                data,
                scale,
                protocol=known,
                use=way,
                metrics=wanted,
                engine=engine,
                skip_unreadable=skip_unreadable,
                progress=report,
            )
        )
        done += 1
    return Explanation(tuple(evaluations))


def _takes(protocol: Protocol, net: Model, data: str | os.PathLike[str]) -> bool:
    """Whether a protocol measures a network on these pictures; `evaluate` tells of unreadable ones."""
    space = space_of(net)
    if space == "y" or not protocol.damages_luma_alone:
        return True  # no picture has to be looked at
    for path in find_pictures(data)[1].values():
        with suppress(SrcnnError):
            if not Case(read_eight_bit(path), protocol, None).takes(space):
                return False
    return True


def changes(protocol: Protocol, beside: Protocol | None = None) -> str:
    """In words, what a protocol changes of another, by default that of its task: ``""`` if nothing."""
    (default,) = (known for known in (AUTHORS, JPEG, BLUR) if known.baseline == protocol.baseline)
    others = (beside or default).conventions()
    return "; ".join(words for field, words in protocol.conventions().items() if words != others[field])


def _name(evaluation: Evaluation) -> str:
    as_is = evaluation.use is not None and evaluation.use.luma == "as-is"
    return evaluation.protocol.name + (", luma as-is" if as_is else "")


def _changes(evaluation: Evaluation, first: Evaluation) -> str:
    changed = changes(evaluation.protocol, first.protocol)
    words = [changed] if changed else []
    if evaluation.use is not None:
        own = evaluation.protocol.luma_range
        if evaluation.use.luma == "as-is":
            words.append("the network gets it as it is")
        elif evaluation.luma_range and own != evaluation.luma_range:
            words.append(f"converted to {evaluation.luma_range} range for the network")
    return "; ".join(words)
