"""What an engine is, and the border rules that all of them share."""

from typing import Protocol

import numpy as np

from srcnn.arch import Architecture, Border
from srcnn.errors import UsageError
from srcnn.tiling import Edges
from srcnn.types import Planes


class Engine(Protocol):
    """Runs the convolutions of one set of weights."""

    name: str
    halo: int
    """Pixels around a window that it needs on the sides that are no edge; at least the architecture's."""
    whole_tiles: bool
    """Whether windows give the bits of the whole picture, so that tiles need not be cut into blocks."""

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for one window of a picture.

        Args:
            planes: (C, H, W) float32 in the weights' own input range.
            edges: the sides that are the picture's own edge.

        Returns:
            (C, H', W') float32, without `halo` on the sides that are no edge.

        Raises:
            UsageError: another number of planes than the network has, or a window smaller than its halo.
        """
        ...


def input_margin(architecture: Architecture) -> int:
    """Pixels by which the network's input is edge-padded once, for the layers that pad nothing themselves."""
    return sum(layer.kernel // 2 for layer in architecture.layers if layer.border == "valid")


def side_widths(amount: int, edges: Edges) -> tuple[tuple[int, int], tuple[int, int]]:
    """``amount`` on the sides that are edges, 0 on the others: ((top, bottom), (left, right))."""
    top, bottom, left, right = (amount if side else 0 for side in edges)
    return (top, bottom), (left, right)


def pad(planes: Planes, amount: int, edges: Edges, border: Border) -> Planes:
    """Planes with ``amount`` pixels more at the picture's edges: zeros, or the edge repeated."""
    widths = ((0, 0), *side_widths(amount, edges))
    if not any(map(any, widths)):
        return planes
    return np.pad(planes, widths, mode="constant" if border == "zero" else "edge")


def check_planes(planes: Planes, edges: Edges, architecture: Architecture, halo: int | None = None) -> None:
    """Refuse what the network cannot be run on.

    Args:
        planes: see `Engine.run`.
        edges: see `Engine.run`.
        architecture: the network's.
        halo: the engine's, if it is not the architecture's.

    Raises:
        UsageError: not (C, H, W), another C than the network's, or a window smaller than its halo.
    """
    halo = architecture.halo if halo is None else halo
    if planes.ndim != 3 or planes.shape[0] != architecture.channels:
        raise UsageError(
            f"expected ({architecture.channels}, H, W) planes for {architecture.name}, got {planes.shape}"
        )
    for length, sides in zip(planes.shape[1:], side_widths(halo, edges), strict=True):
        consumed = 2 * halo - sum(sides)
        if length <= consumed:
            raise UsageError(
                f"expected a window of more than {consumed} pixels, the halo of {architecture.name}, "
                f"got {planes.shape[2]}x{planes.shape[1]}"
            )
