"""MATLAB's ``imresize`` in NumPy: antialiased when shrinking, cubic with a = -0.5.

Reference: R. Keys, "Cubic convolution interpolation for digital image processing", 1981; the kernel is
widened by 1/scale when shrinking, its weights are normalised to one, and sample i of the output lies
at (i + 0.5) / scale - 0.5 of the input.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from srcnn.errors import UsageError, one_of
from srcnn.types import Array, Floats, Window

Kernel = Literal["bicubic", "bilinear", "nearest", "lanczos", "opencv-cubic"]
ResizeBorder = Literal["symmetric", "replicate"]
KERNELS: tuple[Kernel, ...] = get_args(Kernel)
_CACHED = 1 << 16
"""Samples resampled at a time: with the terms of their sums they fit the second level of cache."""


def _cubic(x: Floats) -> Floats:
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def _opencv_cubic(x: Floats) -> Floats:
    # Keys' formula with a = -0.75: OpenCV's constant A of INTER_CUBIC, which never antialiases.
    x = np.abs(x)
    near = 1.25 * x**3 - 2.25 * x**2 + 1
    far = -0.75 * x**3 + 3.75 * x**2 - 6 * x + 3
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


def _triangle(x: Floats) -> Floats:
    return np.maximum(1 - np.abs(x), 0.0)


def _box(x: Floats) -> Floats:
    return ((x >= -0.5) & (x < 0.5)).astype(np.float64)


def _lanczos3(x: Floats) -> Floats:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


_KERNELS: dict[str, tuple[Callable[[Floats], Floats], float]] = {
    "bicubic": (_cubic, 4.0),
    "bilinear": (_triangle, 2.0),
    "nearest": (_box, 1.0),
    "lanczos": (_lanczos3, 6.0),
    "opencv-cubic": (_opencv_cubic, 4.0),
}


@dataclass(frozen=True)
class Taps:
    """How one axis is resampled: output i is ``sum_k weights[i, k] * input[index[i, k]]``."""

    index: npt.NDArray[np.intp]
    weights: Floats


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


class Resizer:
    """Resampling from one size to another: what `imresize` does, prepared once and used window by window.

    Args:
        size: (height, width) of the input.
        scale: see `imresize`, as all the others.
    """

    def __init__(
        self,
        size: tuple[int, int],
        scale: float | None = None,
        *,
        shape: tuple[int, int] | None = None,
        kernel: Kernel = "bicubic",
        border: ResizeBorder = "symmetric",
        antialias: bool = True,
    ) -> None:
        one_of(kernel, KERNELS, "a kernel")
        scales, self.shape = _scales_and_shape(size, scale, shape)
        self._taps = [
            axis_taps(length, out, s, kernel=kernel, border=border, antialias=antialias)
            for length, out, s in zip(size, self.shape, scales, strict=True)
        ]
        # MATLAB resizes the dimension with the smaller scale first; it matters where passes are rounded.
        self._order = (0, 1) if scales[0] <= scales[1] else (1, 0)

    def source(self, window: Window) -> Window:
        """Rows and columns of the input that a window of the output is made from."""
        spans = []
        for taps, part in zip(self._taps, window, strict=True):
            index = taps.index[part]
            spans.append(slice(int(index.min()), int(index.max()) + 1) if index.size else slice(0, 1))
        return spans[0], spans[1]

    def __call__(self, image: Array, window: Window) -> Array:
        """The window of the output, from ``image``: the input's `source` for that window, not the whole."""
        for axis in self._order:
            start = self.source(window)[axis].start
            taps, part = self._taps[axis], window[axis]
            image = _resample(image, Taps(taps.index[part] - start, taps.weights[part]), axis)
        return image


def imresize(
    image: Array,
    scale: float | None = None,
    *,
    shape: tuple[int, int] | None = None,
    window: Window | None = None,
    kernel: Kernel = "bicubic",
    border: ResizeBorder = "symmetric",
    antialias: bool = True,
) -> Array:
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
        kernel: ``bicubic``, ``bilinear``, ``nearest``, ``lanczos`` (three lobes), or ``opencv-cubic``
            (a = -0.75; with ``antialias=False`` and ``border="replicate"`` it is OpenCV's INTER_CUBIC).
        border: what lies beyond the edge: ``symmetric`` (newer MATLAB) or ``replicate`` (older MATLAB).
        antialias: widen the kernel when shrinking.

    Returns:
        (H', W') or (H', W', C) of the input's dtype.

    Raises:
        UsageError: neither scale nor shape, a scale or shape that is not positive, an unknown kernel.
    """
    height, width = image.shape[:2]
    resizer = Resizer((height, width), scale, shape=shape, kernel=kernel, border=border, antialias=antialias)
    window = window or (slice(None), slice(None))
    return resizer(image[resizer.source(window)], window)


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


def _resample(image: Array, taps: Taps, axis: int) -> Array:
    # Sums of whole lines in a fixed order: no output sample depends on which others are computed. A few lines
    # at a time, so that the terms of the sum stay in the processor's cache.
    dtype = image.dtype
    work = np.float32 if dtype == np.float32 else np.float64
    lines = np.moveaxis(image, axis, 0)
    out_shape = (len(taps.index), *lines.shape[1:])
    out = np.empty_like(lines, shape=out_shape)
    weights = taps.weights.astype(work)
    at_once = max(1, _CACHED // max(1, math.prod(out_shape[:1] + out_shape[2:])))
    for start in range(0, lines.shape[1], at_once):
        part = np.ascontiguousarray(lines[:, start : start + at_once], work)
        total = np.zeros((len(taps.index), *part.shape[1:]), work)
        term = np.empty_like(total)
        for index, weight in zip(taps.index.T, weights.T, strict=True):
            np.take(part, index, axis=0, out=term, mode="clip")
            term *= weight.reshape(-1, *(1,) * (term.ndim - 1))
            total += term
        if np.issubdtype(dtype, np.integer):
            total = np.clip(np.floor(total + 0.5), 0, np.iinfo(dtype).max)
        out[:, start : start + at_once] = total
    return np.moveaxis(out, 0, axis)
