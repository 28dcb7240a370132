"""Weights out, for other programs; every file is read back before it is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from srcnn.atomic import write_bytes
from srcnn.errors import UsageError, WeightsError, os_errors_as
from srcnn.types import StrPath
from srcnn.weight_formats import keras, matlab, onnx, pytorch
from srcnn.weight_formats.layers import RawNetwork, arrays_of
from srcnn.weights import Weights


@dataclass(frozen=True)
class _Format:
    suffixes: tuple[str, ...]
    write: Callable[[Weights], bytes]
    read: Callable[[bytes], RawNetwork] | None
    unit_range: bool
    """Whether the file must take 0 to 1, because what runs it gives it that."""


_FORMATS: Mapping[str, _Format] = {
    "pth": _Format((".pth", ".pt"), pytorch.write, pytorch.read, False),
    "mat": _Format((".mat",), matlab.write, matlab.read, True),
    "h5": _Format((".h5", ".hdf5"), keras.write, keras.read, False),
    "onnx": _Format((".onnx",), onnx.write, None, True),
}
EXPORTED = tuple(_FORMATS)
"""Names of the formats that can be exported."""


@dataclass(frozen=True)
class Exported:
    """What was written: its format and size, how it was checked, and what its reader must know."""

    path: Path
    format: str
    bytes: int
    checked: str
    notes: tuple[str, ...]


def export_weights(weights: Weights, path: StrPath, format: str | None = None) -> Exported:  # noqa: A002
    """Write weights for another program, after reading back what will be written.

    ``pth``, ``mat`` and ``h5`` must give back every value to the bit (the values in the file's convention);
    ``onnx`` is run by onnxruntime on batches of several sizes and must agree with the NumPy engine.

    Args:
        weights: the network.
        path: the file to write, whole or not at all.
        format: one of `EXPORTED`; by default what the suffix says.

    Raises:
        UsageError: an unknown format or suffix.
        WeightsError: weights that the format cannot hold, a file that does not give them back, or that
            cannot be written.
        MissingExtraError: the packages of the format are not installed.
    """
    path = Path(path)
    name = format or _format_of(path)
    if name not in _FORMATS:
        raise UsageError(f"expected a format of {', '.join(EXPORTED)}, got {name!r}")
    chosen = _FORMATS[name]
    stored = to_unit_range(weights) if chosen.unit_range else weights
    content = chosen.write(stored)
    if chosen.read is None:
        checked = f"run by onnxruntime, within {onnx.check(content, stored):.0e} of the NumPy engine"
    else:
        _check_same(chosen.read(content), stored)
        checked = "read back, equal to the bit"
    with os_errors_as(WeightsError, f"cannot write {path}"):
        write_bytes(content, path)
    return Exported(path, name, len(content), checked, tuple(_notes(weights, name)))


def _format_of(path: Path) -> str:
    for name, known in _FORMATS.items():
        if path.suffix.lower() in known.suffixes:
            return name
    suffixes = ", ".join(suffix for known in _FORMATS.values() for suffix in known.suffixes)
    raise UsageError(f"expected an output that ends in {suffixes}, or --format, got {path.name!r}")


def to_unit_range(weights: Weights) -> Weights:
    """The same network for inputs of 0 to 1 instead of 0 to the card's input range.

    ReLU lets a positive factor pass, so only the biases change: each is divided by the range.
    """
    if weights.card.input_range == 1:
        return weights
    biases = tuple(
        (bias / np.float64(weights.card.input_range)).astype(np.float32) for bias in weights.biases
    )
    return replace(weights, biases=biases, card=replace(weights.card, input_range=1.0))


def _check_same(network: RawNetwork, weights: Weights) -> None:
    kernels, biases = arrays_of(network.layers, transpose=False)
    pairs = [*zip(kernels, weights.kernels, strict=True), *zip(biases, weights.biases, strict=True)]
    for got, expected in pairs:
        if (
            got.shape != expected.shape
            or got.tobytes() != np.ascontiguousarray(expected, np.float32).tobytes()
        ):
            raise WeightsError(
                "expected the file to give back the same values, got others; nothing was written"
            )


def _notes(weights: Weights, name: str) -> list[str]:
    """What the file cannot say itself, and what happens where it is run."""
    card, borders = weights.card, {layer.border for layer in weights.architecture.layers if layer.kernel > 1}
    halo = weights.architecture.halo
    notes = []
    # Both rules repeat the edge before the first layer; what they differ in starts at the second.
    reach = halo - weights.architecture.layers[0].kernel // 2 if borders == {"valid"} else halo
    if name == "mat" and borders != {"replicate"}:
        notes.append(
            f"the authors' code repeats the edge before every layer, these weights are for "
            f"{_words(borders)}: up to {reach} pixels from the edge differ"
        )
    if name == "h5" and borders != {"zero"}:
        notes.append(
            f"Keras repeats no edges: layers for {_words(borders - {'zero'})} are written as 'valid'; repeat "
            f"the picture's edge by {halo} pixels before the network"
        )
    if name == "pth":
        notes.append(f"a state dict says nothing about borders: these weights are for {_words(borders)}")
    if card.input_range != 1 and name in ("mat", "onnx"):
        notes.append(f"the biases are divided by {card.input_range:g}: the file takes 0 to 1")
    elif card.input_range != 1:
        notes.append(f"the network takes 0 to {card.input_range:g}")
    if card.color == "y" and card.luma_range == "full":
        notes.append("the network is for full-range luma, 0 to 255, not MATLAB's 16 to 235")
    return notes


def _words(borders: set[str]) -> str:
    return " and ".join(sorted(borders)) or "any border"
