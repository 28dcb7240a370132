"""Which detail comes back: how much of the truth's spectrum bicubic and SRCNN hold, from coarse to fine.

Usage: python examples/gallery/spectrum.py [OUT.png]
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import srcnn
from srcnn.color import luma
from srcnn.resize import imresize

sys.path.insert(0, str(Path(__file__).parents[1]))
from render_poster import render

SCALE = 3


def draw() -> Figure:
    """Correlation with the truth, ring by ring of the spectrum; 1 is the truth itself."""
    truth = luma(np.asarray(render(720)))
    small = imresize(truth, 1 / SCALE)
    results = {"bicubic": imresize(small, SCALE), "SRCNN 9-5-5": srcnn.upscale(small, SCALE)}
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axis = figure.subplots()
    for name, picture in results.items():
        axis.plot(*agreement(truth, picture), label=name)
    limit = 1 / SCALE
    axis.axvline(limit, color="gray", linestyle="--")
    axis.annotate("what the small\npicture can hold", (limit, 0.04), xytext=(-6, 0), ha="right",
                  textcoords="offset points", fontsize="small")  # fmt: skip
    axis.set(xlabel="frequency (1: a line of one pixel, and a gap of one)", ylabel="agreement with the truth")
    axis.set(xlim=(0, 1), ylim=(0, 1.03))
    axis.grid(alpha=0.3)
    axis.legend()
    return figure


def agreement(truth: np.ndarray, picture: np.ndarray, rings: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies up to the picture's limit, and the correlation of both spectra around each."""
    rows, columns = (np.hanning(side) for side in truth.shape)  # or the picture's sides count as edges
    one, other = (np.fft.fft2((p - p.mean()) * rows[:, None] * columns) for p in (truth, picture))
    reach = np.hypot(*np.meshgrid(*(np.fft.fftfreq(side) * 2 for side in truth.shape), indexing="ij"))
    ring = np.minimum((reach * rings).astype(int), rings).ravel()

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(ring, values.ravel(), rings + 1)[:rings]

    shared = total((one * other.conj()).real)
    return (np.arange(rings) + 0.5) / rings, shared / np.sqrt(total(abs(one) ** 2) * total(abs(other) ** 2))


if __name__ == "__main__":
    home = Path(__file__).parents[2] / "docs" / "gallery"
    draw().savefig(sys.argv[1] if len(sys.argv) > 1 else home / "spectrum.png", dpi=100)
