"""Cutting a picture into tiles with a halo, so that the tiles' results join without a seam.

**Why tiled equals whole.** In real numbers: an output pixel of a network depends on the input pixels within
its halo (the radius of its receptive field) and on nothing else. A tile therefore carries that halo along.
Where the halo would leave the picture the tile ends at the picture's edge, and there the border rule of the
weights applies, layer by layer, as it would for the whole picture.

**What is exact in floating point.** The same sum can round differently when a library picks another code path
for another array shape. So networks are always run on the blocks of one fixed grid: squares of `BLOCK` pixels
counted from the picture's top left corner, clipped at its right and bottom edges. Which block a pixel
belongs to, and what that block's input looks like, depend on the picture alone. A tile is a group of
whole blocks (its size is rounded up to a multiple of `BLOCK`), it decides how much is held in memory at a
time, and each of its blocks gives the engine an array of the same shape with the same values as under any
other tile size. So the tile size changes no bit, under any deterministic engine: nothing is assumed about its
kernels.

The native engine needs no grid: it does the same sums for a pixel wherever the window lies, if that starts at
a multiple of 4, as all tiles do. So it runs on whole tiles (`srcnn.engines.base.Engine.whole_tiles`).

**What is not.** A run of another engine on the whole picture at once, without the grid, is the same sums in
arrays of other shapes: it agrees to rounding, about 1e-6 where white is 1, and not always to the bit. A pixel
of 8 bits can then differ where its value lies that close to the middle between two levels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import NamedTuple

from srcnn.errors import UsageError
from srcnn.types import Window

BLOCK = 256
"""Side of the fixed grid: a compromise. A layer whose successors consume h pixels a side computes
(BLOCK + 2h)^2 pixels for each block. The layers of 9-5-5 have an h of 4, 2 and 0: 3 percent of its
multiplications go into the halo, 7 with blocks of half the side. What a layer leaves in memory grows with the
square of the side: the 64 channels of its first take 18 MB here, 273 MB with blocks of 1024."""

DEFAULT_TILE = 2 * BLOCK
"""Side of the tiles by default."""


class Edges(NamedTuple):
    """Which sides of a tile's source are the picture's own edge.

    There the weights' border rule applies; on the other sides the halo is consumed by valid convolution.
    """

    top: bool
    bottom: bool
    left: bool
    right: bool

    def turned(self, turns: int, mirrored: bool) -> "Edges":
        """Those of the tile mirrored left to right, if so, then turned counterclockwise by quarters."""
        top, bottom, left, right = self
        if mirrored:
            left, right = right, left
        for _ in range(turns):
            top, left, bottom, right = right, top, left, bottom
        return Edges(top, bottom, left, right)


EIGHT_TURNS = tuple((turns, mirrored) for turns in range(4) for mirrored in (False, True))
"""The eight flips and rotations, for `Edges.turned`."""

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


def cut_blocks(height: int, width: int, halo: int, part: Window) -> list[Tile]:
    """Blocks of the fixed grid in a ``part`` of the picture that starts at whole blocks, as a tile does."""
    return cut_tiles(height, width, BLOCK, halo, part=part)


def count_tiles(height: int, width: int, size: int) -> int:
    """How many tiles `cut_tiles` would cut, without cutting them."""
    return -(-height // size) * -(-width // size)


def tile_size(size: int) -> int:
    """A tile size as asked for, rounded up to whole blocks of the fixed grid.

    Raises:
        UsageError: not a whole number, or below 1.
    """
    if not isinstance(size, Integral) or size < 1:
        raise UsageError(f"expected a tile size of at least 1 pixel, got {size!r}")
    return -(-int(size) // BLOCK) * BLOCK


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
