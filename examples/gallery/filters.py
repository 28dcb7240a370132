"""The filters of the first layer, the strongest first: detectors of edges and texture, and one that copies.

Usage: python examples/gallery/filters.py [OUT.png]
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import srcnn
from srcnn.figures.filters_and_maps import by_variance

MODEL = "9-5-5-x3"
COLUMNS = 16


def draw() -> Figure:
    """All filters of the first layer, each with its own grey scale: zero is the middle."""
    weights = srcnn.load_model(MODEL).weights
    filters = weights.kernels[0][by_variance(weights), 0]
    figure = Figure(figsize=(9.6, 2.7), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)  # type: ignore[union-attr]
    axes = figure.subplots(-(-len(filters) // COLUMNS), COLUMNS).ravel()
    for axis, taps in zip(axes, filters, strict=False):
        peak = np.abs(taps).max()
        axis.imshow(taps, cmap="gray", vmin=-peak, vmax=peak)
    for axis in axes:
        axis.set_axis_off()
    return figure


if __name__ == "__main__":
    home = Path(__file__).parents[2] / "docs" / "gallery"
    draw().savefig(sys.argv[1] if len(sys.argv) > 1 else home / "filters.png", dpi=100)
