"""Judge weights on held-out pictures: mean PSNR on the centres, as training does, set by set.

Usage: python tools/held_out.py runs/mine/weights.safetensors 9-5-5-x3 --data sets/
       python tools/held_out.py runs/mine/weights.safetensors --data sets/ --set Old-scans --set T91/10

``NAME/10`` takes every tenth picture, which is what recipes hold out. Choices between weights are made on
these figures; test sets are read by ``tools/ship.py``. Beside the gain over the input stands what the
network makes of white noise of one level, see `srcnn.evaluation.noise_gain`.
"""

import argparse
import sys
from pathlib import Path
from typing import cast

import torch

from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.pair_sources import PairRules
from srcnn.data.planes import PairColor
from srcnn.errors import SrcnnError
from srcnn.evaluation import noise_gain
from srcnn.model import load_model
from srcnn.training.dead_units import dead_share, dead_units, peaks
from srcnn.training.network import Srcnn, load_into
from srcnn.training.validation import prepare_watch, scores
from srcnn.weights import Weights

SETS = {"upscale": ("General-100/10", "BSDS500-train/10"), "restore": ("General-100/10", "DIV2K-test-x4/10")}
"""What recipes hold out."""


def judge(weights: Weights, sets: list[str], data: Path | None) -> list[tuple[str, float, float, float]]:
    """For each set its name, the input's PSNR, the network's, and the share of dead units."""
    card = weights.card
    color = "grey" if card.luma_range == "full" and card.color == "y" else cast("PairColor", card.color)
    rows = []
    for name in sets:
        folder, _, every = name.partition("/")
        request = SetRequest(
            folder,
            card.scale or 1,
            every=int(every or 1),
            rules=PairRules(color=color, degradation=tuple(card.degradation)),
        )
        watch = prepare_watch(load_pairs(request, data), card.scale or 1)
        network = _network(weights)
        with peaks(network) as found:
            _, psnr = scores(network, watch)
        rows.append((name, watch.bicubic, psnr, dead_share(dead_units(found))))
    return rows


def _network(weights: Weights) -> Srcnn:
    network = Srcnn(weights.architecture)
    load_into(network, weights)
    return network


def main() -> None:
    """Print a line for each of the weights and sets."""
    parser = argparse.ArgumentParser(description="Judge weights on held-out pictures.")
    parser.add_argument("weights", nargs="+", help="files, or names of shipped weights")
    parser.add_argument("--data", type=Path, help="folder of image sets [SRCNN_DATA]")
    parser.add_argument("--set", action="append", dest="sets", help="a set, or every n-th picture as NAME/N")
    options = parser.parse_args()
    for name in options.weights:
        model = load_model(name)
        gain, weights = f"noise gain {noise_gain(model):.3f}", model.weights
        for label, before, psnr, dead in judge(
            weights, options.sets or list(SETS[weights.card.task]), options.data
        ):
            change = f"{before:.4f} to {psnr:.4f}, {psnr - before:+.4f}"
            print(f"{name}  {label:18} {change}; dead {dead:.1%}; {gain}")


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    try:
        main()
    except SrcnnError as error:
        sys.exit(f"held_out: {error}")
