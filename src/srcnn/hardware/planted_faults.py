"""Faults that a check has to find: what people have in fact got wrong in such designs."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from srcnn.fixed_point import FixedNetwork


def other_rounding(network: FixedNetwork) -> FixedNetwork:
    """The network with a rounding that it was not made for."""
    return replace(network, rounding="half-even" if network.rounding == "truncate" else "truncate")


def round_otherwise_in_c(directory: Path) -> None:
    """Another rounding in a design's header."""
    path = directory / "srcnn_model.h"
    header = path.read_text()
    line = next(line for line in header.splitlines() if line.startswith("#define SRCNN_ROUNDING"))
    other = "SRCNN_HALF_EVEN" if "TRUNCATE" in line else "SRCNN_TRUNCATE"
    path.write_text(header.replace(line, f"#define SRCNN_ROUNDING {other}"))


def transposed(network: FixedNetwork) -> FixedNetwork | None:
    """The network with rows and columns of a layer's kernels exchanged: the first that changes by it."""
    layers = list(network.layers)
    for place, layer in enumerate(layers):
        weights = np.ascontiguousarray(layer.weights.swapaxes(2, 3))
        if not np.array_equal(weights, layer.weights):
            layers[place] = replace(layer, weights=weights)
            return replace(network, layers=tuple(layers))
    return None


def flip_golden_word(folder: Path) -> None:
    """One bit of the first accumulator of a vector, in both forms."""
    values = np.load(folder / "conv1_acc.npy")
    values.reshape(-1)[0] ^= 1
    np.save(folder / "conv1_acc.npy", values)
    path = folder / "conv1_acc.hex"
    first, rest = path.read_text().split("\n", 1)
    path.write_text(f"{int(first, 16) ^ 1:0{len(first)}x}\n{rest}")
