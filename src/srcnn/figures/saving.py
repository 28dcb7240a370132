"""Writing figures: several files all or none, matplotlib's by their suffix."""

import io
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from srcnn.atomic import written_aside
from srcnn.errors import ImageError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 200
"""Of figures in pixels."""
DRAWN_SUFFIXES = (".png", ".svg", ".pdf")


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write files, all of them or none: the first is put in its place when the last has been written aside.

    Raises:
        ImageError: one cannot be written.
    """
    path = None
    try:
        with ExitStack() as asides:
            for path, content in contents.items():
                asides.enter_context(written_aside(path)).write_bytes(content)
    except OSError as error:
        raise ImageError(f"cannot write {path}: {error.strerror or error}") from error


def check_drawn(path: Path) -> None:
    """Refuse, before any work, a figure's file that cannot be written.

    Raises:
        UsageError: another suffix than `DRAWN_SUFFIXES`, or a folder that is not there.
    """
    if path.suffix.lower() not in DRAWN_SUFFIXES:
        raise UsageError(f"expected a figure that ends in {', '.join(DRAWN_SUFFIXES)}, got {path.name!r}")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise UsageError(f"expected a file in an existing folder, got {path}")


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure of so many inches, in the style that all share.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("drawing figures", "figures") from error
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG, SVG or PDF, by its suffix; the same figure gives the same bytes.

    Raises:
        UsageError: see `check_drawn`.
        ImageError: it cannot be written.
    """
    import matplotlib

    check_drawn(path)
    kind = path.suffix.lower()[1:]
    # Without the date, and with identifiers that do not change: a figure in a repository should not either.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "srcnn", "svg.fonttype": "none"}):
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    write_all({path: buffer.getvalue()})
