"""How far the native engine is from float64: every shipped network, on pictures and on hard planes.

Pictures are those of the test sets as the network is given them: made small and enlarged again, compressed at
its JPEG quality, or blurred. Of a large set every so many-th picture is taken. Differences are in grey levels
of 255, the largest of all pixels of a set.

    python benchmarks/exactness.py [--data sets/] [--models NAMES] [--bsd200-every 10] [--json]
"""

import argparse
import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a process for each core does better

import numpy as np
from plain_network import in_float64

from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.pair_sources import PairRules
from srcnn.data.planes import PairColor
from srcnn.engines.native import NativeEngine
from srcnn.parallel import map_in_order
from srcnn.system import processor, usable_cores
from srcnn.text_table import markdown_table
from srcnn.tiling import ALL_EDGES
from srcnn.types import Planes
from srcnn.weights import Weights, load_weights
from srcnn.zoo import find_model, list_models

SIDE = 96
"""Of a hard plane."""
OVERSHOOT = 0.1
"""What bicubic adds beside an edge from black to white, at most, on both sides."""


def hard_planes() -> dict[str, Planes]:
    """(SIDE, SIDE) float32 each: planes whose neighbours differ as much as they can."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    rng = np.random.default_rng(0)
    binary = rng.integers(0, 2, (SIDE, SIDE))
    planes = {
        "checkerboard": (rows + columns) % 2,
        "checkerboard of 2": (rows // 2 + columns // 2) % 2,
        "checkerboard of 4": (rows // 4 + columns // 4) % 2,
        "stripes": columns % 2,
        "stripes across": rows % 2,
        "noise": rng.random((SIDE, SIDE)),
        "black and white noise": binary,
        "checkerboard, overshot": (1 + 2 * OVERSHOOT) * ((rows + columns) % 2) - OVERSHOOT,
        "black and white noise, overshot": (1 + 2 * OVERSHOOT) * binary - OVERSHOOT,
        "white": np.ones((SIDE, SIDE)),
    }
    return {name: plane.astype(np.float32) for name, plane in planes.items()}


def levels_off(planes: Planes, weights: Weights) -> float:
    """The largest difference for (C, H, W) planes in [0, 1]."""
    scaled = planes * np.float32(weights.card.input_range)
    result = NativeEngine(weights, 1).run(scaled, ALL_EDGES)
    return float(np.abs(result - in_float64(weights, scaled)).max()) * 255 / weights.card.input_range


def middle(planes: Planes, side: int) -> Planes:
    """(C, at most side, at most side) of (C, H, W)."""
    rows, columns = (slice(max(0, (length - side) // 2), (length + side) // 2) for length in planes.shape[1:])
    return planes[:, rows, columns]


def pictures(weights: Weights, data: str, every: int, root: Path | None) -> list[Planes]:
    """(C, H, W) float32 each: a set's pictures as the network is given them."""
    card = weights.card
    color: PairColor = card.color  # type: ignore[assignment]  # both have y, ycbcr and rgb
    if card.luma_range == "full":
        color = "grey"
    rules = PairRules(color=color, degradation=card.degradation)
    pairs = load_pairs(SetRequest(data, card.scale or 1, every=every, rules=rules), root)
    return [np.atleast_3d(pair.bicubic.T).T for pair in pairs]


def measure(name: str, sets: dict[str, int], side: int, root: Path | None) -> dict[str, Any]:
    """The record of a network."""
    weights = load_weights(find_model(name, None))
    off = partial(levels_off, weights=weights)
    channels = weights.architecture.channels
    found: dict[str, Any] = {"name": name, "digest": weights.digest, "sets": {}}
    for data, every in sets.items():
        parts = [middle(planes, side) for planes in pictures(weights, data, every, root)]
        found["sets"][data] = max(map(off, parts))
    found["hard"] = {name: off(np.stack([plane] * channels)) for name, plane in hard_planes().items()}
    return found


def table(rows: list[dict[str, Any]]) -> str:
    """A Markdown table."""
    cells = []
    for row in rows:
        hardest = max(row["hard"], key=row["hard"].get)
        cells.append([row["name"], *(f"{x:.4f}" for x in row["sets"].values())])
        cells[-1] += [f"{row['hard'][hardest]:.4f}", hardest]
    header = ["network", *rows[0]["sets"], "hard planes", "the hardest"]
    return markdown_table(header, cells, words=(0, len(header) - 1))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder that holds the image sets [SRCNN_DATA]")
    parser.add_argument("--models", help="names, with commas [all]")
    parser.add_argument("--middle", type=int, default=192, metavar="SIDE", help="of what is taken")
    parser.add_argument("--bsd200-every", type=int, default=10, help="take every so many-th of BSD200")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = options.models.split(",") if options.models else [entry.name for entry in list_models()]
    sets = {"Set5": 1, "Set14": 1, "BSD200": options.bsd200_every}
    one = partial(measure, sets=sets, side=options.middle, root=options.data)
    rows = []
    for row in map_in_order(one, names, usable_cores()):
        rows.append(row)
        print(json.dumps(row), file=sys.stderr, flush=True)
    record = {
        "what": "largest difference from float64, grey levels of 255",
        "command": " ".join(["python", *sys.argv]),
        "machine": processor(),
        "level": NativeEngine(load_weights(find_model(names[0], None)), 1).level,
        "every": sets,
        "middle": options.middle,
        "rows": rows,
    }
    print(json.dumps(record, indent=2) if options.json else table(rows))


if __name__ == "__main__":
    main()
