"""What figures drawn with matplotlib share: how they begin, how they look, how they are written."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srcnn.atomic import write_all
from srcnn.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200
"""Of figures in pixels."""
DRAWN_SUFFIXES = (".png", ".svg", ".pdf")


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure of so many inches.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("drawing figures", "figures") from error
    return Figure(figsize=(width, height), layout="constrained")


def tidy(axis: "Axes", across: str, up: str) -> None:
    """Name both axes, with a faint grid and no frame at the top and the right."""
    axis.set_xlabel(across)
    axis.set_ylabel(up)
    axis.grid(alpha=0.25, linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)


def in_thousands(axis: "Axes", unit: str = "") -> None:
    """Write numbers across as ``500k`` and ``2M``, or with a unit as ``20 ms``."""
    from matplotlib.ticker import EngFormatter

    axis.xaxis.set_major_formatter(EngFormatter(unit, sep=" " if unit else ""))


def apart(wanted: Sequence[float], distance: float) -> list[float]:
    """Places of labels wanted at rising places: moved as little as keeps ``distance`` between them."""
    groups: list[list[float]] = []  # of neighbours that touch: centre, number
    for place in wanted:
        groups.append([place, 1])
        while (
            len(groups) > 1 and groups[-1][0] - groups[-2][0] < distance * (groups[-1][1] + groups[-2][1]) / 2
        ):
            (centre, count), (before, others) = groups.pop(), groups.pop()
            groups.append([(centre * count + before * others) / (count + others), count + others])
    return [centre + (n - (count - 1) / 2) * distance for centre, count in groups for n in range(int(count))]


def check_drawn(path: Path) -> None:
    """Raise `UsageError`, before any work, for another suffix than `DRAWN_SUFFIXES` or a missing folder."""
    if path.suffix.lower() not in DRAWN_SUFFIXES:
        raise UsageError(f"expected a figure that ends in {', '.join(DRAWN_SUFFIXES)}, got {path.name!r}")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise UsageError(f"expected a file in an existing folder, got {path}")


def figure_bytes(figure: "Figure", kind: str) -> bytes:
    """A figure as ``png``, ``svg`` or ``pdf``; the same figure gives the same bytes."""
    import matplotlib

    # Without the date, and with identifiers that do not change, so that a file under version control stays.
    metadata: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "srcnn"}):
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, by its suffix, whole or not at all.

    Raises:
        UsageError: see `check_drawn`.
        ImageError: it cannot be written.
    """
    check_drawn(path)
    write_all({path: figure_bytes(figure, path.suffix.lower()[1:])})
