"""Caffe's ``.caffemodel``: a NetParameter in protobuf's wire format, read by hand.

Field numbers are those of caffe.proto; only what convolutions need is looked at. Both generations are read:
``layer`` (100) since 2014 and ``layers`` (2) before.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from srcnn.arch import Border
from srcnn.errors import WeightsError
from srcnn.types import Array
from srcnn.weight_formats.layers import MOST_VALUES, NOT_SRCNN, RawLayer, RawNetwork, border_of_padding

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


class _Generation(NamedTuple):
    """Field numbers inside one layer."""

    name: int
    type: int
    blobs: int
    convolution: int


_LAYER, _LAYERS = 100, 2
_GENERATIONS = {_LAYER: _Generation(1, 2, 7, 106), _LAYERS: _Generation(4, 5, 6, 10)}

# What an old layer's type number means, as far as it can be part of an SRCNN.
_OLD_TYPES = {
    4: "Convolution",
    5: "Data",
    9: "EuclideanLoss",
    10: "HDF5Data",
    12: "ImageData",
    18: "ReLU",
    22: "Split",
    29: "MemoryData",
    36: "Silence",
    39: "Deconvolution",
}
_HARMLESS = {"Input", "ReLU", "Split", "Silence", "EuclideanLoss", "Accuracy"}
"""Layers beside convolutions that change nothing in a trained SRCNN; those that end in Data belong too."""

Field = tuple[int, int, int | memoryview]
"""Number, wire type, and value: an integer, or the bytes."""


def read(content: bytes) -> RawNetwork:
    """The convolutions of a net, in its order; kernels as stored (Caffe's rows first).

    Raises:
        WeightsError: no whole protobuf message, or layers that no SRCNN has.
    """
    layers = []
    for number, wire, value in _fields(memoryview(content)):
        if number in _GENERATIONS and wire == _BYTES and isinstance(value, memoryview):
            layer = _layer(value, _GENERATIONS[number])
            if layer is not None:
                layers.append(layer)
    if not layers:
        raise WeightsError("expected a Caffe model with convolutions, got none")
    return RawNetwork(layers)


def _layer(message: memoryview, generation: _Generation) -> RawLayer | None:
    """A convolution; None for a layer that changes nothing."""
    fields = list(_fields(message))
    kind = _kind(fields, generation)
    name = _text(fields, generation.name) or kind
    if kind in _HARMLESS or kind.endswith("Data"):
        return None
    blobs = [_blob(name, part) for part in _parts(fields, generation.blobs)]
    if kind != "Convolution" or len(blobs) not in (1, 2):
        raise WeightsError(
            f"expected convolutions with a kernel and a bias, got {name} of type {kind} with {len(blobs)} "
            f"arrays; {NOT_SRCNN}"
        )
    kernel = blobs[0]
    if kernel.ndim != 4:
        raise WeightsError(f"expected a kernel of four dimensions in {name}, got {kernel.shape}")
    border = _border(name, kernel.shape[-1], _parts(fields, generation.convolution))
    return RawLayer(name, kernel, blobs[1].ravel() if len(blobs) == 2 else None, border)


def _kind(fields: list[Field], generation: _Generation) -> str:
    for number, _, value in fields:
        if number == generation.type:
            return _OLD_TYPES.get(value, f"number {value}") if isinstance(value, int) else _decoded(value)
    return "none"


def _border(name: str, kernel: int, parameters: list[memoryview]) -> Border | None:
    """The rule of a convolution_param; None without padding.

    Valid convolutions are how SRCNN is trained in Caffe, and say nothing about how it is run.
    """
    values = {"pad": 0, "group": 1, "stride": 1, "dilation": 1}
    names = {
        3: "pad",
        9: "pad",
        10: "pad",
        5: "group",
        6: "stride",
        13: "stride",
        14: "stride",
        18: "dilation",
    }
    for message in parameters:
        for number, _, value in _fields(message):
            if number in names:
                # A repeated field may come packed: varints in a row, all equal for a square kernel.
                values[names[number]] = value if isinstance(value, int) else _varint(value, 0)[0]
    if (values["group"], values["stride"], values["dilation"]) != (1, 1, 1):
        raise WeightsError(f"expected group, stride and dilation 1 in {name}, got {values}; {NOT_SRCNN}")
    return border_of_padding(name, kernel, values["pad"]) if values["pad"] else None


def _blob(name: str, message: memoryview) -> Array:
    """An array: ``data`` (5) in float or ``double_data`` (8), with a ``shape`` (7) or four old sizes."""
    fields = list(_fields(message))
    kind, number = ("<f8", 8) if any(n == 8 for n, *_ in fields) else ("<f4", 5)
    data = b"".join(bytes(part) for n, _, part in fields if n == number and isinstance(part, memoryview))
    shape = [size for part in _parts(fields, 7) for size in _sizes(part)]
    if not shape:
        old = {n: value for n, _, value in fields if n in (1, 2, 3, 4) and isinstance(value, int)}
        shape = [old.get(n, 0) for n in (1, 2, 3, 4)]
    count = math.prod(shape)
    if not 0 < max(shape) <= count <= MOST_VALUES or count * np.dtype(kind).itemsize != len(data):
        raise WeightsError(f"expected an array of shape {tuple(shape)} in {name}, got {len(data)} bytes")
    return np.frombuffer(data, kind).reshape(shape)


def _sizes(message: memoryview) -> Iterator[int]:
    """The ``dim`` (1) of a BlobShape, packed or not."""
    for number, _, value in _fields(message):
        if number == 1 and isinstance(value, int):
            yield value
        elif number == 1 and isinstance(value, memoryview):
            at = 0
            while at < len(value):
                size, at = _varint(value, at)
                yield size


def _parts(fields: list[Field], number: int) -> list[memoryview]:
    return [value for n, _, value in fields if n == number and isinstance(value, memoryview)]


def _text(fields: list[Field], number: int) -> str:
    return "".join(_decoded(part) for part in _parts(fields, number)[-1:])


def _decoded(part: int | memoryview) -> str:
    return bytes(part).decode("utf-8", "replace") if isinstance(part, memoryview) else str(part)


def _fields(message: memoryview) -> Iterator[Field]:
    """Fields of a protobuf message; https://protobuf.dev/programming-guides/encoding.

    Raises:
        WeightsError: a message that ends inside a field, or is none.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        value: int | memoryview
        if wire == _VARINT:
            value, at = _varint(message, at)
        elif wire in (_EIGHT, _FOUR, _BYTES):
            if wire == _BYTES:
                length, at = _varint(message, at)
            else:
                length = 8 if wire == _EIGHT else 4
            value, at = message[at : at + length], at + length
        else:
            raise WeightsError("expected a Caffe model, got bytes that are no protobuf message")
        if number == 0 or at > len(message):
            raise WeightsError("expected a whole Caffe model, got a broken or truncated one")
        yield number, wire, value


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
    raise WeightsError("expected a whole Caffe model, got a broken or truncated one")
