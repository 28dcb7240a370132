"""How long engines take for the same network, from the record of ``benchmarks/engines.py``.

Usage: python examples/gallery/engines.py [OUT.png]
"""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure

ROOT = Path(__file__).parents[2]


def draw() -> Figure:
    """Bars of times beside the native engine; whiskers from the least to the most of all rounds."""
    record = json.loads((ROOT / "records" / "benchmarks" / "engines.json").read_text(encoding="utf-8"))
    runs = [run for run in record["runs"] if run["threads"] == 1]
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots(1, len(runs), sharey=True, squeeze=False)[0]
    for axis, run in zip(axes, runs, strict=True):
        names = [row["name"] for row in run["rows"]]
        ratios = [row["times_ours"] for row in run["rows"]]
        middle = [ratio["median"] for ratio in ratios]
        below = [ratio["median"] - ratio["least"] for ratio in ratios]
        above = [ratio["most"] - ratio["median"] for ratio in ratios]
        axis.barh(names, middle, xerr=(below, above), color="tab:blue", error_kw={"elinewidth": 1})
        axis.set(title=f"{run['model']}, one thread", xlabel="times the native engine")
        axis.grid(axis="x", alpha=0.3)
    axes[0].invert_yaxis()
    return figure


if __name__ == "__main__":
    home = ROOT / "docs" / "gallery"
    draw().savefig(sys.argv[1] if len(sys.argv) > 1 else home / "engines.png", dpi=100)
