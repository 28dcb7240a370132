"""Cutting a picture into tiles with a halo, so that the tiles' results join without a seam.

**Why tiled equals whole.** An output pixel of a network depends on the input pixels within its halo (the
radius of its receptive field) and on nothing else. A tile therefore carries that halo along. Where the
halo would leave the picture the tile ends at the picture's edge, and there the border rule of the weights
applies, layer by layer, as it would for the whole picture. In real numbers that is all.

In floating point the same sum can still round differently when a library picks another code path for
another array shape. So networks are always run on the blocks of one fixed grid: squares of `BLOCK` pixels
counted from the picture's top left corner, clipped at its right and bottom edges. Which block a pixel
belongs to, and what that block's input looks like, depend on the picture alone. A tile is a group of
whole blocks (its size is rounded up to a multiple of `BLOCK`), it decides how much is held in memory at a
time, and each of its blocks gives the engine an array of the same shape with the same values as under any
other tile size. A deterministic engine then returns the same bits: nothing is assumed about its kernels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from srcnn.errors import UsageError

BLOCK = 256
"""Side of the fixed grid: a compromise. For 9-5-5 in onnxruntime, blocks of 256 take 5 percent more processor
time than blocks of 1024 (more halo), and a tenth of the memory; blocks of 128 take 11 percent more."""

Window = tuple[slice, slice]
"""Rows and columns, each with a start and a stop and no step."""


class Edges(NamedTuple):
    """Which sides of a tile's source are the picture's own edge.

    There the weights' border rule applies; on the other sides the halo is consumed by valid convolution.
    """

    top: bool
    bottom: bool
    left: bool
    right: bool


ALL_EDGES = Edges(top=True, bottom=True, left=True, right=True)


@dataclass(frozen=True)
class Tile:
    """One tile of a picture that keeps its size.

    Attributes:
        out: what the tile contributes, as rows and columns of the picture.
        source: what it needs: ``out`` and the halo around it, clipped to the picture.
        edges: the sides where the halo was clipped, so that the border rule has to supply the rest.
        halo: pixels consumed on every side that is not an edge.
    """

    out: Window
    source: Window
    edges: Edges
    halo: int

    @property
    def inner(self) -> Window:
        """Where ``out`` lies in the engine's result for ``source``.

        Not always all of it: a tile whose halo touches the picture's edge gets back everything up to it.
        """
        return (
            _inner(self.out[0], self.source[0], self.edges.top, self.halo),
            _inner(self.out[1], self.source[1], self.edges.left, self.halo),
        )


def cut_tiles(height: int, width: int, size: int, halo: int, *, part: Window | None = None) -> list[Tile]:
    """Tiles of ``size`` x ``size`` pixels, counted from the top left corner, row by row.

    Args:
        height: rows of the picture, at least 1.
        width: columns of the picture, at least 1.
        size: side of a tile, at least 1; tiles at the right and bottom edge are as small as what is left.
        halo: pixels on each side that an output pixel sees.
        part: rows and columns to cover instead of the whole picture; they start at multiples of ``size``.

    Returns:
        Tiles whose ``out`` windows cover the picture, or the part, exactly once.

    Raises:
        UsageError: an empty picture, a size below 1 or a negative halo.
    """
    if min(height, width, size) < 1 or halo < 0:
        raise UsageError(
            f"expected a picture and tiles of at least 1x1 pixels and a halo of at least 0, "
            f"got {width}x{height}, size {size} and halo {halo}"
        )
    rows, columns = part or (slice(0, height), slice(0, width))
    tiles = []
    for out_rows in _pieces(rows, size):
        source_rows, top, bottom = _with_halo(out_rows, height, halo)
        for out_columns in _pieces(columns, size):
            source_columns, left, right = _with_halo(out_columns, width, halo)
            edges = Edges(top, bottom, left, right)
            tiles.append(Tile((out_rows, out_columns), (source_rows, source_columns), edges, halo))
    return tiles


def tile_size(size: int) -> int:
    """A tile size as asked for, rounded up to whole blocks of the fixed grid.

    Raises:
        UsageError: a size below 1.
    """
    if size < 1:
        raise UsageError(f"expected a tile size of at least 1 pixel, got {size}")
    return -(-size // BLOCK) * BLOCK


def within(window: Window, origin: Window) -> Window:
    """The same rows and columns, counted from the start of ``origin``."""
    rows, columns = (slice(w.start - o.start, w.stop - o.start) for w, o in zip(window, origin, strict=True))
    return rows, columns


def _pieces(span: slice, size: int) -> Iterator[slice]:
    for start in range(span.start, span.stop, size):
        yield slice(start, min(start + size, span.stop))


def _with_halo(out: slice, length: int, halo: int) -> tuple[slice, bool, bool]:
    first, last = out.start - halo < 0, out.stop + halo > length
    return slice(0 if first else out.start - halo, length if last else out.stop + halo), first, last


def _inner(out: slice, source: slice, first: bool, halo: int) -> slice:
    start = out.start - source.start - (0 if first else halo)
    return slice(start, start + out.stop - out.start)
