"""Files of other programs, made here: each as that program writes it."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.weights import Weights

Write = Callable[..., Path]
"""What the fixtures return; tests use it as an annotation."""


@pytest.fixture
def mat_file(tmp_path: Path) -> Write:
    """Factory: mat_file(variables, name="x3.mat") -> path."""

    def write(variables: Mapping[str, Any], name: str = "x3.mat") -> Path:
        io_of_scipy = pytest.importorskip("scipy.io")
        io_of_scipy.savemat(tmp_path / name, variables)
        return tmp_path / name

    return write


@pytest.fixture
def pth_file(tmp_path: Path) -> Write:
    """Factory: pth_file(value, name="best.pth", legacy=False) -> path, for anything that torch saves."""

    def write(value: Any, name: str = "best.pth", *, legacy: bool = False) -> Path:
        torch = pytest.importorskip("torch")
        torch.save(value, tmp_path / name, _use_new_zipfile_serialization=not legacy)
        return tmp_path / name

    return write


@pytest.fixture
def h5_file(tmp_path: Path) -> Write:
    """Factory: h5_file(arrays by layer, config=None, names=None, name="model.h5") -> path.

    ``arrays`` has (kernel (rows, columns, in, out), bias) for each layer; ``names`` is the ``layer_names``.
    """

    def write(
        arrays: Mapping[str, Sequence[Any]],
        *,
        config: Any = None,
        names: Sequence[str] | None = None,
        name: str = "model.h5",
    ) -> Path:
        h5py = pytest.importorskip("h5py")
        with h5py.File(tmp_path / name, "w") as file:
            if config is not None:
                file.attrs["model_config"] = json.dumps(config)
            root = file if config is None else file.create_group("model_weights")
            if names is not None:
                root.attrs["layer_names"] = np.array([n.encode() for n in names])
            for layer, values in arrays.items():
                group = root.create_group(layer)
                for kind, value in zip(("kernel:0", "bias:0"), values, strict=False):
                    group[f"{layer}/{kind}"] = value
        return tmp_path / name

    return write


@pytest.fixture
def caffe_file(tmp_path: Path) -> Write:
    """Factory: caffe_file(layers, name="net.caffemodel", old=False) -> path.

    ``layers`` are (name, type, blobs, convolution settings by field number).
    """

    def write(layers: Sequence[tuple[Any, ...]], name: str = "net.caffemodel", *, old: bool = False) -> Path:
        buffer = io.BytesIO()
        buffer.write(_bytes(1, b"SRCNN"))
        for layer in layers:
            message = _old_layer(*layer) if old else _new_layer(*layer)
            buffer.write(_bytes(2 if old else 100, message))
        (tmp_path / name).write_bytes(buffer.getvalue())
        return tmp_path / name

    return write


def caffe_layers(weights: Weights, pad: bool = False) -> list[tuple[Any, ...]]:
    """What Caffe would have for these weights: kernels with rows and columns exchanged."""
    layers: list[tuple[Any, ...]] = [("data", "HDF5Data", [], {})]
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True), start=1):
        settings = {1: len(kernel), 4: kernel.shape[2], 3: kernel.shape[2] // 2 if pad else 0}
        layers.append((f"conv{number}", "Convolution", [kernel.swapaxes(2, 3), bias], settings))
        layers.append((f"relu{number}", "ReLU", [], {}))
    return [*layers[:-1], ("loss", "EuclideanLoss", [], {})]


@pytest.fixture
def caffe_layers_of() -> Callable[..., list[tuple[Any, ...]]]:
    """The function `caffe_layers`."""
    return caffe_layers


def _new_layer(name: str, kind: str, blobs: Sequence[Any], settings: Mapping[int, int]) -> bytes:
    message = _bytes(1, name.encode()) + _bytes(2, kind.encode())
    for blob in blobs:
        shape = b"".join(map(_varint, blob.shape))
        message += _bytes(7, _bytes(5, blob.astype("<f4").tobytes()) + _bytes(7, _bytes(1, shape)))
    return message + _bytes(106, b"".join(_number(*pair) for pair in settings.items()))


def _old_layer(name: str, kind: str, blobs: Sequence[Any], settings: Mapping[int, int]) -> bytes:
    numbers = {"Convolution": 4, "HDF5Data": 10, "ReLU": 18, "EuclideanLoss": 9, "Deconvolution": 39}
    message = _bytes(4, name.encode()) + _number(5, numbers[kind])
    for blob in blobs:
        # Four sizes always, and values one by one instead of packed, as protobuf 2 did.
        sizes = (*(1,) * (4 - blob.ndim), *blob.shape)
        values = b"".join(_key(5, 5) + value.tobytes() for value in blob.astype("<f4").ravel())
        message += _bytes(6, b"".join(_number(n, size) for n, size in enumerate(sizes, start=1)) + values)
    return message + _bytes(10, b"".join(_number(*pair) for pair in settings.items()))


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _bytes(number: int, content: bytes) -> bytes:
    return _key(number, 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
