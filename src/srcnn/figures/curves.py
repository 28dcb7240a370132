"""Training curves of one or several runs, with published levels as lines."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from srcnn.errors import DataError, UsageError
from srcnn.evaluation import AUTHORS, published_rows
from srcnn.figures.plot import apart, in_thousands, new_figure, tidy
from srcnn.training.run_log import LogLine

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_APART = 0.045
"""Of the axis' height, how far labels of lines stay from each other."""


def curves_figure(runs: Mapping[str, Sequence[LogLine]]) -> "Figure":
    """PSNR and mean squared error against sub-images seen: validation, and faintly training.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    # Logs of early versions hold no mean squared error.
    errors = {name: rows for name, rows in runs.items() if rows and "mse" in rows[0]}
    figure = new_figure(11 if errors else 7, 4.2)
    axes = figure.subplots(1, 2 if errors else 1, squeeze=False)[0]
    for number, (name, rows) in enumerate(runs.items()):
        seen, color = _column(rows, "examples"), f"C{number % 10}"
        axes[0].plot(seen, _column(rows, "psnr"), color=color, label=name)
        axes[0].plot(seen, _column(rows, "train_psnr"), color=color, alpha=0.3)
        if name in errors:
            axes[1].plot(seen, _column(rows, "mse"), color=color)
            axes[1].plot(seen, _column(rows, "train_mse"), color=color, alpha=0.3)
    levels = {rows[0]["bicubic"] for rows in runs.values() if rows}
    for level in levels:
        axes[0].axhline(level, color="0.4", linestyle="--", linewidth=1)
    _label_lines(axes[0], dict.fromkeys(levels, "input"))
    for axis, measure in zip(axes, ("PSNR (dB)", "mean squared error (white = 1)"), strict=False):
        tidy(axis, "sub-images seen", measure)
        in_thousands(axis)
    if errors:
        axes[1].set_yscale("log")
    if len(runs) > 1:
        # Named, because matplotlib warns on a slow machine where this is but its default.
        axes[0].legend(fontsize="small", frameon=False, loc="best")
    names = next(iter(runs)) if len(runs) == 1 else f"{len(runs)} runs"
    figure.suptitle(f"{names}: pictures watched, and faintly training batches", fontsize=11)
    return figure


def gains_figure(runs: Mapping[str, Sequence[LogLine]], levels: Mapping[str, float], beside: str) -> "Figure":
    """How far runs are above bicubic, with published gains as lines.

    A run is measured on the pictures it watches, which should be no test set, and what was published on
    another set: PSNR itself cannot be compared between them, the gain over bicubic roughly can.

    ``levels`` are gains in dB by name, see `published_gains`, and ``beside`` what they were measured on.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    figure = new_figure(8.6, 5)
    axis = figure.subplots()
    for number, (name, rows) in enumerate(runs.items()):
        gains = [row["psnr"] - row["bicubic"] for row in rows]
        axis.plot(_column(rows, "examples"), gains, color=f"C{number % 10}", label=name, linewidth=1.8)
    for level in levels.values():
        axis.axhline(level, color="0.55", linestyle="--", linewidth=0.9)
    axis.margins(x=0.02)
    tidy(axis, "sub-images seen", "gain over bicubic (dB)")
    in_thousands(axis)
    _label_lines(axis, {level: name for name, level in levels.items()})
    axis.legend(fontsize="small", frameon=False, loc="best")
    figure.suptitle(f"Runs on the pictures they watch; dashed, as published on {beside}", fontsize=11)
    return figure


def published_gains(set_name: str, scale: int) -> dict[str, float]:
    """Published PSNR above the published bicubic one, in dB, by method; under the authors' protocol.

    Raises:
        DataError: nothing was published on this set at this scale.
    """
    rows = [
        row
        for row in published_rows(set_name, scale)
        if (row.protocol, row.status) == (AUTHORS.name, "as published") and "psnr" in row.figures
    ]
    base = next((row.figures["psnr"] for row in rows if row.method == "bicubic"), None)
    if base is None:
        raise DataError(f"expected a set and scale with published figures, got {set_name} x{scale}")
    return {row.method.upper(): row.figures["psnr"] - base for row in rows if row.method != "bicubic"}


def choose_levels(set_name: str, scale: int, methods: Sequence[str] | None = None) -> dict[str, float]:
    """`published_gains` of some methods; of all with None.

    Raises:
        DataError: nothing was published on this set at this scale.
        UsageError: a method of which nothing was.
    """
    levels = published_gains(set_name, scale)
    wanted = [method.strip().upper() for method in methods] if methods is not None else list(levels)
    for name in wanted:
        if name not in levels:
            raise UsageError(
                f"expected methods out of {', '.join(map(str.lower, levels))}, got {name.lower()!r}"
            )
    return {name: levels[name] for name in wanted}


def _column(rows: Sequence[LogLine], key: str) -> list[float]:
    return [row[key] for row in rows]


def _label_lines(axis: "Axes", labels: Mapping[float, str]) -> None:
    """Names of horizontal lines at the right of the axis, apart from each other."""
    low, high = axis.get_ylim()
    levels = sorted(labels)
    places = apart([(level - low) / (high - low) for level in levels], _APART)
    for level, place in zip(levels, places, strict=True):
        axis.annotate(
            labels[level],
            xy=(1, level),
            xycoords=("axes fraction", "data"),
            xytext=(1.05, place),
            textcoords="axes fraction",
            fontsize="small",
            color="0.35",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": "0.7", "linewidth": 0.7, "relpos": (0, 0.5)},
        )
