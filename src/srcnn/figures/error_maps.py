"""Error maps: where each method is how far from the truth, all on one scale."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from srcnn.evaluation.case import Case
from srcnn.evaluation.measurement import Method, naming, results
from srcnn.evaluation.metric_table import captions, metric_label
from srcnn.figures.plot import new_figure
from srcnn.types import Float64

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HIGHEST = 99.5
"""Percentile of all errors that the scale ends at: a few pixels beyond it must not darken the rest."""
_WIDE = 4
"""Maps a row."""

_COLOR_MAP = "inferno"


def error_maps(case: Case, methods: Mapping[str, Method]) -> dict[str, tuple[Float64, dict[str, float]]]:
    """For each method the absolute differences to the truth, (H, W) in grey levels of 255, and its figures.

    Differences are the mean over the channels. ``methods`` are as in `srcnn.evaluation.measurement.results`.

    Raises:
        DataError: a picture smaller than the scale, or too small for a metric.
    """
    maps = {}
    with naming(case.name):
        for name, levels, figures in results(case, methods):
            errors = np.abs(levels - case.reference)
            maps[name] = (errors if errors.ndim == 2 else errors.mean(axis=-1), figures)
    return maps


def draw_errors(maps: Mapping[str, tuple[Float64, dict[str, float]]], title: str, note: str) -> "Figure":
    """A panel for each of the `error_maps`, with its figures, and one colour bar for all.

    ``title`` is what the picture is called, ``note`` the protocol that the figures were made under.

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
        axis.set_axis_off()
    limits = Normalize(0, max(highest, 1.0))
    for axis, (name, (errors, figures)) in zip(axes[: len(maps)], maps.items(), strict=True):
        axis.imshow(errors, cmap=_COLOR_MAP, norm=limits)
        caption = ", ".join(f"{metric_label(metric)} {words}" for metric, words in captions(figures))
        axis.set_title(f"{name}\n{caption}", fontsize=9)
    bar = ScalarMappable(limits, _COLOR_MAP)
    figure.colorbar(
        bar, ax=list(axes), label="absolute error (grey levels)", extend="max", fraction=0.03, pad=0.01
    )
    figure.suptitle(title, fontsize=11)
    figure.supxlabel(note, fontsize=6, color="0.4", wrap=True)
    return figure
