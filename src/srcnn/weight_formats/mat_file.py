"""MATLAB's level 5 ``.mat`` files, as MATLAB writes them up to version 7: the arrays of numbers in them.

Read here and not by scipy, whose reader (1.17) ends the process where the type of an array's data is none
that there is. Elements follow one another, each with its type and its size in front; an array is an element
of elements, and may lie in a compressed one. Source: MathWorks, MAT-File Format, "Level 5 MAT-File Format".
"""

import math
import zlib
from collections.abc import Iterator, Mapping

import numpy as np

from srcnn.errors import WeightsError
from srcnn.types import Array
from srcnn.weight_formats.layers import MOST_BYTES, MOST_VALUES, check_room

_HEADER = 128
_ORDERS: Mapping[bytes, str] = {b"IM": "<", b"MI": ">"}
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How numbers are stored. An array of doubles may be stored in less, where nothing is lost."""
_MATRIX, _COMPRESSED = 14, 15
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
"""What MATLAB takes an array for; all others are structures, cells, text, objects and sparse arrays."""
_COMPLEX = 0x0800
_Element = tuple[int, memoryview]
"""Type and content."""


def read_arrays(content: bytes) -> dict[str, Array]:
    """Arrays of real numbers by name, in double or in what MATLAB takes them for; all else is left out.

    Raises:
        WeightsError: no such file, one that is broken or truncated, or that takes more than `MOST_BYTES`.
    """
    try:
        order = _ORDERS[content[_HEADER - 2 : _HEADER]]
        found = {}
        sizes: list[int] = []
        for kind, part in _elements(memoryview(content)[_HEADER:], order):
            for inner_kind, inner in _unpacked(part, order) if kind == _COMPRESSED else [(kind, part)]:
                named = _array(inner, order) if inner_kind == _MATRIX else None
                if named:
                    sizes.append(named[1].nbytes)
                    check_room(sizes)
                    found.update([named])
        return found
    except (ValueError, LookupError, zlib.error) as error:
        raise WeightsError("expected a whole MATLAB file, got a broken or truncated one") from error


def _elements(data: memoryview, order: str) -> Iterator[_Element]:
    at = 0
    while at < len(data):
        kind, size = np.frombuffer(data, f"{order}u4", 2, at).tolist()
        if kind >> 16:  # up to four bytes lie in the tag itself
            size, kind, start, following = kind >> 16, kind & 0xFFFF, at + 4, at + 8
        else:
            start = at + 8
            following = start + (size if kind == _COMPRESSED else (size + 7) // 8 * 8)
        if start + size > min(len(data), following):
            raise ValueError("an element beyond the end")
        yield kind, data[start : start + size]
        at = following


def _unpacked(part: memoryview, order: str) -> Iterator[_Element]:
    stream = zlib.decompressobj()
    unpacked = stream.decompress(part, MOST_BYTES)
    if not stream.eof:
        raise ValueError("a compressed element that does not end")
    return _elements(memoryview(unpacked), order)


def _array(data: memoryview, order: str) -> tuple[str, Array] | None:
    (_, flags), (_, sizes), (_, name), *parts = _elements(data, order)
    (described,) = np.frombuffer(flags, f"{order}u4", 1).tolist()
    if described & 0xFF not in _CLASSES or described & _COMPLEX or len(parts) != 1:
        return None
    ((kind, stored),) = parts
    shape = np.frombuffer(sizes, f"{order}i4").tolist()
    values = np.frombuffer(stored, f"{order}{_NUMBERS[kind]}")
    if not 0 <= math.prod(shape) <= MOST_VALUES:
        raise ValueError("an array of too many values")
    array = values.astype(_CLASSES[described & 0xFF]).reshape(shape, order="F")
    return bytes(name).decode("ascii"), array
