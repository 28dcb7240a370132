"""The reference engine: convolutions as matrix products in NumPy.

Which order a product sums in is the choice of NumPy's BLAS, and OpenBLAS chooses by the shape of the matrices
and by the place of a column in them, even at one fixed shape (0.3.31: padded shapes do not help). So this
engine alone does not promise that a tile equals the whole to the bit; the fixed grid of `srcnn.tiling`, under
which a pixel is computed in the same product at the same place whatever the tile, does.
"""

from collections.abc import Iterator

import numpy as np

from srcnn.borders import input_margin, pad
from srcnn.convolution import convolve
from srcnn.engines.base import check_planes
from srcnn.tiling import Edges
from srcnn.types import Planes
from srcnn.weights import Weights


class NumpyEngine:
    """Runs a network with NumPy alone; see `srcnn.engines.base.Engine`."""

    name = "numpy"
    whole_tiles = False

    def __init__(self, weights: Weights) -> None:
        self._architecture = weights.architecture
        self.halo = weights.architecture.halo
        self._matrices = [kernel.reshape(len(kernel), -1) for kernel in weights.kernels]
        self._biases = [bias[:, None] for bias in weights.biases]

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for one window of a picture, without its halo."""
        for result in self.activations(planes, edges):
            planes = result
        return planes

    def activations(self, planes: Planes, edges: Edges) -> Iterator[Planes]:
        """What each layer returns, ReLU included: (width, h, w) float32; the last is the network's output."""
        check_planes(planes, edges, self._architecture)
        planes = pad(planes, input_margin(self._architecture), edges, "valid")
        layers = zip(self._architecture.layers, self._matrices, self._biases, strict=True)
        for number, (layer, matrix, bias) in enumerate(layers, start=1):
            if layer.border != "valid":
                planes = pad(planes, layer.kernel // 2, edges, layer.border)
            planes = convolve(planes, matrix, bias, layer.kernel)
            if number < len(self._matrices):
                np.maximum(planes, 0, out=planes)
            yield planes
