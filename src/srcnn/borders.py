"""The border rules: what a layer reads beyond the picture's edge."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from srcnn.arch import Architecture, Border
from srcnn.tiling import Edges

Number = TypeVar("Number", bound=np.generic)


def input_margin(architecture: Architecture) -> int:
    """Pixels by which the network's input is edge-padded once, for the layers that pad nothing themselves."""
    return sum(layer.kernel // 2 for layer in architecture.layers if layer.border == "valid")


def side_widths(amount: int, edges: Edges) -> tuple[tuple[int, int], tuple[int, int]]:
    """``amount`` on the sides that are edges, 0 on the others: ((top, bottom), (left, right))."""
    top, bottom, left, right = (amount if side else 0 for side in edges)
    return (top, bottom), (left, right)


def pad(planes: npt.NDArray[Number], amount: int, edges: Edges, border: Border) -> npt.NDArray[Number]:
    """Planes with ``amount`` pixels more at the picture's edges: zeros, or the edge repeated."""
    widths = ((0, 0), *side_widths(amount, edges))
    if not any(map(any, widths)):
        return planes
    return np.pad(planes, widths, mode="constant" if border == "zero" else "edge")
