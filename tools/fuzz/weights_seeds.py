"""Whole little weights files of every format that is read: what mutations start from."""

import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import numpy as np
import safetensors.numpy
import scipy.io
import torch
from mutations import mutated

from srcnn.arch import parse_architecture
from srcnn.types import Array
from srcnn.weight_formats import export_weights
from srcnn.weights import ModelCard, Weights, save_weights

SUFFIXES = {
    "MATLAB": ".mat",
    "PyTorch": ".pth",
    "Keras": ".h5",
    "Keras 3": ".keras",
    "Caffe": ".caffemodel",
    "ONNX": ".onnx",
    "NumPy": ".npz",
    "safetensors": ".safetensors",
    "srcnn": ".safetensors",
}
"""How the files of each kind end; those of ``srcnn`` are the package's own."""

State = dict[str, Array]


def seeds() -> dict[str, list[bytes]]:
    """Files by format."""
    nets = [_weights("3-1-3", (4, 3), 1, "zero"), _weights("5-3", (4,), 3, "replicate")]
    states = [_state(net) for net in nets]
    extras = {"n_averaged": np.array(3), "loss.window": np.ones((1, 1, 5, 5), np.float32)}
    states.append({**{f"module.{name}": array for name, array in states[0].items()}, **extras})
    return {
        "MATLAB": [_exported(nets[0], ".mat"), *map(_plain_mat, nets[:1])],
        "PyTorch": [*_torch(states), *(_exported(net, ".pth") for net in nets)],
        "Keras": [*(_exported(net, ".h5") for net in nets), *map(_weights_h5, nets)],
        "Keras 3": list(map(_keras3, nets)),
        "Caffe": [_caffe(net, old) for net in nets for old in (False, True)],
        "ONNX": [*(_exported(net, ".onnx") for net in nets), *map(_torch_onnx, (1, 3))],
        "NumPy": [_npz(state, save) for state in states for save in (np.savez, np.savez_compressed)],
        "safetensors": [safetensors.numpy.save(state) for state in states],
        "srcnn": [_own(net, half) for net in nets for half in (False, True)],
    }


def mutated_weights(seed: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """The file after accidents; in an archive they may befall an entry, whose checksum is right again."""
    if not zipfile.is_zipfile(io.BytesIO(seed)) or rng.random() < 0.3:
        return mutated(seed, others, rng)
    entries = _entries(seed)
    parts = [
        part for other in others if zipfile.is_zipfile(io.BytesIO(other)) for part in _entries(other).values()
    ]
    # What describes is shorter than what is described, and more can go wrong with it.
    names = sorted(entries, key=lambda name: len(entries[name]))
    name = rng.choice(names if rng.random() < 0.5 else names[: len(names) // 2 + 1])
    entries[name] = mutated(entries[name] or b"\0", parts, rng)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    return buffer.getvalue()


def _entries(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _weights(name: str, widths: tuple[int, ...], channels: int, border: Any) -> Weights:
    architecture = parse_architecture(name, widths=widths, channels=channels, border=border)
    rng = np.random.default_rng(0)
    kernels = tuple(rng.normal(0, 0.1, shape).astype(np.float32) for shape in architecture.weight_shapes)
    biases = tuple(rng.normal(0, 0.1, len(kernel)).astype(np.float32) for kernel in kernels)
    card = ModelCard("seed", 3, color="y" if channels == 1 else "rgb")
    return Weights(kernels, biases, architecture, card)


def _state(weights: Weights) -> State:
    pairs = enumerate(zip(weights.kernels, weights.biases, strict=True), start=1)
    return {
        f"conv{n}.{kind}": a for n, both in pairs for kind, a in zip(("weight", "bias"), both, strict=True)
    }


def _written(write: Callable[[Path], object], suffix: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"seed{suffix}"
        write(path)
        return path.read_bytes()


def _exported(weights: Weights, suffix: str) -> bytes:
    return _written(lambda path: export_weights(weights, path), suffix)


def _own(weights: Weights, half: bool) -> bytes:
    return _written(lambda path: save_weights(weights, path, half=half), ".safetensors")


def _plain_mat(weights: Weights) -> bytes:
    """The variables of the authors without compression, so that accidents meet more than one stream."""
    buffer = io.BytesIO()
    found = scipy.io.loadmat(io.BytesIO(_exported(weights, ".mat")))
    scipy.io.savemat(buffer, {name: found[name] for name in found if name[0] != "_"}, do_compression=False)
    return buffer.getvalue()


def _torch(states: Sequence[State]) -> Iterator[bytes]:
    for state in states:
        tensors = {name: torch.from_numpy(np.array(array)) for name, array in state.items()}
        optimiser = {"state": {0: {"exp_avg": tensors[next(iter(tensors))]}}, "param_groups": [{"lr": 0.1}]}
        checkpoint = {"epoch": 3, "best": np.float64(32), "state_dict": tensors, "optimizer": optimiser}
        for value, zipped in ((tensors, True), (tensors, False), (checkpoint, True), (checkpoint, False)):
            buffer = io.BytesIO()
            torch.save(value, buffer, _use_new_zipfile_serialization=zipped)
            yield buffer.getvalue()


def _torch_onnx(channels: int) -> bytes:
    from torch import nn

    layers = [
        nn.Conv2d(channels, 4, 5, padding=2, padding_mode="replicate"),
        nn.ReLU(),
        nn.Conv2d(4, channels, 3),
    ]
    axes = {"x": {2: "height", 3: "width"}}
    options: dict[str, Any] = {"dynamo": False, "dynamic_axes": axes, "input_names": ["x"]}
    picture, network = torch.rand(1, channels, 16, 16), nn.Sequential(*layers)
    with warnings.catch_warnings(action="ignore"):
        return _written(lambda path: torch.onnx.export(network, (picture,), path, **options), ".onnx")


def _weights_h5(weights: Weights) -> bytes:
    """As Keras 3 keeps weights alone."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for n, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True)):
            group = file.create_group(f"layers/conv2d{f'_{n}' if n else ''}/vars")
            group["0"], group["1"] = kernel.transpose(2, 3, 1, 0), bias
    return buffer.getvalue()


def _keras3(weights: Weights) -> bytes:
    with h5py.File(io.BytesIO(_exported(weights, ".h5"))) as file:
        config = json.loads(str(file.attrs["model_config"]))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", _weights_h5(weights))
    return buffer.getvalue()


def _npz(state: State, save: Callable[..., None]) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **state)
    return buffer.getvalue()


def _caffe(weights: Weights, old: bool) -> bytes:
    """A NetParameter of either generation, by the field numbers of caffe.proto."""
    layer, name, kind, blobs, settings = (2, 4, 5, 6, 10) if old else (100, 1, 2, 7, 106)
    net = b""
    for n, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True)):
        message = _field(name, f"conv{n}".encode())
        message += _key(kind, 0) + _varint(4) if old else _field(kind, b"Convolution")
        for array in (kernel, bias):
            shape = b"".join(map(_varint, array.shape))
            message += _field(blobs, _field(5, array.astype("<f4").tobytes()) + _field(7, _field(1, shape)))
        net += _field(layer, message + _field(settings, _key(3, 0) + _varint(kernel.shape[2] // 2)))
    return net


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _field(number: int, content: bytes) -> bytes:
    return _key(number, 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])
