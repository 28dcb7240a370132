"""What network: layers, borders, and the figures that follow from them."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from srcnn.errors import UsageError, one_of

Border = Literal["valid", "zero", "replicate"]
BORDERS: tuple[Border, ...] = get_args(Border)


@dataclass(frozen=True)
class Layer:
    """One convolution: a ``kernel`` x ``kernel`` window, ``width`` output channels, and its border rule.

    ``replicate`` and ``zero`` pad this layer's input so that its output keeps the size; ``valid`` pads
    nothing here: the network's input is edge-padded once by the halo instead.
    """

    kernel: int
    width: int
    border: Border = "valid"

    def __post_init__(self) -> None:
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise UsageError(f"expected an odd kernel size of at least 1, got {self.kernel}")
        if self.width < 1:
            raise UsageError(f"expected at least one output channel, got width {self.width}")
        one_of(self.border, BORDERS, "a border")


@dataclass(frozen=True)
class Architecture:
    """Plain convolutions with a ReLU after each but the last; ``channels`` planes in and out.

    Raises:
        UsageError: no layers, or a last layer that does not return ``channels`` planes.
    """

    layers: tuple[Layer, ...]
    channels: int = 1

    def __post_init__(self) -> None:
        if not self.layers:
            raise UsageError("expected at least one layer, got none")
        if self.layers[-1].width != self.channels:
            raise UsageError(
                f"expected the last layer to return the {self.channels} input channel(s), "
                f"got width {self.layers[-1].width}"
            )

    @property
    def name(self) -> str:
        """Kernel sizes as the paper writes them, such as ``9-5-5``."""
        return "-".join(str(layer.kernel) for layer in self.layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Output channels of all layers but the last: the paper's n1, n2."""
        return tuple(layer.width for layer in self.layers[:-1])

    @property
    def weight_shapes(self) -> tuple[tuple[int, int, int, int], ...]:
        """Shape (out, in, kernel, kernel) of each layer's weights."""
        inputs = (self.channels, *self.widths)
        return tuple(
            (layer.width, fan, layer.kernel, layer.kernel)
            for layer, fan in zip(self.layers, inputs, strict=True)
        )

    @property
    def macs_per_pixel(self) -> int:
        """Multiply-accumulates for one output pixel (biases not counted)."""
        return sum(o * i * k * k for o, i, k, _ in self.weight_shapes)

    @property
    def parameters(self) -> int:
        """Weights and biases together."""
        return self.macs_per_pixel + sum(layer.width for layer in self.layers)

    @property
    def halo(self) -> int:
        """Pixels on each side that an output pixel sees: the radius of the receptive field."""
        return sum(layer.kernel // 2 for layer in self.layers)


def parse_architecture(
    name: str, *, widths: tuple[int, ...] = (64, 32), channels: int = 1, border: Border = "valid"
) -> Architecture:
    """Architecture from a name such as ``9-5-5`` and the widths of all layers but the last.

    Raises:
        UsageError: a name that is not kernel sizes joined by dashes, or widths that do not fit it.
    """
    if not re.fullmatch(r"\d+(-\d+)*", name):
        raise UsageError(f"expected kernel sizes such as 9-5-5, got {name!r}")
    kernels = [int(k) for k in name.split("-")]
    if len(widths) != len(kernels) - 1:
        raise UsageError(f"expected {len(kernels) - 1} widths for {name}, got {len(widths)}: {widths}")
    layers = zip(kernels, (*widths, channels), strict=True)
    return Architecture(tuple(Layer(k, n, border) for k, n in layers), channels)
