from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.errors import UsageError
from srcnn.tiling import BLOCK, Edges, count_tiles, cut_tiles, tile_size, within

sides = st.integers(1, 60)


@given(height=sides, width=sides, size=st.integers(1, 70), halo=st.integers(0, 9))
def test_tiles_cover_every_pixel_once(height: int, width: int, size: int, halo: int) -> None:
    count = np.zeros((height, width), int)
    for tile in cut_tiles(height, width, size, halo):
        count[tile.out] += 1
    assert (count == 1).all()
    assert len(cut_tiles(height, width, size, halo)) == count_tiles(height, width, size)


def test_counting_tiles_does_not_cut_them() -> None:
    assert count_tiles(10**9, 10**9 + 1, 10**3) == 10**6 * (10**6 + 1)


@given(height=sides, width=sides, size=st.integers(1, 70), halo=st.integers(0, 9))
def test_a_source_holds_the_halo_or_ends_at_the_edge(height: int, width: int, size: int, halo: int) -> None:
    # Box sums of radius ``halo`` over the picture padded with zeros stand for a network.
    picture = np.arange(height * width, dtype=float).reshape(height, width)

    def box_sum(x: np.ndarray, edges: Edges) -> np.ndarray:
        top, bottom, left, right = (halo if side else 0 for side in edges)
        padded = np.pad(x, ((top, bottom), (left, right)))
        return np.lib.stride_tricks.sliding_window_view(padded, (2 * halo + 1,) * 2).sum((-1, -2))

    whole = box_sum(picture, Edges(True, True, True, True))
    for tile in cut_tiles(height, width, size, halo):
        assert np.array_equal(box_sum(picture[tile.source], tile.edges)[tile.inner], whole[tile.out])


def test_tiles_of_a_part_are_those_of_the_whole() -> None:
    whole = cut_tiles(100, 90, 16, 4)
    part = cut_tiles(100, 90, 16, 4, part=(slice(32, 64), slice(48, 90)))
    assert len(part) == 6
    assert all(tile in whole for tile in part)


def test_within_counts_from_the_origin() -> None:
    window = within((slice(12, 20), slice(7, 9)), (slice(10, 30), slice(7, 30)))
    assert window == (slice(2, 10), slice(0, 2))


@pytest.mark.parametrize(("asked", "given"), [(1, BLOCK), (BLOCK, BLOCK), (BLOCK + 1, 2 * BLOCK)])
def test_tiles_are_whole_blocks(asked: int, given: int) -> None:
    assert tile_size(asked) == given


@pytest.mark.parametrize("arguments", [(0, 5, 5, 1), (5, 0, 5, 1), (5, 5, 0, 1), (5, 5, 5, -1)])
def test_nothing_to_cut(arguments: tuple[int, int, int, int]) -> None:
    with pytest.raises(UsageError, match="expected"):
        cut_tiles(*arguments)


@pytest.mark.parametrize("size", [0, -1, 300.5, "300"])
def test_sizes_that_no_tile_has(size: Any) -> None:
    with pytest.raises(UsageError, match="tile size"):
        tile_size(size)
