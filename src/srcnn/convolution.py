"""One convolution as matrix products of NumPy, a group of pixels at a time."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

COLUMNS = 1024
"""Pixels in one product: few, as each takes 4 or 8 bytes for every tap of every channel."""

Float = TypeVar("Float", np.float32, np.float64)


def convolve(
    planes: npt.NDArray[Float], matrix: npt.NDArray[Float], bias: npt.NDArray[Float], k: int
) -> npt.NDArray[Float]:
    """Valid correlation of (C, H, W) planes, in the dtype that all three have.

    Args:
        planes: (C, H, W) float32 or float64, at least k x k pixels.
        matrix: (out, C * k * k): kernels (out, C, k, k) as rows.
        bias: (out, 1).
        k: side of the window.

    Returns:
        (out, H - k + 1, W - k + 1).
    """
    channels, height, width = planes.shape
    out_height, out_width = height - k + 1, width - k + 1
    # Planes as one long line each: the window's tap (y, x) of pixels i, i + 1, ... is then the run of samples
    # from i + y * width + x on, and gathering a group is a copy of runs. The k - 1 pixels a row whose window
    # wraps around are computed and thrown away; for the last of them the line is k - 1 samples longer.
    count = out_height * width
    line = np.zeros((channels, height * width + k - 1), planes.dtype)
    line[:, : height * width] = planes.reshape(channels, -1)
    step, item = line.strides
    taps = np.lib.stride_tricks.as_strided(
        line, (channels, k, k, count), (step, width * item, item, item), writeable=False
    )
    result = np.empty((len(bias), count), planes.dtype)
    for start in range(0, count, COLUMNS):
        gathered = taps[..., start : start + COLUMNS].reshape(matrix.shape[1], -1)
        np.add(matrix @ gathered, bias, out=result[:, start : start + COLUMNS])
    rows = result.reshape(-1, out_height, width)
    return np.ascontiguousarray(rows[:, :, :out_width])
