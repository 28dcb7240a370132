import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.color import (
    full_range_luma,
    full_to_studio,
    luma,
    rgb_to_ycbcr,
    rounded,
    studio_to_full,
    ycbcr_to_rgb,
)
from srcnn.data.planes import planes_of
from srcnn.evaluation.case import in_space

# ITU-R BT.601 in studio range: the corners of the RGB cube in grey levels of 255, from the standard's
# definition (Y = 16 + 219 (0.299 R + 0.587 G + 0.114 B), Cb and Cr 128 +- 112), which MATLAB documents.
CORNERS = {
    (0, 0, 0): (16, 128, 128),
    (1, 1, 1): (235, 128, 128),
    (1, 0, 0): (81.481, 90.203, 240),
    (0, 1, 0): (144.553, 53.797, 34.214),
    (0, 0, 1): (40.966, 240, 109.786),
}


@pytest.mark.parametrize(("rgb", "ycbcr"), CORNERS.items())
def test_corners_of_the_cube(rgb: tuple[int, ...], ycbcr: tuple[float, ...]) -> None:
    assert rgb_to_ycbcr(np.array(rgb, np.float64)) * 255 == pytest.approx(ycbcr, abs=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_there_and_back(dtype: type[np.floating]) -> None:
    rgb = np.random.default_rng(0).random((7, 5, 3)).astype(dtype)
    back = ycbcr_to_rgb(rgb_to_ycbcr(rgb))
    assert back.dtype == dtype
    assert np.abs(back - rgb).max() < 20 * np.finfo(dtype).eps


def test_skimage_agrees() -> None:
    color = pytest.importorskip("skimage.color")
    rgb = np.random.default_rng(1).random((9, 4, 3))
    # skimage keeps the textbook coefficients to the same three decimals.
    assert np.abs(rgb_to_ycbcr(rgb) * 255 - color.rgb2ycbcr(rgb)).max() < 1e-3


def test_luma_of_pixels() -> None:
    assert luma(np.full((1, 1, 3), 255, np.uint8)) == 235
    assert luma(np.zeros((1, 1, 3), np.uint8)) == 16
    rgb = np.random.default_rng(2).integers(0, 256, (20, 30, 3), np.uint8)
    rounded = np.floor(rgb_to_ycbcr(rgb / 255)[..., 0] * 255 + 0.5)
    assert np.array_equal(luma(rgb), rounded)


def test_grey_is_its_own_luma() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert np.array_equal(luma(grey), grey)


@given(rows=st.integers(1, 40), start=st.integers(0, 39))
def test_a_part_is_converted_as_in_the_whole(rows: int, start: int) -> None:
    whole = np.random.default_rng(3).random((40, 31, 3), dtype=np.float32)
    part = slice(start, start + rows)
    for convert in (rgb_to_ycbcr, ycbcr_to_rgb):
        assert np.array_equal(convert(np.ascontiguousarray(whole[part, 3:])), convert(whole)[part, 3:])


def test_as_many_colors_lie_between_two_levels_as_is_said_and_become_one_of_the_two() -> None:
    r, g, b = np.meshgrid(*[np.arange(256, dtype=np.int32)] * 3, indexing="ij")
    exact = 65481 * r + 128553 * g + 24966 * b
    ties = exact % 255_000 == 127_500
    colors = np.stack(np.nonzero(ties), axis=-1).astype(np.uint8)[None]
    assert f"{len(colors[0])} lie exactly between two levels" in str(luma.__doc__)
    assert np.all(np.abs(luma(colors)[0] - (exact[ties] / 255_000 + 16)) == 0.5)


def test_training_and_evaluation_see_the_same_luma_where_it_lies_between_two_levels() -> None:
    # All colors whose Y, in exact arithmetic of the standard's coefficients, is half way between two levels:
    # there the order of a sum decides.
    r, g, b = np.meshgrid(*[np.arange(256, dtype=np.int32)] * 3, indexing="ij")
    ties = np.nonzero((65481 * r + 128553 * g + 24966 * b) % 255_000 == 127_500)
    colors = np.stack(ties, axis=-1).astype(np.uint8)[None]
    assert colors.shape[1] >= 80
    trained = np.moveaxis(planes_of(colors, "ycbcr"), 0, -1)
    np.testing.assert_array_equal(trained, in_space(colors, "ycbcr", "studio"))
    np.testing.assert_array_equal(trained[..., 0], luma(colors))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_studio_range_and_full_range(dtype: type[np.floating]) -> None:
    levels = np.array([16, 125.5, 235], dtype) / dtype(255)
    full = studio_to_full(levels)
    assert full.dtype == dtype
    assert full == pytest.approx([0, 0.5, 1], abs=1e-6)
    assert full_to_studio(full) == pytest.approx(levels, abs=1e-6)


def test_halves_are_rounded_up_and_levels_kept_within_8_bits() -> None:
    # Half way between two levels, whatever the order of the sum; half to even would give one less.
    assert luma(np.array([[[10, 24, 223], [17, 35, 148]]], np.uint8)).tolist() == [[53, 53]]
    assert full_range_luma(np.array([[[0, 0, 250]]], np.uint8)).tolist() == [[29]]
    levels = np.array([-0.1, 0.5 / 255, 2.5 / 255, 1, 1.2])
    assert rounded(levels).tolist() == [0, 1, 3, 255, 255]
