"""Error maps: where each method is how far from the truth, all on one scale."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from srcnn.errors import DataError, UsageError
from srcnn.evaluation.case import Case, scores
from srcnn.evaluation.measurement import Method, results
from srcnn.evaluation.metric_table import captions, label
from srcnn.figures.plot import hide_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HIGHEST = 99.5
"""Percentile of all errors that the scale ends at: a few pixels beyond it must not darken the rest."""
_WIDE = 4
"""Maps a row."""

_COLOURS = "inferno"

Errors = npt.NDArray[np.float64]


def error_maps(case: Case, methods: Mapping[str, Method]) -> dict[str, tuple[Errors, dict[str, float]]]:
    """Absolute differences to the truth, in grey levels of 255, and the figures, by method.

    Args:
        case: a good picture under a protocol.
        methods: see `srcnn.evaluation.measurement.baseline_methods`.

    Returns:
        For each method (H, W) float64, of several channels their mean, and metric to value.

    Raises:
        DataError: a picture smaller than the scale, or too small for a metric.
    """
    try:
        return {name: _error_map(case, levels) for name, levels in results(case, methods)}
    except UsageError as error:
        raise DataError(f"cannot measure {case.name}: {error}") from error


def _error_map(case: Case, levels: Errors) -> tuple[Errors, dict[str, float]]:
    errors = np.abs(levels - case.reference)
    figures = scores(case.reference, levels, case.scale, case.protocol)
    return errors if errors.ndim == 2 else errors.mean(axis=-1), figures


def draw_errors(maps: Mapping[str, tuple[Errors, dict[str, float]]], title: str, note: str) -> "Figure":
    """A panel for each method, with its figures, and one colour bar for all.

    Args:
        maps: see `error_maps`.
        title: what the picture is called.
        note: under which protocol the figures were made.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    height, width = next(iter(maps.values()))[0].shape
    columns = min(_WIDE, len(maps))
    rows = -(-len(maps) // columns)
    figure = new_figure(3.2 * columns + 1, (3.2 * height / width + 0.5) * rows + 0.8)
    highest = float(np.percentile(np.concatenate([errors.ravel() for errors, _ in maps.values()]), _HIGHEST))
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis in axes:
        hide_axes(axis)
    limits = Normalize(0, max(highest, 1.0))
    for axis, (name, (errors, figures)) in zip(axes[: len(maps)], maps.items(), strict=True):
        axis.imshow(errors, cmap=_COLOURS, norm=limits)
        told = ", ".join(f"{label(metric)} {words}" for metric, words in captions(figures))
        axis.set_title(f"{name}\n{told}", fontsize=9)
    bar = ScalarMappable(limits, _COLOURS)
    figure.colorbar(
        bar, ax=list(axes), label="absolute error (grey levels)", extend="max", fraction=0.03, pad=0.01
    )
    figure.suptitle(title, fontsize=11)
    figure.supxlabel(note, fontsize=6, color="0.4", wrap=True)
    return figure
