"""Weights: the arrays of a network, its architecture, and a model card, in one ``.safetensors`` file.

The file holds ``conv1.weight`` (out, in, k, k; applied as correlation), ``conv1.bias`` and so on in
float32, or in float16 as the shipped ones, which halves their size; in memory they are float32. Its header
holds two JSON texts, ``srcnn.architecture`` and ``srcnn.card``. Nothing is pickled.
"""

import hashlib
import json
import math
import shlex
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.arch import Architecture, Layer
from srcnn.atomic import write_bytes
from srcnn.errors import SrcnnError, WeightsError, os_errors_as, read_errors_as
from srcnn.text_table import printable
from srcnn.types import Array, Float32, StrPath

FOREIGN_SUFFIXES: Mapping[str, str] = {
    ".mat": "matlab",
    ".pth": "pytorch",
    ".pt": "pytorch",
    ".pth.tar": "pytorch",
    ".ckpt": "pytorch",
    ".h5": "keras",
    ".hdf5": "keras",
    ".keras": "keras",
    ".caffemodel": "caffe",
    ".onnx": "onnx",
    ".npz": "npz",
}
"""Weights of other programs by the ends of their files' names, and the format that it is."""


@dataclass(frozen=True)
class ModelCard:
    """Facts about a set of weights: what they are for, what they were trained on, what they reach."""

    name: str
    scale: int | None
    """Enlargement the weights were trained for; None for restoration at the same size."""
    task: str = "upscale"
    color: str = "y"
    """``y``: luma only; ``ycbcr`` or ``rgb``: three channels."""
    luma_range: str = "studio"
    """``studio``: Y of 16 to 235 (BT.601); ``full``: Y of 0 to 255."""
    input_range: float = 1.0
    """What white of 255 is at the network's input: 1.0 or 255.0."""
    degradation: tuple[str, ...] = ()
    """What the HR pictures went through, in the words of `srcnn.data.degradations`: ``("jpeg 20",)``. Empty
    where the scale says it: bicubic, made small and enlarged again."""
    data: tuple[str, ...] = ()
    """Names of the image sets trained on."""
    recipe: str = ""
    commit: str = ""
    licence: str = ""
    best: bool = False
    """Whether ``--model best`` means these weights, of all that are shipped for their scale."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """Measured results, such as ``{"Set5": {"psnr": 32.8, "ssim": 0.91, "protocol": "authors"}}``."""


@dataclass(frozen=True)
class Weights:
    """The arrays of a network with its architecture and card.

    Attributes:
        kernels: per layer (out, in, k, k) float32, applied as correlation (not flipped).
        biases: per layer (out,) float32.

    Raises:
        WeightsError: shapes that do not fit the architecture, or values that are not finite.
    """

    kernels: tuple[Float32, ...]
    biases: tuple[Float32, ...]
    architecture: Architecture
    card: ModelCard

    def __post_init__(self) -> None:
        count = len(self.architecture.layers)
        if not len(self.kernels) == len(self.biases) == count:
            raise WeightsError(
                f"expected weights and biases of {count} layers for {self.architecture.name}, "
                f"got {len(self.kernels)} and {len(self.biases)}"
            )
        for number, (shape, kernel, bias) in enumerate(
            zip(self.architecture.weight_shapes, self.kernels, self.biases, strict=True), start=1
        ):
            if kernel.shape != shape or bias.shape != shape[:1]:
                raise WeightsError(
                    f"expected weights of shape {shape} and {shape[0]} biases in layer {number} of "
                    f"{self.architecture.name}, got {kernel.shape} and {bias.shape}"
                )
            if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
                raise WeightsError(f"expected finite weights, got inf or nan in layer {number}")

    @property
    def digest(self) -> str:
        """SHA-256 over architecture and arrays: the same for the same network, whatever its card says."""
        sha = hashlib.sha256(json.dumps(asdict(self.architecture)).encode())
        for array in (*self.kernels, *self.biases):
            sha.update(np.ascontiguousarray(array, "<f4").tobytes())
        return sha.hexdigest()


def half_precision(weights: Weights) -> Weights:
    """The network that a file in half precision holds: every value rounded to the nearest float16.

    Returns:
        Arrays of float32 as always, with another digest unless nothing had to be rounded.

    Raises:
        WeightsError: a value is beyond float16's 65504.
    """
    with np.errstate(over="ignore"):
        kernels, biases = (
            tuple(array.astype(np.float16).astype(np.float32) for array in arrays)
            for arrays in (weights.kernels, weights.biases)
        )
    return replace(weights, kernels=kernels, biases=biases)


def save_weights(weights: Weights, path: StrPath, *, half: bool = False) -> None:
    """Write a ``.safetensors`` file, whole or not at all (written aside, then renamed).

    Equal weights are equal bytes. With ``half`` float16 is stored instead of float32; what is loaded then is
    `half_precision` of them.

    Raises:
        WeightsError: the file cannot be written, or a value is too large for ``half``.
    """
    from safetensors.numpy import save

    dtype = np.float16 if half else np.float32
    weights = half_precision(weights) if half else weights
    tensors: dict[str, Array] = {}
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True), start=1):
        tensors[f"conv{number}.weight"] = np.ascontiguousarray(kernel, dtype)
        tensors[f"conv{number}.bias"] = np.ascontiguousarray(bias, dtype)
    metadata = {
        "srcnn.architecture": json.dumps(asdict(weights.architecture)),
        "srcnn.card": json.dumps(asdict(weights.card)),
    }
    path = Path(path)
    with os_errors_as(WeightsError, f"cannot write weights to {path}"):
        write_bytes(_in_order(save(tensors, metadata)), path)


def _in_order(content: bytes) -> bytes:
    """The file with its metadata sorted: safetensors writes them in an order of chance."""
    end = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + content[end:]


def load_weights(path: StrPath) -> Weights:
    """Read a ``.safetensors`` file written by `save_weights`.

    Raises:
        WeightsError: the file is missing, truncated, or holds no SRCNN of this package.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = Path(path)
    with read_errors_as(WeightsError, path, f"cannot read weights from {path}"):
        path.stat()
        if path.name.lower().endswith(tuple(FOREIGN_SUFFIXES)):
            raise WeightsError(f"{path} is of another program; {_import_line(path)}")
        content = path.read_bytes()
    try:
        tensors = load(content)
        metadata = _metadata(content)
    except (SafetensorError, ValueError, struct.error, LookupError, TypeError, RecursionError) as error:
        raise WeightsError(
            f"expected a whole .safetensors file, got {path} ({_one_line(error)}); copy or train it again"
        ) from error
    if not is_described(metadata):
        raise WeightsError(f"{path} was not saved by srcnn; {_import_line(path)}")
    try:
        architecture, card = read_description(metadata)
        kernels, biases = _arrays(tensors, len(architecture.layers))
        return Weights(kernels, biases, architecture, card)
    except KeyError as error:
        raise WeightsError(
            f"expected an entry {error} in {path}, got none; the file is incomplete"
        ) from error
    except (TypeError, ValueError, AttributeError, RecursionError, SrcnnError) as error:
        raise WeightsError(f"{path}: {_one_line(error)}; save or train it again") from error


def _import_line(path: Path) -> str:
    target = path.with_name(f"{path.name.partition('.')[0] or 'weights'}-imported.safetensors")
    return f"convert it with: srcnn import {shlex.quote(str(path))} -o {shlex.quote(str(target))}"


def is_own_file(content: bytes) -> bool:
    """Whether a ``.safetensors`` file, in bytes, has the header that `save_weights` writes."""
    try:
        return is_described(_metadata(content))
    except (ValueError, struct.error, AttributeError, TypeError, RecursionError):
        return False


def is_described(metadata: Mapping[str, str]) -> bool:
    """Whether a file's metadata have the two entries that this package writes."""
    return "srcnn.architecture" in metadata and "srcnn.card" in metadata


def read_description(metadata: Mapping[str, str]) -> tuple[Architecture, ModelCard]:
    """Architecture and card out of a file's metadata.

    Raises:
        WeightsError: values that no architecture or card has.
        KeyError, TypeError, ValueError, AttributeError, RecursionError: texts of another program.
    """
    return _architecture(json.loads(metadata["srcnn.architecture"])), _card(
        json.loads(metadata["srcnn.card"])
    )


def _one_line(error: Exception) -> str:
    return printable(" ".join(str(error).split()) or type(error).__name__)


def _arrays(tensors: dict[str, Array], layers: int) -> tuple[tuple[Float32, ...], tuple[Float32, ...]]:
    """Kernels and biases of exactly so many layers."""
    kernels, biases = (
        tuple(_floats(f"conv{n}.{kind}", tensors) for n in range(1, layers + 1))
        for kind in ("weight", "bias")
    )
    if len(tensors) > 2 * layers:
        raise WeightsError(
            f"expected weights and biases of {layers} layers and nothing else, "
            f"got {', '.join(sorted(tensors))}"
        )
    return kernels, biases


def _floats(name: str, tensors: dict[str, Array]) -> Float32:
    if not np.issubdtype(tensors[name].dtype, np.floating):
        raise WeightsError(f"expected floats in {name}, got {tensors[name].dtype}")
    return tensors[name].astype(np.float32)


def _architecture(described: dict[str, Any]) -> Architecture:
    layers = tuple(Layer(**layer) for layer in described["layers"])
    sizes = [described["channels"], *(size for layer in layers for size in (layer.kernel, layer.width))]
    for size in sizes:
        # JSON has 9.0 and true too, and both compare as integers do.
        if type(size) is not int or size < 1:
            raise WeightsError(f"expected whole numbers of at least 1 in the architecture, got {size!r}")
    return Architecture(layers, described["channels"])


def _metadata(content: bytes) -> dict[str, str]:
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]).get("__metadata__", {})


def _card(described: dict[str, Any]) -> ModelCard:
    known = {f.name for f in fields(ModelCard)}
    # A card may hold more facts than this version knows; they are not an error.
    facts = {key: value for key, value in described.items() if key in known}
    lists = {key: tuple(facts.get(key, ())) for key in ("degradation", "data")}
    card = ModelCard(**{**facts, **lists})
    numbers = [number for number in (card.scale, card.input_range) if number is not None]
    if not all(isinstance(n, int | float) and math.isfinite(n) and n > 0 for n in numbers):
        raise WeightsError(
            f"expected a positive scale and input range on the card, "
            f"got {card.scale!r} and {card.input_range!r}"
        )
    return card
