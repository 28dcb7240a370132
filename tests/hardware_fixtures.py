"""Networks of integers with random numbers, and designs of them in a folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from srcnn.arch import Border
from srcnn.fixed_point import FixedLayer, FixedNetwork
from srcnn.fixed_point.fixed_network import Rounding
from srcnn.hardware.core import core_files
from srcnn.hardware.folding import Folding
from srcnn.hardware.vectors import frame_list, make_vector, vector_files
from srcnn.types import Levels


def random_network(
    layers: Sequence[tuple[int, int, Border]],
    *,
    channels: int = 1,
    weight_bits: int = 12,
    activation_bits: int = 12,
    rounding: Rounding = "half-even",
    seed: int = 0,
) -> FixedNetwork:
    """Layers of (kernel, output channels, border) with outputs of the whole range, some saturated, some 0."""
    rng = np.random.default_rng(seed)
    built: list[FixedLayer] = []
    for number, (kernel, width, border) in enumerate(layers, start=1):
        in_bits = built[-1].out_bits if built else 8
        out_bits = 8 if number == len(layers) else activation_bits
        inputs = built[-1].out_channels if built else channels
        largest = 2 ** (weight_bits - 1) - 1
        spread = largest * np.sqrt(inputs * kernel**2 / 3) * 2**in_bits / 2
        shift = max(1, round(np.log2(spread / 2**out_bits)))
        built.append(
            FixedLayer(
                border=border,
                weights=rng.integers(-largest, largest + 1, (width, inputs, kernel, kernel)),
                biases=rng.integers(-(2 ** (shift + out_bits - 2)), 2 ** (shift + out_bits - 1), width),
                shifts=rng.integers(shift - 1, shift + 2, width),
                weight_bits=weight_bits,
                in_bits=in_bits,
                out_bits=out_bits,
                acc_fractions=np.zeros(width, np.int64),
            )
        )
    return FixedNetwork("random", tuple(built), rounding)


def random_pictures(sizes: Sequence[tuple[int, int]], channels: int = 1) -> dict[str, Levels]:
    """(C, H, W) uint8 noise for (width, height) sizes, by a name of its own each."""
    rng = np.random.default_rng(1)
    return {
        f"{number}-{width}x{height}": rng.integers(0, 256, (channels, height, width), np.uint8)
        for number, (width, height) in enumerate(sizes)
    }


def write_design(
    directory: Path,
    network: FixedNetwork,
    folding: Folding,
    pictures: Mapping[str, Levels],
    *,
    max_width: int,
) -> None:
    """What a simulation needs of an exported design."""
    files = core_files(network, folding, max_width=max_width, max_height=max_width)
    vectors = {name: make_vector(network, planes) for name, planes in pictures.items()}
    for name, vector in vectors.items():
        files |= vector_files(name, vector, network)
    manifest = {
        "core": {"max_width": max_width, "max_height": max_width},
        "vectors": {
            name: {"width": planes.shape[2], "height": planes.shape[1]} for name, planes in pictures.items()
        },
    }
    files["tb/frames.txt"] = frame_list(vectors).encode()
    files["manifest.json"] = json.dumps(manifest).encode()
    for path, content in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
