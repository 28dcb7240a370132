"""A strip of validation pictures: what goes in, what comes out, what should."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.data.planes import Color, displayed
from srcnn.files import Picture, write_picture
from srcnn.training.network import Srcnn
from srcnn.training.validation import Watch, outputs

COUNT = 4
SIDE = 160


def write_samples(network: Srcnn, watch: Watch, color: Color, path: Path) -> None:
    """Write a PNG: a row for each of the first four validation pictures, bicubic | network | HR.

    Args:
        network: what makes the middle picture.
        watch: the pictures.
        color: what their planes are; one plane makes a grey strip, three a colour one.
        path: the PNG.

    Raises:
        ImageError: the file cannot be written.
    """
    few = Watch(watch.inputs[:COUNT], watch.labels[:COUNT], watch.border, watch.bicubic)
    rows = [
        np.hstack([_square(planes, color) for planes in (x[0].numpy(), output.numpy(), label / 255)])
        for x, output, label in zip(few.inputs, outputs(network, few), few.labels, strict=True)
    ]
    write_picture(Picture(np.vstack(rows)), path)


def _square(planes: npt.NDArray[np.floating], color: Color) -> npt.NDArray[np.uint8]:
    # Cut or filled up with black to one size, so that rows can be stacked.
    cut = planes[:, :SIDE, :SIDE].astype(np.float64)
    shown = displayed(cut[0] if len(cut) == 1 else cut, color)
    levels = np.clip(np.floor(shown * 255 + 0.5), 0, 255).astype(np.uint8)
    missing = [(0, SIDE - side) for side in levels.shape[:2]]
    return np.pad(levels, [*missing, (0, 0)][: levels.ndim])
