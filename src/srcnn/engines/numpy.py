"""The reference engine: convolutions as matrix products in NumPy.

Which order a product sums in is the choice of NumPy's BLAS, and OpenBLAS chooses by the shape of the matrices
and by the place of a column in them, even at one fixed shape (0.3.31: padded shapes do not help). So this
engine alone does not promise that a tile equals the whole to the bit; the fixed grid of `srcnn.tiling`, under
which a pixel is computed in the same product at the same place whatever the tile, does.
"""

from collections.abc import Iterator

import numpy as np

from srcnn.engines.base import check_planes, input_margin, pad
from srcnn.tiling import Edges
from srcnn.types import Float32, Planes
from srcnn.weights import Weights

COLUMNS = 1024
"""Pixels in one product: few, as each takes 4 bytes for every tap of every channel while it is computed."""


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
            planes = _convolve(planes, matrix, bias, layer.kernel)
            if number < len(self._matrices):
                np.maximum(planes, 0, out=planes)
            yield planes


def _convolve(planes: Planes, matrix: Float32, bias: Float32, k: int) -> Planes:
    """Valid correlation: (C, H, W) with a matrix (out, C * k * k) -> (out, H - k + 1, W - k + 1)."""
    channels, height, width = planes.shape
    out_height, out_width = height - k + 1, width - k + 1
    # Planes as one long line each: the window's tap (y, x) of pixels i, i + 1, ... is then the run of samples
    # from i + y * width + x on, and gathering a group is a copy of runs. The k - 1 pixels a row whose window
    # wraps around are computed and thrown away; for the last of them the line is k - 1 samples longer.
    count = out_height * width
    line = np.zeros((channels, height * width + k - 1), np.float32)
    line[:, : height * width] = planes.reshape(channels, -1)
    step, item = line.strides
    taps = np.lib.stride_tricks.as_strided(
        line, (channels, k, k, count), (step, width * item, item, item), writeable=False
    )
    result = np.empty((len(bias), count), np.float32)
    for start in range(0, count, COLUMNS):
        gathered = taps[..., start : start + COLUMNS].reshape(matrix.shape[1], -1)
        np.add(matrix @ gathered, bias, out=result[:, start : start + COLUMNS])
    rows = result.reshape(-1, out_height, width)
    return np.ascontiguousarray(rows[:, :, :out_width])
