"""From weights to a directory for hardware engineers, whole or not at all."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from srcnn.fixed_point import FixedNetwork
from srcnn.hardware.words import coe_words, hex_words, little_endian

Bytes = npt.NDArray[np.uint8]
SHIFT_BITS = 8


def memory_files(network: FixedNetwork) -> Iterator[tuple[str, bytes]]:
    """Weights, biases and shifts of each layer as ``mem/*.hex``, ``coe/*.coe`` and ``bin/*.bin``."""
    for number, layer in enumerate(network.layers, start=1):
        for name, values, bits in (
            ("weight", layer.weights.reshape(-1), layer.weight_bits),
            ("bias", layer.biases, layer.acc_bits),
            ("shift", layer.shifts, SHIFT_BITS),
        ):
            yield f"mem/conv{number}_{name}.hex", hex_words(values, bits).encode()
            yield f"coe/conv{number}_{name}.coe", coe_words(values, bits).encode()
            yield f"bin/conv{number}_{name}.bin", little_endian(values, bits)
