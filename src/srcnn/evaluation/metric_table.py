"""The metrics by name: scoring one image, the mean over several, and how figures are written."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from srcnn import metrics
from srcnn.types import Array

Scores = dict[str, float]
"""Metric to value."""


@dataclass(frozen=True)
class Metric:
    """A function of (reference, image, data_range, crop_border), and how its figure is printed.

    Attributes:
        function: the metric, on (H, W), or on (H, W, C) if ``color``.
        decimals: digits after the point in tables.
        color: takes several channels at once; others are averaged over them.
        rises: whether more is better.
        unit: in captions, with a blank before it.
        exact: whether it is infinite only where nothing differs.
    """

    function: Callable[..., float]
    decimals: int = 2
    color: bool = False
    rises: bool = True
    unit: str = ""
    exact: bool = True


def _mse(reference: Array, image: Array, *, data_range: float, crop_border: int) -> float:
    """In squares of levels whatever the peak, as everywhere."""
    return metrics.mse(reference, image, crop_border=crop_border)


_DB = " dB"
METRICS: Mapping[str, Metric] = {
    "psnr": Metric(metrics.psnr, color=True, unit=_DB),
    "ssim": Metric(metrics.ssim, 4),
    "mse": Metric(_mse, color=True, rises=False),
    "ms_ssim": Metric(metrics.ms_ssim, 4),
    "ms_ssim_metrix": Metric(metrics.ms_ssim_metrix, 4),
    "ifc": Metric(metrics.ifc),
    # Infinite too where the eye sees no difference, and where it sees nothing in the reference.
    "nqm": Metric(metrics.nqm, unit=_DB, exact=False),
    "wpsnr": Metric(metrics.wpsnr, unit=_DB),
    "psnr_b": Metric(metrics.psnr_b, unit=_DB),
}


def score(metric: str, reference: Array, image: Array, data_range: float, crop_border: int) -> float:
    """One of the `METRICS`; where it takes a single plane, the mean over the channels.

    Both pictures are (H, W) or (H, W, C), in grey levels of 255.

    Raises:
        UsageError: an image too small for the metric, not finite, or of another shape.
    """
    known = METRICS[metric]
    options = {"data_range": data_range, "crop_border": crop_border}
    # Shapes that differ are refused by the metric itself.
    if reference.ndim == 2 or known.color or reference.shape != image.shape:
        return known.function(reference, image, **options)
    channels = range(reference.shape[2])
    return float(np.mean([known.function(reference[..., c], image[..., c], **options) for c in channels]))


def mean_scores(images: Iterable[Mapping[str, float]]) -> Scores:
    """The mean over images of each metric; one identical image makes the mean of PSNR ``inf``.

    NQM can be infinite in both directions, of which there is no mean: ``nan``.
    """
    images = list(images)
    return {metric: _mean([image[metric] for image in images]) for metric in images[0]}


def _mean(values: list[float]) -> float:
    return math.nan if {math.inf, -math.inf} <= {*values} else math.fsum(values) / len(values)


def finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    """Figures as JSON can hold them: None for those that are not finite, as the PSNR of identical images."""
    return {metric: value if math.isfinite(value) else None for metric, value in figures.items()}


def metric_label(metric: str) -> str:
    """How a metric is written in tables and captions, such as ``MS-SSIM``."""
    return metric.upper().replace("_", "-")


def figure_text(metric: str, value: float) -> str:
    """A figure with the decimals of its metric."""
    return f"{value:.{METRICS[metric].decimals}f}"


def captions(figures: Mapping[str, float]) -> list[tuple[str, str]]:
    """(metric, figure in words), in order."""
    return [(metric, caption(metric, value)) for metric, value in figures.items()]


def caption(metric: str, value: float) -> str:
    """A figure as captions give it, with its unit if it has one."""
    return "identical" if says_identical(metric, value) else figure_text(metric, value) + METRICS[metric].unit


def says_identical(metric: str, value: float) -> bool:
    """Whether a figure is infinite because nothing differs."""
    return METRICS[metric].exact and math.isinf(value)
