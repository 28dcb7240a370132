"""A figure that a reproduction of SRCNN in NumPy printed on its way to hardware, by fixed point as well.

Usage: python tools/hardware_reproduction.py [-o records/hardware/butterfly.json]

Needs the set Set5 and that reproduction's weights, ``jartap99/srcnn_915_lr0.0001_epochs300-400.h5`` below
``SRCNN_WEIGHTS``. Its conventions are in no protocol of this package: all three planes of full-range YCrCb
are made smaller and larger as OpenCV does it, rounded to 8 bits each time; results go through a JPEG file of
quality 95; a frame of 6 pixels is left out; the float network's output is truncated, not rounded.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from recording import RECORDS

from srcnn.atomic import write_bytes
from srcnn.degrade import jpeg, mod_crop
from srcnn.engines import create_engine
from srcnn.errors import DataError
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.fixed_point import Widths, default_inputs, quantize, run_network
from srcnn.fixed_point.fixed_network import WIDTHS
from srcnn.metrics import psnr
from srcnn.resize import imresize
from srcnn.tiling import ALL_EDGES
from srcnn.types import Float64, Levels
from srcnn.weight_formats import import_weights

FILE = "jartap99/srcnn_915_lr0.0001_epochs300-400.h5"
PRINTED = {"bicubic": 21.997897, "network": 23.483245}
"""By https://github.com/jartap99/srcnn (pysrc/utils.py) for butterfly of Set5 at x3."""
SCALE, FRAME, QUALITY = 3, 6, 95

# OpenCV's coefficients, from its documentation of color conversions.
_LUMA = (0.299, 0.587, 0.114)
_RED, _BLUE = 0.713, 0.564
_FROM_RED, _FROM_BLUE, _GREEN = 1.403, 1.773, (-0.714, -0.344)


def measure(picture: Levels, weights_file: Path) -> dict[str, Any]:
    """PSNR of the picture by every arithmetic, under that reproduction's conventions.

    Args:
        picture: (H, W, 3) uint8.
        weights_file: that reproduction's Keras file.
    """
    weights = import_weights(weights_file, origin="jartap99", scale=SCALE)
    hr = mod_crop(_ycrcb(picture), SCALE)
    enlarged = _enlarged(hr)
    planes = np.ascontiguousarray(enlarged[None, :, :, 0])

    def score(luma: Levels | None = None) -> float:
        result = enlarged.copy()
        if luma is not None:
            inner = slice(FRAME, -FRAME), slice(FRAME, -FRAME)
            result[*inner, 0] = luma[inner]
        read = _ycrcb(jpeg(_rgb(result), QUALITY))
        return round(psnr(hr[..., 0], read[..., 0], data_range=255, crop_border=FRAME), 4)

    exact = create_engine(weights, "numpy").run(planes.astype(np.float32) / np.float32(255), ALL_EDGES)
    figures = {"bicubic": score(), "float": score(np.clip(exact[0] * 255, 0, 255).astype(np.uint8))}
    inputs = default_inputs(weights.card, 1)
    for bits in reversed(WIDTHS):
        widths = Widths(bits, bits)
        figures[str(widths)] = score(run_network(quantize(weights, inputs, widths).network, planes)[0])
    return {"image": "butterfly_GT", "weights": weights.digest, "printed": PRINTED, "psnr": figures}


def _ycrcb(rgb: Levels) -> Levels:
    red, green, blue = np.moveaxis(rgb.astype(np.float64), -1, 0)
    luma = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue
    return _rounded(np.stack([luma, (red - luma) * _RED + 128, (blue - luma) * _BLUE + 128], axis=-1))


def _rgb(ycrcb: Levels) -> Levels:
    luma, red, blue = np.moveaxis(ycrcb.astype(np.float64), -1, 0)
    red, blue = red - 128, blue - 128
    green = luma + _GREEN[0] * red + _GREEN[1] * blue
    return _rounded(np.stack([luma + _FROM_RED * red, green, luma + _FROM_BLUE * blue], axis=-1))


def _enlarged(hr: Levels) -> Levels:
    size = hr.shape[0], hr.shape[1]
    small = _opencv_cubic(hr, (size[0] // SCALE, size[1] // SCALE))
    return _opencv_cubic(small, size)


def _opencv_cubic(levels: Levels, shape: tuple[int, int]) -> Levels:
    exact = levels.astype(np.float64)
    return _rounded(imresize(exact, shape=shape, kernel="opencv-cubic", border="replicate", antialias=False))


def _rounded(levels: Float64) -> Levels:
    return np.clip(np.floor(levels + 0.5), 0, 255).astype(np.uint8)


def main() -> None:
    """Measure the row and write it."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("-o", "--out", type=Path, default=RECORDS / "hardware" / "butterfly.json")
    out = parser.parse_args().out
    if "SRCNN_WEIGHTS" not in os.environ:
        raise DataError(f"expected SRCNN_WEIGHTS to name the folder with {FILE}")
    picture = read_eight_bit(find_pictures("Set5")[1]["butterfly_GT"])
    record = measure(picture, Path(os.environ["SRCNN_WEIGHTS"]) / FILE)
    write_bytes((json.dumps(record, indent=1) + "\n").encode(), out)
    print(record["psnr"])


if __name__ == "__main__":
    main()
