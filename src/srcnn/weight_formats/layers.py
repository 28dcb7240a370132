"""From layers as a file holds them to weights: what all formats share, and what is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from srcnn.arch import Architecture, Border, Layer
from srcnn.errors import WeightsError
from srcnn.types import Array, Float32
from srcnn.weights import ModelCard

MOST_LAYERS = 6
"""The paper tries three and four layers, its successor for JPEG has four. Deeper plain chains of convolutions
are other networks, and as a rule add their input to their output (VDSR), which no shape shows."""

MOST_VALUES = 10_000_000
"""Values in one array. A file can claim any number, and a tensor can repeat a few bytes without end."""

MOST_BYTES = 2**28
"""Bytes that all arrays of a file may unpack to: a small file can claim any number."""

NOT_SRCNN = "an SRCNN has convolutions and ReLUs only"


@dataclass(frozen=True)
class RawLayer:
    """One convolution as read from a file.

    Attributes:
        name: its name in the file, for messages.
        kernel: (out, in, k, k) of any float type, applied as correlation.
        bias: (out,), or None for a convolution without.
        border: what the file itself says about padding; None where it says nothing.
    """

    name: str
    kernel: Array
    bias: Array | None
    border: Border | None = None


@dataclass(frozen=True)
class RawNetwork:
    """What a file holds.

    Attributes:
        layers: the convolutions in the order in which the network applies them.
        notes: what the file holds beside them and was left out, and what had to be chosen.
        card: the model card, in a file that this package wrote.
    """

    layers: list[RawLayer]
    notes: tuple[str, ...] = ()
    card: ModelCard | None = None


def check_room(sizes: Iterable[int]) -> None:
    """Refuse arrays of so many bytes each, before they are unpacked.

    Raises:
        WeightsError: more than `MOST_BYTES` in all.
    """
    if sum(sizes) > MOST_BYTES:
        raise WeightsError(f"expected arrays of up to {MOST_BYTES:,} bytes, got more")


def border_of_padding(name: str, kernel: int, padding: int) -> Border:
    """The border rule of a convolution that pads its input with ``padding`` zeros on each side.

    Raises:
        WeightsError: neither none nor as many as keep the size.
    """
    # A 1x1 kernel needs no padding, and "valid" and "zero" are the same to it.
    if padding == kernel // 2 and kernel > 1:
        return "zero"
    if padding == 0:
        return "valid"
    raise WeightsError(f"expected a padding of 0 or {kernel // 2} in {name}, got {padding}")


def check_chain(layers: Sequence[RawLayer]) -> None:
    """Refuse what is no SRCNN.

    Raises:
        WeightsError: too few or too many layers, other shapes than square odd kernels with their biases,
            layers that do not fit onto each other, or another number of planes out than in.
    """
    if not 2 <= len(layers) <= MOST_LAYERS:
        deep = " (VDSR and its like are deeper and add their input to their output)"
        raise WeightsError(
            f"expected an SRCNN of 2 to {MOST_LAYERS} convolutions, got {len(layers)}"
            f"{deep if len(layers) > MOST_LAYERS else ''}"
        )
    for layer in layers:
        _check_layer(layer)
    for before, after in pairwise(layers):
        if after.kernel.shape[1] != before.kernel.shape[0]:
            raise WeightsError(
                f"expected layers in their order, got {before.name} with {before.kernel.shape[0]} channels "
                f"out before {after.name} with {after.kernel.shape[1]} in; no SRCNN, or layers shuffled"
            )
    first, last = layers[0], layers[-1]
    planes = first.kernel.shape[1]
    if planes not in (1, 3):
        raise WeightsError(f"expected 1 or 3 planes into {first.name}, the first layer, got {planes}")
    if last.kernel.shape[0] != planes:
        raise WeightsError(
            f"expected as many planes out of {last.name}, the last layer, as go into the first, {planes}, "
            f"got {last.kernel.shape[0]}; a network that enlarges (ESPCN) or codes is no SRCNN"
        )


def _check_layer(layer: RawLayer) -> None:
    shape = layer.kernel.shape
    if len(shape) != 4 or shape[2] != shape[3] or shape[2] % 2 == 0 or 0 in shape:
        raise WeightsError(f"expected a square kernel of odd size in {layer.name}, got the shape {shape}")
    if layer.bias is not None and layer.bias.shape != shape[:1]:
        turned = layer.bias.shape == shape[1:2]
        raise WeightsError(
            f"expected {shape[0]} biases in {layer.name}, got {layer.bias.shape}"
            f"{'; a transposed convolution (FSRCNN) is no SRCNN' if turned else ''}"
        )


def architecture_of(layers: Sequence[RawLayer], borders: Sequence[Border]) -> Architecture:
    """What network the shapes of checked layers and their borders make."""
    return Architecture(
        tuple(
            Layer(int(layer.kernel.shape[2]), int(layer.kernel.shape[0]), border)
            for layer, border in zip(layers, borders, strict=True)
        ),
        int(layers[0].kernel.shape[1]),
    )


def arrays_of(
    layers: Sequence[RawLayer], *, transpose: bool
) -> tuple[tuple[Float32, ...], tuple[Float32, ...]]:
    """Kernels and biases in float32, in one run of memory each; biases of 0 where there are none."""
    with np.errstate(over="ignore"):  # becomes inf, which `Weights` refuses
        kernels = tuple(
            np.ascontiguousarray(layer.kernel.swapaxes(2, 3) if transpose else layer.kernel, np.float32)
            for layer in layers
        )
        biases = tuple(
            np.ascontiguousarray(
                np.zeros(len(layer.kernel)) if layer.bias is None else layer.bias, np.float32
            )
            for layer in layers
        )
    return kernels, biases
