"""Many small planes as one picture: rows of equal tiles."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.floating]


def mosaic(planes: Sequence[Plane], *, gap: int = 1) -> Plane:
    """Planes in rows, from the upper left, with nan between them and where there are no more.

    There are about as many rows as make the whole a square, but so that the last is full where that is near.

    Args:
        planes: (H, W) each, at least one.
        gap: pixels between tiles.
    """
    height, width = planes[0].shape
    columns = _columns(len(planes), height / width)
    rows = math.ceil(len(planes) / columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for number, plane in enumerate(planes):
        row, column = divmod(number, columns)
        top, left = row * (height + gap), column * (width + gap)
        sheet[top : top + height, left : left + width] = plane
    return sheet


def _columns(count: int, aspect: float) -> int:
    wanted = math.ceil(math.sqrt(count * aspect))
    full = [columns for columns in range(wanted, min(count, 2 * wanted) + 1) if count % columns == 0]
    return full[0] if full else wanted
