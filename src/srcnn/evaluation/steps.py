"""The steps of a protocol, on one picture: what is measured, what is shown to the network, the scores."""

from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.color import luma
from srcnn.degrade import bicubic_degradation, mod_crop
from srcnn.evaluation.protocol import Protocol
from srcnn.metrics import psnr, ssim

Levels = npt.NDArray[np.uint8]
Scores = dict[str, float]
"""Metric to value."""

_METRICS = {"psnr": psnr, "ssim": ssim}


def reference(pixels: npt.NDArray[np.uint8], scale: int) -> Levels:
    """(H, W) grey levels that results are measured against, of a (H, W) or (H, W, 3) picture.

    Raises:
        UsageError: a picture smaller than the scale.
    """
    return mod_crop(luma(pixels), scale)


def enlarged(levels: Levels, scale: int, protocol: Protocol) -> npt.NDArray[np.floating]:
    """The network's input: (H, W) float64, 1.0 for level 255, not clipped."""
    return bicubic_degradation(levels / 255, scale, border=protocol.resize_border)


def to_levels(plane: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Grey levels of a plane with 1.0 for level 255: rounded half up, as MATLAB does, and clipped.

    Whole numbers, but in float64: an 8-bit integer would turn nan into some level.
    """
    return np.clip(np.floor(plane.astype(np.float64) * 255 + 0.5), 0, 255)


def scores(levels: Levels, result: npt.NDArray[Any], scale: int, protocol: Protocol) -> Scores:
    """Every metric of the protocol for ``result``, (H, W) with 1.0 for level 255.

    Raises:
        UsageError: a picture too small for a metric, or a result that is not finite.
    """
    checked = to_levels(result)
    return {
        name: _METRICS[name](levels, checked, data_range=protocol.data_range, crop_border=scale)
        for name in protocol.metrics
    }
