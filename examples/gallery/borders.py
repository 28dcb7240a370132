"""Borders belong to the weights: padded with zeros at every layer, the same network darkens its edges.

Usage: python examples/gallery/borders.py [OUT.png]
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import srcnn
from srcnn.color import luma
from srcnn.metrics import psnr
from srcnn.resize import imresize
from srcnn.weights import Weights

sys.path.insert(0, str(Path(__file__).parents[1]))
from render_poster import render

SCALE = 3
CORNER = (slice(0, 90), slice(0, 135))
"""Rows and columns shown."""


def draw() -> Figure:
    """The error in a corner, of one set of weights under its own border rule and under another."""
    truth = luma(np.asarray(render(360)))
    small = imresize(truth, 1 / SCALE)
    own = srcnn.load_model("9-5-5", SCALE).weights
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    for axis, (name, weights) in zip(
        figure.subplots(1, 2),
        {"as trained": own, "zeros at every layer": zero_padded(own)}.items(),
        strict=True,
    ):
        result = srcnn.upscale(small, SCALE, model=weights)
        axis.imshow((result.astype(float) - truth)[CORNER], cmap="RdBu", vmin=-60, vmax=60)
        merit = psnr(truth, result, data_range=255, crop_border=0)
        axis.set_title(f"{name}: {merit:.2f} dB on the whole picture", fontsize="medium")
        axis.set_axis_off()
    return figure


def zero_padded(weights: Weights) -> Weights:
    """The same numbers, with each layer's input padded by zeros."""
    layers = tuple(replace(layer, border="zero") for layer in weights.architecture.layers)
    return replace(weights, architecture=replace(weights.architecture, layers=layers))


if __name__ == "__main__":
    home = Path(__file__).parents[2] / "docs" / "gallery"
    draw().savefig(sys.argv[1] if len(sys.argv) > 1 else home / "borders.png", dpi=100)
