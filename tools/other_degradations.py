"""What the shipped networks make of pictures that were made small in another way than they were trained for.

Usage: python tools/other_degradations.py [--data sets/] [--set Set5] [--model 9-5-5]

Luma under the authors' protocol but for how the low-resolution picture came about: PSNR of bicubic and of the
network, at every scale that there are weights for. Writes ``records/conventions/degradations-SET.json``.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from recording import RECORDS, table

from srcnn.atomic import write_bytes
from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.pair import Pair
from srcnn.data.pair_sources import PairRules
from srcnn.metrics import psnr
from srcnn.model import Model, load_model
from srcnn.zoo import list_models

WAYS: dict[str, tuple[str, ...]] = {
    "bicubic, as in training": ("shrink",),
    "the same, saved in 8 bits": ("shrink", "round"),
    "bicubic without antialiasing, as OpenCV's": ("shrink opencv-cubic", "round"),
    "area (mean of each square)": ("shrink nearest", "round"),
    "bilinear, antialiased": ("shrink bilinear", "round"),
    "Lanczos": ("shrink lanczos", "round"),
    "every n-th sample, no filter": ("subsample", "round"),
    "lens blur: Gaussian of 0.4 LR pixels, then area": ("blur {blur}", "shrink nearest", "round"),
    "lens blur and noise of 2 levels": ("blur {blur}", "shrink nearest", "noise 2", "round"),
    "bicubic and noise of 1 level": ("shrink", "noise 1", "round"),
    "bicubic and noise of 2 levels": ("shrink", "noise 2", "round"),
    "bicubic, then JPEG of quality 90": ("shrink", "jpeg 90"),
}
"""By what the table calls them, see `srcnn.data.degradations`."""
LENS = 0.4
"""Standard deviation of the lens blur in pixels of the small picture, close to a camera's own."""


def measure(model: Model, chain: tuple[str, ...], data: str, root: Path | None) -> dict[str, float]:
    """Mean PSNR in dB over a set of what bicubic and the network make of its degraded pictures."""
    scale = model.card.scale
    assert scale is not None
    steps = tuple(step.format(blur=f"{LENS * scale:g}") for step in chain)
    pairs = load_pairs(SetRequest(data, scale, rules=PairRules(degradation=steps)), root)
    results = [(_psnr(pair, pair.bicubic, scale), _psnr(pair, model(pair.bicubic), scale)) for pair in pairs]
    bicubic, network = (round(math.fsum(column) / len(column), 4) for column in zip(*results, strict=True))
    return {"bicubic": bicubic, "network": network}


def _psnr(pair: Pair, planes: Any, scale: int) -> float:
    levels = np.clip(np.floor(planes.astype(np.float64) * 255 + 0.5), 0, 255)
    return psnr(pair.hr.astype(np.float64), levels, data_range=255, crop_border=scale)


def degradations() -> str:
    """The record as a table: bicubic, network and gain at each scale, for each way of making small."""
    record = json.loads((RECORDS / "conventions" / "degradations-Set5.json").read_text(encoding="utf-8"))
    rows = [[row["way"], *map(_cell, row["models"].values())] for row in record["rows"]]
    return table(["how it was made small", *record["weights"]], rows)


def _cell(found: dict[str, float]) -> str:
    gain = found["network"] - found["bicubic"]
    return f"{found['bicubic']:.2f} to {found['network']:.2f} ({gain:+.2f})"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder that holds the image sets [SRCNN_DATA]")
    parser.add_argument("--set", default="Set5", help="which of them")
    parser.add_argument("--model", default="9-5-5", help="name of the weights without their scale")
    arguments = parser.parse_args()
    names = [e.name for e in list_models() if e.name.rpartition("-x")[0] == arguments.model]
    models = {name: load_model(name) for name in names}
    rows = []
    for way, chain in WAYS.items():
        found = {name: measure(m, chain, arguments.set, arguments.data) for name, m in models.items()}
        rows.append({"way": way, "degradation": list(chain), "models": found})
        print(way, found, flush=True)
    record = {
        "what": "mean PSNR of luma in dB, authors' protocol but for the degradation",
        "command": f"python tools/other_degradations.py --set {arguments.set} --model {arguments.model}",
        "set": arguments.set,
        "weights": {name: model.weights.digest for name, model in models.items()},
        "rows": rows,
    }
    path = RECORDS / "conventions" / f"degradations-{arguments.set}.json"
    write_bytes((json.dumps(record, indent=2) + "\n").encode(), path)


if __name__ == "__main__":
    main()
