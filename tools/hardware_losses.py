"""What fixed point costs, per picture: ``python tools/hardware_losses.py -o records/hardware/losses.json``.

Measured with the engines that `srcnn evaluate --engine fixed:BITS` runs, under the authors' protocol, ranges
found on the drawn pictures: no test set chooses anything.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.atomic import write_bytes
from srcnn.engines import Engine, create_engine
from srcnn.engines.fixed import FixedEngine
from srcnn.evaluation.inference import NetworkUse, apply_network
from srcnn.evaluation.measurement import baseline_methods, measure
from srcnn.evaluation.protocols import AUTHORS
from srcnn.fixed_point import Quantized, Widths, default_inputs, quantize
from srcnn.fixed_point.fixed_network import Rounding
from srcnn.model import Model, load_model
from srcnn.tiling import Edges
from srcnn.types import Planes
from srcnn.weights import Weights

MODELS = ("9-1-5", "9-5-5")
PICTURES = (("Set5", 2), ("Set5", 3), ("Set5", 4), ("Set14", 3))
BITS = (16, 12, 10, 8)
ROUNDINGS: tuple[tuple[Rounding, int], ...] = (
    ("half-up", 12),
    ("truncate", 12),
    ("half-up", 8),
    ("truncate", 8),
)
"""Measured beside half to even, on the first model and set at x3."""


class RoundedInput:
    """An engine in float behind pixels of 8 bits: what is lost before the first multiplication."""

    name = "float, 8-bit input"

    def __init__(self, engine: Engine) -> None:
        self.halo, self.whole_tiles = engine.halo, engine.whole_tiles
        self._engine = engine

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for rounded planes."""
        levels = np.clip(np.floor(planes * np.float32(255) + np.float32(0.5)), 0, 255)
        return self._engine.run((levels / np.float32(255)).astype(np.float32), edges)


def main() -> None:
    """Measure what the record does not hold of the present integers, and put it there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--bits", type=int, nargs="*", default=BITS)
    arguments = parser.parse_args()
    record: dict[str, Any] = {"protocol": AUTHORS.describe(), "calibration": "drawn pictures", "rows": []}
    if arguments.out.is_file():
        record = json.loads(arguments.out.read_text())
    rows = {(row["set"], row["model"]): row for row in record["rows"]}
    for data, scale, name in ((data, scale, name) for data, scale in PICTURES for name in MODELS):
        weights = load_model(name, scale).weights
        key = data, weights.card.name
        networks = quantized(weights, arguments.bits, (name, data, scale) == (MODELS[0], "Set5", 3))
        formats = {label: described(each) for label, each in networks.items()}
        present = weights.digest, formats
        if key in rows and (rows[key]["digest"], rows[key]["formats"]) == present:
            continue
        rows[key] = measured(weights, data, scale, networks) | {"formats": formats}
        record["rows"] = list(rows.values())
        write_bytes((json.dumps(record, indent=1) + "\n").encode(), arguments.out)
        print(data, name, scale, rows[key]["means"], flush=True)


def quantized(weights: Weights, bits: Sequence[int], every_rounding: bool) -> dict[str, Quantized]:
    """The weights in integers of every width, and by the other roundings where asked for."""
    inputs = default_inputs(weights.card, weights.architecture.channels)
    widths = {f"W{n}A{n}": Widths(n, n) for n in bits}
    if every_rounding:
        widths |= {f"W{n}A{n} {mode}": Widths(n, n, rounding=mode) for mode, n in ROUNDINGS}
    return {label: quantize(weights, inputs, each) for label, each in widths.items()}


def measured(weights: Weights, data: str, scale: int, networks: dict[str, Quantized]) -> dict[str, Any]:
    """PSNR of every picture by every arithmetic."""
    engines: dict[str, Engine] = {"float": create_engine(weights, "onnxruntime", 1)}
    engines["float, 8-bit input"] = RoundedInput(engines["float"])
    for label, each in networks.items():
        engines[label] = FixedEngine(weights, each.network, each.widths)
    methods: dict[str, Callable[..., Any]] = dict(baseline_methods(AUTHORS, ()))
    for label, engine in engines.items():
        methods[label] = partial(through, model=Model(weights, engine))
    _, images, _ = measure(data, scale, AUTHORS, methods)
    scores = {
        image.name: {label: round(s["psnr"], 4) for label, s in image.methods.items()} for image in images
    }
    means = {
        label: round(float(np.mean([row[label] for row in scores.values()])), 4)
        for label in next(iter(scores.values()))
    }
    return {
        "model": weights.card.name,
        "digest": weights.digest,
        "set": data,
        "scale": scale,
        "psnr": scores,
        "means": means,
    }


def through(case: Any, model: Model) -> Any:
    """A network's result for a case, used in the plain way."""
    return apply_network(case, model, NetworkUse())


def described(quantized: Quantized) -> list[dict[str, Any]]:
    """Proved widths of each layer, and what calibration saw."""
    return [
        {"acc_bits": layer.acc_bits, "naive_acc_bits": layer.naive_acc_bits, **vars(seen)}
        for layer, seen in zip(quantized.network.layers, quantized.ranges, strict=True)
    ]


if __name__ == "__main__":
    main()
