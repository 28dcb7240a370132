"""Ship a finished run: measure it once on the test sets, write its record, put its weights into the zoo.

Usage: python tools/ship.py runs/modern-9-5-5-x3
       python tools/ship.py runs/modern-11-5-7-x3 --best

Shipped weights are stored in half precision, and what is measured are these, not what the run left. Test sets
are read here and nowhere else in a model's making, once it is finished; they are found under ``SRCNN_DATA``.
Writes ``records/NAME/`` (recipe, log, record, an evaluation for each set, and of the mean over flips and
rotations for some), ``src/srcnn/shipped/NAME.safetensors``, whose card then holds the figures, and the hashes
of all shipped weights. With ``--best`` the weights become what ``--model best`` means for their scale. The
record of the weights whose place they take moves to ``records/former/``.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from recording import FORMER, RECORDS, copy_run, read_record, write_evaluation

from srcnn.atomic import write_bytes
from srcnn.errors import SrcnnError
from srcnn.evaluation import Evaluation, NetworkUse, evaluate, noise_gain
from srcnn.evaluation.measurement import choose_protocol
from srcnn.model import Model
from srcnn.weights import Weights, half_precision, load_weights, save_weights
from srcnn.zoo import SUMS, ZooEntry, list_models, sums

ROOT = Path(__file__).parents[1]
ZOO = ROOT / "src" / "srcnn" / "shipped"
TEST_SETS = {
    "authors": ("Set5", "Set14", "BSD200"),
    "jpeg": ("Classic5",),
    "jpeg-rgb": ("Set5", "Set14"),
    "blur": ("Set5", "Set14"),
}
"""Which sets tell how well a network does what it is for, by the protocol that measures it."""
ENSEMBLE_SETS = {"authors": ("Set5", "Set14")}
"""Where the mean over eight flips and rotations is measured as well."""
LICENCE = "MIT; trained on research image sets (see data) with terms of their own, see LICENSE-weights.md"


def ship(run: Path, *, best: bool = False, change: str | None = None) -> None:
    """Measure, record and ship the run in the folder ``run``; ``change`` says what was new in it."""
    trained = load_weights(run / "weights.safetensors")
    weights = half_precision(trained)
    results = measure(weights)  # before anything is written: a broken-off shipment leaves what was there
    record = RECORDS / weights.card.name
    _make_room(record, trained)
    copy_run(run, record)
    if change:
        _add_facts(record, {"change": change})
    publish(weights, trained.digest, results, record, best=best)


def measure(weights: Weights) -> dict[str, Evaluation]:
    """Evaluations by the name of their file in a record."""
    scale = weights.card.scale
    protocol = choose_protocol("", None, weights, scale)
    results: dict[str, Evaluation] = {}
    for data in TEST_SETS[protocol.name]:
        results[data] = evaluate(weights, data, scale)
        print(f"{weights.card.name} {data}: {_card_figures(results[data])}", flush=True)
    if protocol.name == "jpeg-rgb":  # beside what restoring luma alone brings
        luma = weights.card.name.replace("-rgb-", "-")
        for data in TEST_SETS[protocol.name]:
            results[f"{data}-luma"] = evaluate(luma, data, protocol=protocol)
    for data in ENSEMBLE_SETS.get(protocol.name, ()):
        results[f"{data}-ensemble"] = evaluate(weights, data, scale, use=NetworkUse(ensemble=True))
    return results


def publish(
    weights: Weights, trained: str, results: dict[str, Evaluation], record: Path, *, best: bool = False
) -> None:
    """Put rounded weights into the zoo, and what was measured beside the run in the folder ``record``.

    Args:
        weights: what is shipped.
        trained: digest of the weights that they are rounded from.
        results: see `measure`.
        record: the folder of the run's record.
        best: let ``--model best`` mean these weights.
    """
    for name, result in results.items():
        write_evaluation(result, record / f"{name}.json")
    digests = {"sha256": weights.digest, "rounded_from": trained}
    _add_facts(record, {"shipped": {"precision": "float16", **digests}})
    # What takes the place of the best weights of a scale is the best in its turn: it was shipped for that.
    former = [entry for entry in list_models() if entry.card.best and entry.card.scale == weights.card.scale]
    best = best or any(entry.name == weights.card.name for entry in former)
    for entry in former if best else ():
        _dethrone(entry)
    gain = {"noise_gain": round(noise_gain(Model(weights)), 3)}
    measured = {result.set: _card_figures(result) for name, result in results.items() if name == result.set}
    card = replace(
        weights.card, figures={**weights.card.figures, **measured, **gain}, licence=LICENCE, best=best
    )
    save_weights(replace(weights, card=card), ZOO / f"{card.name}.safetensors", half=True)
    write_bytes(sums(ZOO).encode(), ZOO / SUMS)


def _make_room(record: Path, trained: Weights) -> None:
    """Move the record of other weights under the same name away."""
    if not record.exists():
        return
    shipped = read_record(record.name, "record.json")["shipped"]
    if shipped["rounded_from"] != trained.digest:
        FORMER.mkdir(exist_ok=True)
        record.rename(FORMER / f"{record.name}-{shipped['sha256'][:7]}")


def _dethrone(entry: ZooEntry) -> None:
    weights = load_weights(entry.path)
    exact = half_precision(weights).digest == weights.digest
    save_weights(replace(weights, card=replace(entry.card, best=False)), entry.path, half=exact)


def _add_facts(record: Path, facts: dict[str, Any]) -> None:
    content = read_record(record.name, "record.json") | facts
    write_bytes((json.dumps(content, indent=2) + "\n").encode(), record / "record.json")


def _card_figures(result: Evaluation) -> dict[str, Any]:
    mean: Mapping[str, Mapping[str, float]] = result.mean
    protocol, baseline = result.protocol, result.protocol.baseline
    decimals = {"ssim": 5}
    return {
        "protocol": protocol.name,
        **({} if protocol.quality is None else {"quality": protocol.quality}),
        **({} if protocol.sigma is None else {"sigma": protocol.sigma}),
        **{metric: round(figure, decimals.get(metric, 4)) for metric, figure in mean["srcnn"].items()},
        baseline: round(mean[baseline]["psnr"], 4),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure, record and ship a finished run.")
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--best", action="store_true", help="let --model best mean these weights")
    parser.add_argument("--change", help="what was new in it, in a phrase [the recipe's description]")
    options = parser.parse_args()
    try:
        ship(options.run, best=options.best, change=options.change)
    except SrcnnError as error:
        sys.exit(f"ship: {error}")
