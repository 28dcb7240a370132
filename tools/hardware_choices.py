"""What the choices behind fixed point are worth: each is undone, and the loss measured again.

Usage: python tools/hardware_choices.py [-o records/hardware/choices.json]

8 bits, Set5 at x3 under the authors' protocol, ranges from the drawn pictures, as in `hardware_losses.py`.
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from hardware_losses import RoundedInput, through
from recording import RECORDS

from srcnn.atomic import write_bytes
from srcnn.engines import Engine, create_engine
from srcnn.engines.fixed import FixedEngine
from srcnn.evaluation.measurement import baseline_methods, measure
from srcnn.evaluation.protocols import AUTHORS
from srcnn.fixed_point import Widths, default_inputs, quantization, quantize
from srcnn.fixed_point.weight_rounding import RoundedWeights, Samples, round_for_outputs
from srcnn.model import Model, load_model
from srcnn.types import Float64, Int64
from srcnn.weights import Weights

MODELS, DATA, SCALE, WIDTHS = ("9-1-5", "9-5-5"), "Set5", 3, Widths(8, 8)
BASIS, CHOSEN = "float, 8-bit input", "as chosen"


def nearest(
    weights: Float64, biases: Float64, fractions: Int64, limit: int, samples: Samples
) -> RoundedWeights:
    """Each weight to its nearest step, whatever becomes of the outputs."""
    steps = np.clip(np.rint(weights * 2.0 ** fractions[:, None]), -limit, limit)
    return RoundedWeights(steps, fractions, biases, np.zeros(len(biases)))


def one_step(
    weights: Float64, biases: Float64, fractions: Int64, limit: int, samples: Samples
) -> RoundedWeights:
    """The same step for all output channels of a layer."""
    return round_for_outputs(weights, biases, np.full_like(fractions, fractions.min()), limit, samples)


UNDONE = {
    "weights rounded to nearest": {"round_for_outputs": nearest},
    "one weight scale a layer": {"round_for_outputs": one_step},
    "one activation scale a layer": {"_MOST_EQUALISED": 0, "filling": np.ones_like},
    "activation scales of powers of two alone": {"filling": np.ones_like},
}


@contextmanager
def undone(parts: dict[str, Any]) -> Iterator[None]:
    """Quantisation with other parts."""
    with patch.multiple(quantization, **parts):
        yield


def losses(weights: Weights) -> dict[str, dict[str, float]]:
    """Mean and largest loss in dB over the set, by choice."""
    inputs = default_inputs(weights.card, weights.architecture.channels)
    engines: dict[str, Engine] = {
        BASIS: RoundedInput(create_engine(weights, "onnxruntime", 1)),
        CHOSEN: FixedEngine(weights, quantize(weights, inputs, WIDTHS).network, WIDTHS),
    }
    for label, parts in UNDONE.items():
        with undone(parts):
            engines[label] = FixedEngine(weights, quantize(weights, inputs, WIDTHS).network, WIDTHS)
    methods: dict[str, Any] = dict(baseline_methods(AUTHORS, ()))
    methods |= {label: partial(through, model=Model(weights, engine)) for label, engine in engines.items()}
    _, images, _ = measure(DATA, SCALE, AUTHORS, methods)
    found = {}
    for label in (CHOSEN, *UNDONE):
        each = [image.methods[BASIS]["psnr"] - image.methods[label]["psnr"] for image in images]
        found[label] = {"mean": round(float(np.mean(each)), 6), "largest": round(float(max(each)), 6)}
    return found


def main() -> None:
    """Measure and write the record."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("-o", "--out", type=Path, default=RECORDS / "hardware" / "choices.json")
    out = parser.parse_args().out
    rows = []
    for name in MODELS:
        weights = load_model(name, SCALE).weights
        rows.append({"model": weights.card.name, "digest": weights.digest, "losses": losses(weights)})
        print(rows[-1], flush=True)
    record = {"set": DATA, "widths": str(WIDTHS), "rows": rows}
    write_bytes((json.dumps(record, indent=1) + "\n").encode(), out)


if __name__ == "__main__":
    main()
