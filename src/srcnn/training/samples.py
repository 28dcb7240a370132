"""A strip of validation pictures: what goes in, what comes out, what should."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.files import Picture, write_picture
from srcnn.training.network import Srcnn
from srcnn.training.validation import Watch, outputs

COUNT = 4
SIDE = 160


def write_samples(network: Srcnn, watch: Watch, path: Path) -> None:
    """Write a grey PNG: a row for each of the first four validation pictures, bicubic | network | HR.

    Of several planes the first is shown.

    Raises:
        ImageError: the file cannot be written.
    """
    few = Watch(watch.inputs[:COUNT], watch.labels[:COUNT], watch.border, watch.bicubic)
    rows = [
        np.hstack([_square(_levels(x[0, 0].numpy())), _square(_levels(output[0].numpy())), _square(label[0])])
        for x, output, label in zip(few.inputs, outputs(network, few), few.labels, strict=True)
    ]
    write_picture(Picture(np.vstack(rows).astype(np.uint8)), path)


def _levels(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    return np.clip(np.floor(plane.astype(np.float64) * 255 + 0.5), 0, 255)


def _square(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    # Cut or filled up with black to one size, so that rows can be stacked.
    cut = plane[:SIDE, :SIDE]
    return np.pad(cut, [(0, SIDE - cut.shape[0]), (0, SIDE - cut.shape[1])])
