"""One image under a protocol: what is measured, what the network is given, and the baselines."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from srcnn.color import (
    Color,
    LumaRange,
    full_range_luma,
    luma,
    rgb_to_ycbcr,
    rounded,
    ycbcr_levels,
    ycbcr_to_rgb,
)
from srcnn.degrade import gaussian_blur, jpeg, mod_crop, pillow_bicubic
from srcnn.errors import UsageError
from srcnn.evaluation.metric_table import Scores, score
from srcnn.evaluation.protocols import Protocol
from srcnn.resize import Kernel, ResizeBorder, imresize
from srcnn.types import Array, Float64, Floats, Levels

BASELINES: tuple[Kernel, ...] = ("nearest", "bilinear", "bicubic", "lanczos")
"""Enlargements without a network, from plain to good."""


@dataclass(frozen=True, eq=False)
class Case:
    """One HR image under a protocol.

    Attributes:
        pixels: (H, W) or (H, W, 3) uint8, the HR image as its file has it.
        protocol: the conventions.
        scale: whole enlargement; None for restoration.
        name: what the picture is called.
    """

    pixels: Levels
    protocol: Protocol
    scale: int | None
    name: str = ""

    @property
    def grey(self) -> bool:
        """A grey picture is its own luma, whatever the protocol measures of others."""
        return self.pixels.ndim == 2

    @property
    def space(self) -> Color:
        """What baselines are computed in: Y alone; Y, Cb and Cr; or R, G and B where nothing is resized."""
        if self.grey or self.protocol.channel == "y":
            return "y"
        return "rgb" if self.scale is None and self.protocol.channel == "rgb" else "ycbcr"

    @cached_property
    def reference(self) -> Levels:
        """(H, W) or (H, W, 3) uint8 that results are measured against.

        Raises:
            UsageError: a picture smaller than the scale.
        """
        return self.levels("y" if self.grey else self.protocol.channel)

    def levels(self, space: Color) -> Levels:
        """The HR image in a space, its sides made to fit the scale."""
        levels = in_space(self.pixels, space, self.protocol.luma_range)
        if self.scale is None or self.protocol.crop == "none":
            return levels
        cropped = mod_crop(levels, self.scale)
        if self.protocol.crop == "modulo" or cropped.shape == levels.shape:
            return cropped
        return imresize(levels, shape=(cropped.shape[0], cropped.shape[1]), border="symmetric")

    def takes(self, space: Color) -> bool:
        """Whether weights for a space can be measured: for luma alone where colours are left undamaged."""
        return space == "y" or self.grey or not self.protocol.damages_luma_alone

    def low(self, space: Color) -> Float64:
        """The low-resolution or damaged picture: (h, w) or (h, w, 3) float64, 1.0 for level 255.

        Raises:
            UsageError: colours of a protocol that damages luma alone.
        """
        if self.scale is None:
            return self._damaged(space)
        levels = self.levels(space) / 255
        low = self.resized(levels, (levels.shape[0] // self.scale, levels.shape[1] // self.scale))
        if self.protocol.lr == "uint8":
            low = rounded(low) / 255
        return low.astype(np.float64, copy=False)

    def _damaged(self, space: Color) -> Float64:
        quality, sigma = self.protocol.quality, self.protocol.sigma
        if not self.takes(space):
            raise UsageError(
                f"expected weights for luma under the protocol {self.protocol.name}, which damages luma "
                f"alone, got some for {space}"
            )
        if sigma is not None:
            return self._blurred(self.levels(space), sigma) / 255
        if quality is None:
            raise UsageError(f"expected a scale with the protocol {self.protocol.name}, got none")
        if self.protocol.degradation == "jpeg-colour":
            return in_space(jpeg(self.pixels, quality), space, self.protocol.luma_range) / 255
        return jpeg(self.levels(space), quality) / 255

    @staticmethod
    def _blurred(levels: Levels, sigma: float) -> Float64:
        planes = levels.reshape(*levels.shape[:2], -1).astype(np.float32)
        planes /= 255
        blurred = [gaussian_blur(planes[..., channel], sigma) for channel in range(planes.shape[2])]
        return rounded(np.stack(blurred, axis=-1)).reshape(levels.shape)

    def resized(self, planes: Floats, shape: tuple[int, int], kernel: Kernel = "bicubic") -> Floats:
        """Planes made smaller or larger as the protocol does it; other kernels than bicubic as MATLAB."""
        how = self.protocol.degradation
        if kernel == "bicubic" and how == "pillow":
            return pillow_bicubic(planes, shape)
        if kernel == "bicubic" and how == "opencv":
            return imresize(planes, shape=shape, kernel="opencv-cubic", border="replicate", antialias=False)
        border: ResizeBorder = "replicate" if self.protocol.resize_border == "replicate" else "symmetric"
        if kernel == "bicubic" and how == "bicubic-uint8":
            return imresize(rounded(planes).astype(np.uint8), shape=shape, border=border) / 255
        return imresize(planes, shape=shape, kernel=kernel, border=border)

    def baseline(self, kernel: Kernel = "bicubic") -> Floats:
        """What there is without a network, in `space`: the enlargement, or the damaged picture itself."""
        low = self.low(self.space)
        return low if self.scale is None else self.resized(low, self.size, kernel)

    def score(self, levels: Floats) -> Scores:
        """Every metric of the protocol, of (H, W) or (H, W, 3) grey levels of 255 as `measured_levels` gives.

        Raises:
            UsageError: an image too small for a metric, or levels that are not finite or of another shape.
        """
        border = self.protocol.shave(self.scale)
        return {
            metric: score(metric, self.reference, levels, self.protocol.data_range, border)
            for metric in self.protocol.metrics
        }

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the reference."""
        return self.reference.shape[0], self.reference.shape[1]


def check_baselines(names: Any) -> tuple[Kernel, ...]:
    """Kernels by name, in the order of `BASELINES`, bicubic always among them; `UsageError` if unknown."""
    unknown = [name for name in names if name not in BASELINES]
    if unknown:
        raise UsageError(f"expected baselines out of {', '.join(BASELINES)}, got {unknown[0]!r}")
    return tuple(kernel for kernel in BASELINES if kernel in names or kernel == "bicubic")


def in_space(pixels: Levels, space: Color, luma_range: LumaRange) -> Levels:
    """8-bit levels of a picture.

    Args:
        pixels: (H, W) or (H, W, 3) uint8. A grey picture is its own luma; in colour R, G and B are equal.
        space: what is wanted.
        luma_range: of ``y``; ``ycbcr`` is studio range.

    Returns:
        (H, W) uint8 of ``y``, (H, W, 3) of the others.
    """
    if space == "y":
        return full_range_luma(pixels) if luma_range == "full" else luma(pixels)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=-1)
    return pixels if space == "rgb" else ycbcr_levels(pixels)


def measured_levels(planes: Floats, space: Color, protocol: Protocol, *, grey: bool) -> Float64:
    """What is compared with the reference: levels of a result, in the protocol's channel.

    Where colours are converted, what is converted has been rounded to 8 bits, as a picture would be.

    Args:
        planes: (H, W) or (H, W, 3) float, 1.0 for level 255.
        space: what the planes are.
        protocol: says what is measured and whether it is rounded.
        grey: the picture is a grey one: the result is brought to one channel.
    """
    levels = _levels(planes, protocol)
    channel = "y" if grey else protocol.channel
    if space == channel:
        return levels
    if grey:
        rgb = levels if space == "rgb" else _levels(ycbcr_to_rgb(levels / 255), protocol)
        return _levels(rgb.mean(axis=-1) / 255, protocol)
    if space == "ycbcr":
        return levels[..., 0] if channel == "y" else _levels(ycbcr_to_rgb(levels / 255), protocol)
    ycbcr = rgb_to_ycbcr(levels / 255)
    return _levels(ycbcr[..., 0] if channel == "y" else ycbcr, protocol)


def _levels(planes: Floats, protocol: Protocol) -> Float64:
    if protocol.output == "uint8":
        return rounded(planes)
    return np.clip(planes.astype(np.float64) * 255, 0, 255)


def to_picture(levels: Array, channel: Color) -> Levels:
    """8-bit pixels, grey or RGB, of levels as they are measured."""
    if levels.ndim == 3 and channel == "ycbcr":
        return rounded(ycbcr_to_rgb(levels.astype(np.float64) / 255)).astype(np.uint8)
    return rounded(levels / 255).astype(np.uint8)
