"""MATLAB's ``imresize`` in NumPy: antialiased when shrinking, cubic with a = -0.5.

Reference: R. Keys, "Cubic convolution interpolation for digital image processing", 1981; the kernel is
widened by 1/scale when shrinking, its weights are normalised to one, and sample i of the output lies
at (i + 0.5) / scale - 0.5 of the input.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from srcnn.errors import UsageError

Kernel = Literal["bicubic", "bilinear", "nearest", "lanczos"]
ResizeBorder = Literal["symmetric", "replicate"]
KERNELS: tuple[Kernel, ...] = get_args(Kernel)
Window = tuple[slice, slice]


def _cubic(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def _triangle(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.maximum(1 - np.abs(x), 0.0)


def _box(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return ((x >= -0.5) & (x < 0.5)).astype(np.float64)


def _lanczos3(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


_KERNELS: dict[str, tuple[Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]], float]] = {
    "bicubic": (_cubic, 4.0),
    "bilinear": (_triangle, 2.0),
    "nearest": (_box, 1.0),
    "lanczos": (_lanczos3, 6.0),
}


@dataclass(frozen=True)
class Taps:
    """How one axis is resampled: output i is ``sum_k weights[i, k] * input[index[i, k]]``."""

    index: npt.NDArray[np.intp]
    weights: npt.NDArray[np.float64]


def axis_taps(
    size: int,
    out_size: int,
    scale: float,
    *,
    kernel: Kernel,
    border: ResizeBorder,
    antialias: bool = True,
) -> Taps:
    """Input indices and weights of every output sample along one axis of ``size`` samples."""
    function, width = _KERNELS[kernel]
    shrink = min(scale, 1.0) if antialias else 1.0
    width /= shrink
    centre = (np.arange(out_size) + 0.5) / scale - 0.5
    first = np.floor(centre - width / 2).astype(np.intp)
    index = first[:, None] + np.arange(math.ceil(width) + 2)
    weights = function((centre[:, None] - index) * shrink)
    weights /= weights.sum(axis=1, keepdims=True)
    used = np.flatnonzero(np.any(weights != 0, axis=0))
    index, weights = index[:, used[0] : used[-1] + 1], weights[:, used[0] : used[-1] + 1]
    if border == "replicate":
        index = np.clip(index, 0, size - 1)
    else:
        index = np.mod(index, 2 * size)
        index = np.where(index < size, index, 2 * size - 1 - index)
    return Taps(index, weights)


def imresize(
    image: npt.NDArray[Any],
    scale: float | None = None,
    *,
    shape: tuple[int, int] | None = None,
    window: Window | None = None,
    kernel: Kernel = "bicubic",
    border: ResizeBorder = "symmetric",
    antialias: bool = True,
) -> npt.NDArray[Any]:
    """Resize a picture as MATLAB's ``imresize`` does.

    Integer pictures are rounded (half up) and clipped after each of the two passes, as MATLAB does it;
    float pictures are computed in their own precision and not clipped. A part of the result is the same
    to the bit whether it is cut from the whole or computed alone with ``window``.

    Args:
        image: (H, W) or (H, W, C), uint8, uint16, float32 or float64.
        scale: output size over input size, > 0; the output has ``ceil(scale * size)`` samples a side.
        shape: (height, width) of the output instead of ``scale``, or beside it: then ``scale`` says where
            the samples lie and ``shape`` how many there are.
        window: the two slices (rows, columns) of the output to compute; all of it by default.
        kernel: ``bicubic``, ``bilinear``, ``nearest`` or ``lanczos`` (three lobes).
        border: what lies beyond the edge: ``symmetric`` (newer MATLAB) or ``replicate`` (older MATLAB).
        antialias: widen the kernel when shrinking.

    Returns:
        (H', W') or (H', W', C) of the input's dtype.

    Raises:
        UsageError: neither scale nor shape, a scale or shape that is not positive, an unknown kernel.
    """
    if kernel not in KERNELS:
        raise UsageError(f"expected a kernel of {', '.join(KERNELS)}, got {kernel!r}")
    scales, shape = _scales_and_shape(image.shape[:2], scale, shape)
    rows, columns = window or (slice(None), slice(None))
    taps = [
        axis_taps(size, out, s, kernel=kernel, border=border, antialias=antialias)
        for size, out, s in zip(image.shape[:2], shape, scales, strict=True)
    ]
    taps = [Taps(t.index[part], t.weights[part]) for t, part in zip(taps, (rows, columns), strict=True)]
    # MATLAB resizes the dimension with the smaller scale first; it matters where passes are rounded.
    order = (0, 1) if scales[0] <= scales[1] else (1, 0)
    for axis in order:
        image = _resample(image, taps[axis], axis)
    return image


def _scales_and_shape(
    size: tuple[int, ...], scale: float | None, shape: tuple[int, int] | None
) -> tuple[tuple[float, float], tuple[int, int]]:
    if scale is not None and not (math.isfinite(scale) and scale > 0):
        raise UsageError(f"expected a positive scale, got {scale}")
    if shape is None:
        if scale is None:
            raise UsageError("expected a scale or an output shape, got neither")
        shape = (math.ceil(scale * size[0]), math.ceil(scale * size[1]))
    if min(shape) < 1:
        raise UsageError(f"expected an output of at least 1x1 pixels, got {shape[1]}x{shape[0]}")
    if scale is not None:
        return (scale, scale), shape
    return (shape[0] / size[0], shape[1] / size[1]), shape


def _resample(image: npt.NDArray[Any], taps: Taps, axis: int) -> npt.NDArray[Any]:
    # Sums of whole rows in a fixed order: fast, and no output sample depends on which others are computed.
    dtype = image.dtype
    work = np.float32 if dtype == np.float32 else np.float64
    lines = np.ascontiguousarray(np.moveaxis(image, axis, 0))
    broadcast = (-1,) + (1,) * (lines.ndim - 1)
    out = np.zeros((len(taps.index), *lines.shape[1:]), work)
    for index, weights in zip(taps.index.T, taps.weights.T, strict=True):
        out += weights.astype(work).reshape(broadcast) * lines[index]
    if np.issubdtype(dtype, np.integer):
        out = np.clip(np.floor(out + 0.5), 0, np.iinfo(dtype).max).astype(dtype)
    return np.moveaxis(out, 0, axis)
