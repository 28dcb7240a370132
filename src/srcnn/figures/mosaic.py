"""Many small planes as one picture: rows of equal tiles."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.floating]


def mosaic(planes: Sequence[Plane], *, columns: int | None = None, gap: int = 1) -> Plane:
    """Planes in rows, from the upper left, with nan between them and where there are no more.

    Args:
        planes: (H, W) each, at least one.
        columns: tiles a row; by default about as many as rows.
        gap: pixels between tiles.
    """
    height, width = planes[0].shape
    columns = columns or math.ceil(math.sqrt(len(planes) * height / width))
    rows = math.ceil(len(planes) / columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for number, plane in enumerate(planes):
        row, column = divmod(number, columns)
        top, left = row * (height + gap), column * (width + gap)
        sheet[top : top + height, left : left + width] = plane
    return sheet
