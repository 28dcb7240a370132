"""How each layer is computed, and its weights in the order in which the C source reads them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from srcnn.arch import Architecture, Border, Layer
from srcnn.engines.native.transforms import OUTPUTS, transform_kernels
from srcnn.weights import Weights

TILE = OUTPUTS
"""Side of the squares of outputs that are computed at once."""
MAX_KERNEL = 11
MAX_LAYERS = 8
FOUR = 4
"""Output channels whose weights lie together."""

Method = Literal["product", "direct", "winograd"]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LayerPlan:
    """How one layer is computed.

    Attributes:
        method: ``product`` for a kernel of 1, ``direct`` by definition, or ``winograd``.
        kernel: the side it is computed with: of whole pieces, the last of which zeros fill.
        taps: of a piece, for Winograd.
        inputs: channels in.
        outputs: channels out.
        border: of its input.
    """

    method: Method
    kernel: int
    taps: int
    inputs: int
    outputs: int
    border: Border

    @property
    def pieces(self) -> int:
        """Pieces a side."""
        return self.kernel // self.taps

    @property
    def reach(self) -> int:
        """Tiles of its input, beyond its own, that a tile of its output needs."""
        return -(-(self.kernel - 1) // TILE)


def covers(architecture: Architecture) -> bool:
    """Whether the native engine computes this network."""
    layers = architecture.layers
    return len(layers) <= MAX_LAYERS and max(layer.kernel for layer in layers) <= MAX_KERNEL


def plan_layers(architecture: Architecture) -> tuple[LayerPlan, ...]:
    """What to do for each layer: it hangs on the architecture alone, so that results do."""
    return tuple(
        _plan_layer(layer, shape[1])
        for layer, shape in zip(architecture.layers, architecture.weight_shapes, strict=True)
    )


def engine_halo(architecture: Architecture) -> int:
    """Pixels around a window, for results that are those of the whole picture to the bit.

    A pixel's last bits hang on all that its tile and those of earlier layers were computed from: with kernels
    whose reach is no whole tile that is a little more than the halo.
    """
    first, *rest = plan_layers(architecture)
    needed = first.kernel - 1 + sum(TILE * plan.reach for plan in rest)
    return needed - architecture.halo


def pack_weights(weights: Weights, plans: tuple[LayerPlan, ...]) -> list[tuple[Floats, Floats]]:
    """Weights and biases of each layer as ``csrc/network.h`` describes them."""
    packed = []
    for plan, kernel, bias in zip(plans, weights.kernels, weights.biases, strict=True):
        if plan.method == "direct":
            values = np.ascontiguousarray(kernel.swapaxes(0, 1), np.float32)
        elif plan.method == "product":
            values = _in_fours(kernel[None, None, :, :, 0, 0])
        else:
            values = _in_fours(transform_kernels(kernel, plan.taps))
        packed.append((values, np.pad(bias.astype(np.float32), (0, -len(bias) % FOUR))))
    return packed


def _plan_layer(layer: Layer, inputs: int) -> LayerPlan:
    if layer.kernel == 1:
        return LayerPlan("product", 1, 1, inputs, layer.width, layer.border)
    taps = 5 if layer.kernel == 5 else 3
    kernel = -(-layer.kernel // taps) * taps
    if _direct_cost(layer, inputs) <= _winograd_cost(kernel, taps, inputs, layer.width):
        return LayerPlan("direct", layer.kernel, layer.kernel, inputs, layer.width, layer.border)
    return LayerPlan("winograd", kernel, taps, inputs, layer.width, layer.border)


def _direct_cost(layer: Layer, inputs: int) -> float:
    return layer.kernel**2 * inputs * layer.width


def _winograd_cost(kernel: int, taps: int, inputs: int, outputs: int) -> float:
    """Operations a pixel: the products, and the transforms as ``csrc/transforms.h`` writes them."""
    outputs += -outputs % FOUR
    points, pieces = taps + TILE - 1, kernel // taps
    forward, inverse = (24, 16) if taps == 5 else (12, 10)
    transforms = inputs * forward * (pieces * TILE + pieces**2 * points)
    transforms += outputs * inverse * (points + TILE)
    return (pieces**2 * points**2 * inputs * outputs + transforms) / TILE**2


def _in_fours(matrices: Floats) -> Floats:
    """(a, b, out, depth) -> (a, b, fours of out, depth, 4)."""
    rows, columns, out, depth = matrices.shape
    padded = np.pad(matrices, ((0, 0), (0, 0), (0, -out % FOUR), (0, 0)))
    return np.ascontiguousarray(padded.reshape(rows, columns, -1, FOUR, depth).swapaxes(-1, -2))
