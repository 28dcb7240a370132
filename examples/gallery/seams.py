"""Why tiles carry a halo: cut without one, and the joints show.

Usage: python examples/gallery/seams.py [OUT.png]
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

import srcnn
from srcnn.color import luma
from srcnn.model import Model
from srcnn.resize import imresize

ROOT = Path(__file__).parents[2]
SCALE, SIDE = 3, 90


def draw() -> Figure:
    """What differs from one run on the whole: tiles of their own, and tiles with the network's halo."""
    poster = luma(np.asarray(Image.open(ROOT / "examples" / "poster.png").convert("RGB")))
    bicubic = imresize(poster[60:180, 100:220].astype(np.float32) / 255, SCALE)
    net = srcnn.load_model("9-5-5", SCALE)
    whole, halo = net(bicubic), net.architecture.halo
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, margin in zip(axes, (0, halo), strict=True):
        difference = np.abs(by_tiles(net, bicubic, margin) - whole) * 255
        axis.imshow(difference, cmap="magma", vmin=0, vmax=16)
        axis.set_title(f"halo of {margin} pixels: at most {difference.max():.2g} of 255", fontsize="medium")
        axis.set_axis_off()
    figure.colorbar(axes[0].images[0], ax=axes, shrink=0.7, label="difference from the whole, of 255")
    return figure


def by_tiles(net: Model, planes: np.ndarray, margin: int) -> np.ndarray:
    """The network tile by tile, each cut with so many pixels around it."""
    result = np.empty_like(planes)
    for top in range(0, planes.shape[0], SIDE):
        for left in range(0, planes.shape[1], SIDE):
            above, before = min(top, margin), min(left, margin)
            tile = planes[top - above : top + SIDE + margin, left - before : left + SIDE + margin]
            output = net(tile)[above : above + SIDE, before : before + SIDE]
            result[top : top + SIDE, left : left + SIDE] = output
    return result


if __name__ == "__main__":
    draw().savefig(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "gallery" / "seams.png", dpi=100)
