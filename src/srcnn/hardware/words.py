"""Integers as the words of memories: hexadecimal for ``$readmemh``, coefficients for Vivado, plain bytes."""

from collections.abc import Iterable

import numpy as np

from srcnn.types import Integers


def hex_words(values: Iterable[int], bits: int) -> str:
    """One word a line, two's complement of ``bits``, as many digits as they need."""
    mask, digits = (1 << bits) - 1, -(-bits // 4)
    return "".join(f"{int(value) & mask:0{digits}x}\n" for value in values)


def hex_pixels(planes: Integers, bits: int) -> str:
    """One pixel a line, row by row: all channels in one word, the first in the least significant bits.

    Args:
        planes: (C, H, W) integers.
        bits: of each channel, two's complement.
    """
    channels = len(planes)
    words = np.zeros(planes[0].size, object)
    for channel in range(channels - 1, -1, -1):
        words = (words << bits) | (planes[channel].reshape(-1).astype(object) & ((1 << bits) - 1))
    return hex_words(words, bits * channels)


def coe_words(values: Iterable[int], bits: int) -> str:
    """The same words as a Xilinx coefficient file."""
    words = ",\n".join(hex_words(values, bits).split())
    return f"memory_initialization_radix=16;\nmemory_initialization_vector=\n{words};\n"


def little_endian(values: Integers, bits: int) -> bytes:
    """Signed integers in the smallest of 1, 2, 4 or 8 bytes that hold ``bits``, least significant first."""
    size = next(size for size in (1, 2, 4, 8) if bits <= 8 * size)
    return np.ascontiguousarray(values, f"<i{size}").tobytes()
