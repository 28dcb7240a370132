"""What each layer makes of a picture: maps of edges, maps of these combined, and the sharper picture.

Usage: python examples/gallery/feature_maps.py [OUT.png]
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

import srcnn
from srcnn.color import luma
from srcnn.engines.numpy import NumpyEngine
from srcnn.resize import imresize
from srcnn.tiling import ALL_EDGES

ROOT = Path(__file__).parents[2]
MODEL = "9-5-5-x3"
PART = (slice(96, 146), slice(140, 190))
"""Rows and columns of the poster: mast, rigging and sail."""
SHOWN = 4


def draw() -> Figure:
    """A row: the bicubic input, the liveliest maps of the first two layers, the output."""
    poster = luma(np.asarray(Image.open(ROOT / "examples" / "poster.png").convert("RGB")))
    bicubic = imresize(poster[PART].astype(np.float32) / 255, 3)
    engine = NumpyEngine(srcnn.load_model(MODEL).weights)
    first, second, (output,) = engine.activations(bicubic[None], ALL_EDGES)
    figure = Figure(figsize=(9.6, 2.6), layout="constrained")
    left, *middle, right = np.asarray(figure.subfigures(1, 4)).tolist()
    for side, picture, name in ((left, bicubic, "bicubic input"), (right, output, "output")):
        side.suptitle(name, fontsize="medium")
        axis = side.subplots()
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axis.set_axis_off()
    for part, maps, name in zip(middle, (first, second), ("1: patches", "2: mapping"), strict=True):
        part.suptitle(f"layer {name}", fontsize="medium")
        liveliest = maps[np.argsort(maps.std(axis=(1, 2)))[::-1][:SHOWN]]
        for axis, values in zip(part.subplots(2, 2).ravel(), liveliest, strict=True):
            axis.imshow(values, cmap="gray")
            axis.set_axis_off()
    return figure


if __name__ == "__main__":
    home = ROOT / "docs" / "gallery"
    draw().savefig(sys.argv[1] if len(sys.argv) > 1 else home / "feature_maps.png", dpi=100)
