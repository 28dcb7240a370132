"""The metrics by name, how many decimals they are printed with, and scoring one picture."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn import metrics

Scores = dict[str, float]
"""Metric to value."""
Levels = npt.NDArray[Any]
"""(H, W) or (H, W, 3), grey levels of 255."""


@dataclass(frozen=True)
class Metric:
    """A function of (reference, image, data_range, crop_border), and how its figure is printed.

    Attributes:
        function: the metric, on (H, W), or on (H, W, C) if ``colour``.
        decimals: digits after the point in tables.
        colour: takes several channels at once; others are averaged over them.
        rises: whether more is better.
    """

    function: Callable[..., float]
    decimals: int = 2
    colour: bool = False
    rises: bool = True


def _mse(reference: Levels, image: Levels, *, data_range: float, crop_border: int) -> float:
    """In squares of levels whatever the peak, as everywhere."""
    return metrics.mse(reference, image, crop_border=crop_border)


METRICS: Mapping[str, Metric] = {
    "psnr": Metric(metrics.psnr, colour=True),
    "ssim": Metric(metrics.ssim, 4),
    "mse": Metric(_mse, colour=True, rises=False),
    "ms_ssim": Metric(metrics.ms_ssim, 4),
    "ms_ssim_metrix": Metric(metrics.ms_ssim_metrix, 4),
    "ifc": Metric(metrics.ifc),
    "nqm": Metric(metrics.nqm),
    "wpsnr": Metric(metrics.wpsnr),
    "psnr_b": Metric(metrics.psnr_b),
}


def said(metric: str, value: float) -> str:
    """A figure with the decimals its metric is given with."""
    return f"{value:.{METRICS[metric].decimals}f}"


def _figure(metric: Metric, reference: Levels, result: Levels, arguments: dict[str, Any]) -> float:
    # Of pictures whose shapes differ the metric itself tells.
    if reference.ndim == 2 or metric.colour or reference.shape != result.shape:
        return metric.function(reference, result, **arguments)
    channels = range(reference.shape[2])
    return float(np.mean([metric.function(reference[..., c], result[..., c], **arguments) for c in channels]))


def label(metric: str) -> str:
    """How a metric is written in captions."""
    return metric.upper().replace("_", "-")


def captions(figures: Mapping[str, float]) -> Sequence[tuple[str, str]]:
    """(metric, figure in words), in order."""
    return [(metric, caption(metric, value)) for metric, value in figures.items()]


def caption(metric: str, value: float) -> str:
    """A figure as captions give it, with its unit if that is not plain."""
    if math.isinf(value):
        return "identical"
    unit = " dB" if metric in ("psnr", "wpsnr", "nqm", "psnr_b") else ""
    return f"{value:.{METRICS[metric].decimals}f}{unit}"


def _finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {metric: value if math.isfinite(value) else None for metric, value in figures.items()}
