"""Golden vectors: small pictures, each for a fault of its own, and what every layer makes of them."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from srcnn.fixed_point import FixedNetwork, run_layers
from srcnn.fixed_point.calibration import leaves
from srcnn.fixed_point.fixed_network import INPUT_BITS
from srcnn.hardware.words import hex_pixels
from srcnn.types import Int64, Levels

PICTURE = "picture"
"""Name of the whole picture, of which only input and output are kept."""


@dataclass(frozen=True, eq=False)
class Vector:
    """A picture and what the layers make of it.

    Attributes:
        planes: (C, H, W) uint8.
        layers: accumulators and outputs of each layer, (out, h, w) int64 both.
    """

    planes: Levels
    layers: tuple[tuple[Int64, Int64], ...]


def vector_pictures(channels: int) -> dict[str, Levels]:
    """(C, H, W) uint8 by name: odd sizes, one pixel, flat ones, an impulse, ramps, half-way sums.

    A frame of another size than the one before it, lines shorter than the window, borders that are not
    0, each shows a fault that a square picture of 2^n pixels hides.
    """
    detail = np.clip(np.round(leaves(100, channels)), 0, 255).astype(np.uint8)
    rows, columns = np.mgrid[0:16, 0:24]
    impulse = np.zeros((17, 17), np.uint8)
    impulse[8, 8] = 255
    # Random levels: thousands of sums, among them every remainder of a shift, the half included.
    ties = np.random.default_rng(0).integers(0, 256, (channels, 19, 23), np.uint8)
    pictures = {
        "crop13x11": detail[:, 40:51, 40:53],
        "odd33x29": detail[:, 10:39, 20:53],
        "one1x1": np.full((channels, 1, 1), 77, np.uint8),
        "zeros17x9": np.zeros((channels, 9, 17), np.uint8),
        "white17x9": np.full((channels, 9, 17), 255, np.uint8),
        "impulse17x17": np.stack([impulse] * channels),
        "ramps24x16": np.stack([(rows * 8 + columns * 5).astype(np.uint8)] * channels),
        "noise23x19": ties,
    }
    return {name: np.ascontiguousarray(planes) for name, planes in pictures.items()}


def make_vector(network: FixedNetwork, planes: Levels) -> Vector:
    """A picture with the accumulators and outputs of every layer."""
    return Vector(planes, tuple(run_layers(network, planes)))


def vector_files(name: str, vector: Vector, network: FixedNetwork) -> Iterator[tuple[str, bytes]]:
    """Paths and contents: ``.npy`` as (C, H, W), ``.hex`` as pixels, row by row; see `hex_pixels`."""
    folder = f"vectors/{name}"
    yield from _both(f"{folder}/input", vector.planes, INPUT_BITS)
    for number, (layer, (acc, out)) in enumerate(zip(network.layers, vector.layers, strict=True), start=1):
        last = number == len(network.layers)
        if name != PICTURE:
            yield from _both(f"{folder}/conv{number}_acc", acc.astype("<i8"), layer.acc_bits)
        if name != PICTURE or last:
            yield from _both(f"{folder}/conv{number}_out", out.astype("<u2"), layer.out_bits)


def frame_list(vectors: Mapping[str, Vector], layers: bool = True) -> str:
    """Lines ``NAME WIDTH HEIGHT LAYERS`` for testbenches; LAYERS is 1 where every layer is to be compared."""
    return "".join(
        f"{name} {vector.planes.shape[2]} {vector.planes.shape[1]} {int(layers)}\n"
        for name, vector in vectors.items()
    )


def _both(path: str, planes: npt.NDArray[np.integer], bits: int) -> Iterator[tuple[str, bytes]]:
    stream = io.BytesIO()
    np.save(stream, planes)
    yield f"{path}.npy", stream.getvalue()
    yield f"{path}.hex", hex_pixels(planes, bits).encode()
