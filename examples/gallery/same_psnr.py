"""PSNR does not see what kind of error it is: three pictures of one PSNR, and their SSIM.

Usage: python examples/gallery/same_psnr.py [OUT.png]
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from srcnn.color import luma
from srcnn.metrics import psnr, ssim
from srcnn.resize import imresize

ROOT = Path(__file__).parents[2]
TARGET = 24.0
"""PSNR in dB that each damage is tuned to."""


def draw() -> Figure:
    """Brighter, noisy, and blurred by as much as makes the same squared error."""
    truth = luma(np.asarray(Image.open(ROOT / "examples" / "poster.png").convert("RGB"))).astype(np.float64)
    noise = np.random.default_rng(0).normal(size=truth.shape)
    coarse = imresize(imresize(truth, 0.25), 4)[: truth.shape[0], : truth.shape[1]]
    damages: dict[str, Callable[[float], np.ndarray]] = {
        "brighter": lambda amount: truth + 64 * amount,
        "noisy": lambda amount: truth + 64 * amount * noise,
        "blurred": lambda amount: truth + amount * (coarse - truth),
    }
    figure = Figure(figsize=(9.6, 2.7), layout="constrained")
    for axis, (name, damage) in zip(figure.subplots(1, 3), damages.items(), strict=True):
        spoiled = tuned(truth, damage)
        merits = {f.__name__.upper(): f(truth, spoiled, data_range=255, crop_border=0) for f in (psnr, ssim)}
        axis.imshow(spoiled, cmap="gray", vmin=0, vmax=255)
        axis.set_title(f"{name}: {merits['PSNR']:.1f} dB, SSIM {merits['SSIM']:.2f}", fontsize="medium")
        axis.set_axis_off()
    return figure


def tuned(truth: np.ndarray, damage: Callable[[float], np.ndarray]) -> np.ndarray:
    """The damage of the amount that gives the wanted PSNR, found by halving."""
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        good = psnr(truth, damage(middle), data_range=255, crop_border=0) > TARGET
        low, high = (middle, high) if good else (low, middle)
    return damage(low)


if __name__ == "__main__":
    home = ROOT / "docs" / "gallery"
    draw().savefig(sys.argv[1] if len(sys.argv) > 1 else home / "same_psnr.png", dpi=100)
