"""Training curves of one or several runs."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from srcnn.atomic import write_bytes
from srcnn.errors import MissingExtraError

Rows = Sequence[Mapping[str, Any]]
"""The lines of a run's ``log.jsonl``."""


def draw_curves(runs: Mapping[str, Rows], path: Path, *, levels: Mapping[str, float] | None = None) -> None:
    """Draw PSNR and mean squared error against examples seen, training and validation, as a PNG.

    Args:
        runs: the name of each run to its rows.
        path: the PNG to write.
        levels: names of horizontal lines to their PSNR in dB; the bicubic input's is always drawn.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("drawing curves", "figures") from error
    figure = Figure(figsize=(10, 4), layout="constrained")
    psnr, error_axis = figure.subplots(1, 2)
    for number, (name, rows) in enumerate(runs.items()):
        seen = [row["examples"] for row in rows]
        color = f"C{number}"
        psnr.plot(seen, [row["psnr"] for row in rows], color=color, label=f"{name}, validation")
        psnr.plot(
            seen, [row["train_psnr"] for row in rows], color=color, alpha=0.35, label=f"{name}, training"
        )
        # Logs of early versions hold no mean squared error.
        for key, alpha in (("mse", 1.0), ("train_mse", 0.35)):
            if rows and key in rows[0]:
                error_axis.plot(seen, [row[key] for row in rows], color=color, alpha=alpha)
    lines = {"bicubic": next((rows[0]["bicubic"] for rows in runs.values() if rows), None), **(levels or {})}
    for number, (name, level) in enumerate(lines.items()):
        if level is not None:
            psnr.axhline(level, color="gray", linestyle=("--", ":", "-.")[number % 3], label=name)
    for axis, title in ((psnr, "PSNR (dB)"), (error_axis, "mean squared error (white = 1)")):
        axis.set_xlabel("sub-images seen")
        axis.set_title(title)
        axis.grid(alpha=0.3)
    error_axis.set_yscale("log")
    psnr.legend(fontsize="small")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    write_bytes(buffer.getvalue(), path)
