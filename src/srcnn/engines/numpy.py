"""The reference engine: convolutions as matrix products in NumPy.

Every product has the same shape, whatever the picture: `COLUMNS` pixels at a time (the last group filled
up with zeros) and output channels padded to a multiple of `ROWS`. A library of matrix products picks its
code path by shape; with one shape a pixel's sum runs in one order, wherever in the picture it lies.
"""

import numpy as np
import numpy.typing as npt

from srcnn.engines.base import Planes, check_planes, input_margin, pad
from srcnn.tiling import Edges
from srcnn.weights import Weights

COLUMNS = 1024
"""Pixels in one product: a 5x5 window over 64 channels then takes 6.5 MB."""
ROWS = 16
"""Output channels are padded to a multiple of this: whole vector registers of any present processor."""

Matrix = npt.NDArray[np.float32]


class NumpyEngine:
    """Runs a network with NumPy alone; see `srcnn.engines.base.Engine`."""

    name = "numpy"

    def __init__(self, weights: Weights) -> None:
        self._architecture = weights.architecture
        self._matrices = [_matrix(kernel) for kernel in weights.kernels]
        self._biases = [bias[:, None] for bias in weights.biases]

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for one window of a picture, without its halo."""
        check_planes(planes, edges, self._architecture)
        planes = pad(planes, input_margin(self._architecture), edges, "valid")
        layers = zip(self._architecture.layers, self._matrices, self._biases, strict=True)
        for number, (layer, matrix, bias) in enumerate(layers, start=1):
            if layer.border != "valid":
                planes = pad(planes, layer.kernel // 2, edges, layer.border)
            planes = _convolve(planes, matrix, bias, layer.kernel)
            if number < len(self._matrices):
                np.maximum(planes, 0, out=planes)
        return planes


def _matrix(kernel: npt.NDArray[np.float32]) -> Matrix:
    """(out, in, k, k) -> (out padded to a multiple of `ROWS`, in * k * k)."""
    out = -(-len(kernel) // ROWS) * ROWS
    matrix = np.zeros((out, kernel[0].size), np.float32)
    matrix[: len(kernel)] = kernel.reshape(len(kernel), -1)
    return matrix


def _convolve(planes: Planes, matrix: Matrix, bias: Matrix, k: int) -> Planes:
    """Valid correlation: (C, H, W) -> (out, H - k + 1, W - k + 1)."""
    channels, height, width = planes.shape
    out_height, out_width = height - k + 1, width - k + 1
    # Planes as one long line each: the window's tap (y, x) of pixels i, i + 1, ... is then the run of samples
    # from i + y * width + x on, and gathering a group is a copy of runs. The k - 1 pixels a row whose window
    # wraps around are computed and thrown away.
    count = -(-out_height * width // COLUMNS) * COLUMNS
    line = np.zeros((channels, count + (k - 1) * (width + 1)), np.float32)
    line[:, : height * width] = planes.reshape(channels, -1)[:, : line.shape[1]]
    step, item = line.strides
    taps = np.lib.stride_tricks.as_strided(
        line, (channels, k, k, count), (step, width * item, item, item), writeable=False
    )
    result = np.empty((len(bias), count), np.float32)
    gathered = np.empty((channels, k, k, COLUMNS), np.float32)
    product = np.empty((len(matrix), COLUMNS), np.float32)
    for start in range(0, count, COLUMNS):
        part = slice(start, start + COLUMNS)
        np.copyto(gathered, taps[..., part])
        np.matmul(matrix, gathered.reshape(-1, COLUMNS), out=product)
        np.add(product[: len(bias)], bias, out=result[:, part])
    return np.ascontiguousarray(
        result[:, : out_height * width].reshape(-1, out_height, width)[:, :, :out_width]
    )
