"""Bring what cards say about the networks themselves up to date, and draw their filters.

Usage: python tools/card_figures.py

Writes the noise gain and the licence of each shipped network into its card, whose other facts and arrays
stay, and a picture of its first layer to ``docs/reference/filters/``. No image set is read. `ship.py` does
the former for what it ships; run this after it for the pictures.
"""

import argparse
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from ship import LICENCE

from srcnn.atomic import write_bytes
from srcnn.evaluation import noise_gain
from srcnn.figures.filters_and_maps import by_variance
from srcnn.model import Model
from srcnn.weights import Weights, half_precision, load_weights, save_weights
from srcnn.zoo import SUMS, list_models, models_folder, sums

ROOT = Path(__file__).parents[1]
FILTERS = ROOT / "docs" / "reference" / "filters"
COLUMNS = 16
ENLARGED = 4
"""Pixels a side that a weight is drawn with."""


def picture(weights: Weights) -> npt.NDArray[np.uint8]:
    """First-layer filters, the largest variance first: grey is 0, each scaled by its largest weight.

    Returns:
        (H, W) uint8 for luma; (H, W, 3) for three planes, which are shown as red, green and blue.
    """
    kernels = weights.kernels[0][by_variance(weights)].astype(np.float64)
    largest = np.abs(kernels).max((1, 2, 3), keepdims=True)
    levels = np.rint(127.5 + 127.5 * kernels / np.where(largest > 0, largest, 1)).astype(np.uint8)
    side = kernels.shape[-1] + 1
    rows = -(-len(levels) // COLUMNS)
    sheet = np.full((rows * side + 1, COLUMNS * side + 1, levels.shape[1]), 255, np.uint8)
    for number, kernel in enumerate(levels):
        y, x = (place * side + 1 for place in divmod(number, COLUMNS))
        sheet[y : y + side - 1, x : x + side - 1] = np.moveaxis(kernel, 0, -1)
    return np.kron(sheet, np.ones((ENLARGED, ENLARGED, 1), np.uint8)).squeeze()


def main() -> None:
    """Update every card and every picture."""
    argparse.ArgumentParser(description=str(__doc__).partition("\n")[0]).parse_args()
    FILTERS.mkdir(exist_ok=True)
    for entry in list_models():
        weights = load_weights(entry.path)
        gain = round(noise_gain(Model(weights)), 3)
        figures = {**weights.card.figures, "noise_gain": gain}
        exact = half_precision(weights).digest == weights.digest
        card = replace(weights.card, figures=figures, licence=LICENCE)
        save_weights(replace(weights, card=card), entry.path, half=exact)
        stream = io.BytesIO()
        Image.fromarray(picture(weights)).quantize(64).save(stream, "PNG", optimize=True)
        write_bytes(stream.getvalue(), FILTERS / f"{entry.name}.png")
        print(f"{entry.name}: noise gain {gain}", flush=True)
    folder = models_folder()
    write_bytes(sums(folder).encode(), folder / SUMS)


if __name__ == "__main__":
    main()
