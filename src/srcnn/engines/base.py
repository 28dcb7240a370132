"""What an engine is, and what all of them refuse."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from srcnn.arch import Architecture
from srcnn.borders import side_widths
from srcnn.errors import UsageError
from srcnn.tiling import Edges, Tile
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


@runtime_checkable
class BlockEngine(Protocol):
    """An engine that is given a tile with all its blocks, to compute several at once."""

    def begin_blocks(
        self, planes: Planes, whole: Tile, blocks: Sequence[Tile], *, ensemble: bool
    ) -> Callable[[], Planes]:
        """Begin a tile; a device is not waited for.

        Args:
            planes: (C, H, W) float32, the tile's source in the weights' own input range.
            whole: the tile.
            blocks: those that cover it.
            ensemble: return the mean over the eight flips and rotations of each block.

        Returns:
            What waits for the network's output and returns it: (C, H', W') float32, the tile's ``out``.
        """
        ...


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
