"""Ship a finished run: measure it once on the test sets, write its record, put its weights into the zoo.

Usage: python tools/ship.py runs/modern-9-5-5-x3

Test sets are read here and nowhere else in a model's making, once it is finished. They are found under
``SRCNN_DATA``. Writes ``records/NAME/`` (recipe, log, record, an evaluation for each set),
``src/srcnn/zoo/NAME.safetensors``, whose card then holds the figures, and the hashes of all shipped weights.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from recording import copy_run, write_evaluation

from srcnn.atomic import write_bytes
from srcnn.errors import SrcnnError
from srcnn.evaluation import Evaluation, evaluate
from srcnn.evaluation.run import default_protocol
from srcnn.weights import load_weights, save_weights
from srcnn.zoo import SUMS, sums

ROOT = Path(__file__).parents[1]
ZOO = ROOT / "src" / "srcnn" / "zoo"
TEST_SETS = {"bicubic": ("Set5", "Set14", "BSD200"), "jpeg": ("Classic5",), "blurred": ("Set5", "Set14")}
"""Which sets tell how well a kind of damage is undone, by what the network is given."""
LICENCE = "MIT; trained on research image sets (see data), whose own terms ask for non-commercial use"


def ship(run: Path) -> None:
    """Measure, record and ship the run in the folder ``run``."""
    weights = load_weights(run / "weights.safetensors")
    name = weights.card.name
    record = ROOT / "records" / name
    copy_run(run, record)
    figures: dict[str, Any] = dict(weights.card.figures)
    for data in TEST_SETS[default_protocol(weights, weights.card.scale).baseline]:
        result = evaluate(weights, data, weights.card.scale)
        write_evaluation(result, record / f"{data}.json")
        figures[data] = _card_figures(result)
        print(f"{name} {data}: {figures[data]}")
    card = replace(weights.card, figures=figures, licence=LICENCE)
    save_weights(replace(weights, card=card), ZOO / f"{name}.safetensors")
    write_bytes(sums(ZOO).encode(), ZOO / SUMS)


def _card_figures(result: Evaluation) -> dict[str, Any]:
    mean: Mapping[str, Mapping[str, float]] = result.mean
    protocol, given = result.protocol, result.protocol.baseline
    decimals = {"ssim": 5}
    return {
        "protocol": protocol.name,
        **({} if protocol.quality is None else {"quality": protocol.quality}),
        **({} if protocol.sigma is None else {"sigma": protocol.sigma}),
        **{metric: round(figure, decimals.get(metric, 4)) for metric, figure in mean["srcnn"].items()},
        given: round(mean[given]["psnr"], 4),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure, record and ship a finished run.")
    parser.add_argument("run", type=Path, help="folder of a finished run")
    try:
        ship(parser.parse_args().run)
    except SrcnnError as error:
        sys.exit(f"ship: {error}")
