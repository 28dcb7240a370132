import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.compare.crops import Crop, check_crops, find_crops, parse_crop, usual_size
from srcnn.errors import UsageError


def _pair(height: int = 40, width: int = 60) -> tuple[np.ndarray, np.ndarray]:
    return np.full((height, width), 100, np.uint8), np.full((height, width), 100, np.uint8)


def test_the_largest_difference_is_found_first_and_then_the_next() -> None:
    one, two = _pair()
    two[20:28, 40:48] = 180
    two[2:10, 4:12] = 130
    first, second = find_crops([one, two], 2, 8)
    assert first == Crop(40, 20, 8, 8)
    assert second == Crop(4, 2, 8, 8)


def test_of_three_pictures_all_count() -> None:
    one, two = _pair()
    three = one.copy()
    three[30:34, 10:14] = 0
    (crop,) = find_crops([one, two, three], 1, 4)
    assert crop == Crop(10, 30, 4, 4)


def test_colour_that_differs_in_one_channel_is_a_difference() -> None:
    one = np.zeros((20, 20, 3), np.uint8)
    two = one.copy()
    two[5:10, 12:17, 2] = 200
    assert find_crops([one, two], 1, 5) == (Crop(12, 5, 5, 5),)


@given(
    st.integers(1, 30), st.integers(1, 30), st.integers(1, 6), st.integers(1, 30), st.integers(0, 2**16 - 1)
)
def test_crops_lie_within_and_apart(height: int, width: int, count: int, side: int, seed: int) -> None:
    side = min(side, height, width)
    pictures = np.random.default_rng(seed).integers(0, 256, (2, height, width), np.uint8)
    crops = find_crops(list(pictures), count, side)
    assert 1 <= len(crops) <= count
    check_crops(crops, (height, width), "picture")
    covered = np.zeros((height, width), int)
    for crop in crops:
        crop.cut(covered)[...] += 1
    assert covered.max() == 1


def test_fewer_than_asked_for_where_no_more_fit() -> None:
    one, two = _pair(10, 10)
    two[0, 0] = 0
    assert len(find_crops([one, two], 5, 8)) == 1


def test_usual_size_fits_the_smallest_picture() -> None:
    assert usual_size((1, 500)) == 1
    assert usual_size((255, 255)) == 63
    assert usual_size((3000, 2000)) == 96


def test_a_crop_is_written_as_it_is_read() -> None:
    crop = parse_crop("120,40,64x32")
    assert crop == Crop(x=120, y=40, width=64, height=32)
    assert parse_crop(str(crop)) == crop
    assert crop.cut(np.zeros((100, 200, 3))).shape == (32, 64, 3)


@pytest.mark.parametrize(
    "text", ["", "1,2", "1,2,3", "a,b,1x1", "-1,0,4x4", "1,2,0x4", "1,2,4x4,", "1.5,2,4x4"]
)
def test_what_is_no_crop_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected a crop .*, got"):
        parse_crop(text)


@pytest.mark.parametrize("crop", [Crop(0, 0, 61, 4), Crop(57, 0, 4, 4), Crop(0, 37, 4, 4)])
def test_a_crop_beyond_the_picture_is_refused(crop: Crop) -> None:
    with pytest.raises(UsageError, match=rf"within the 60x40 pixels of it.png, got {crop}"):
        check_crops([crop], (40, 60), "it.png")


def test_a_crop_that_would_be_drawn_far_higher_than_wide_is_refused() -> None:
    check_crops([Crop(0, 0, 5, 40), Crop(0, 0, 60, 1)], (40, 60), "it.png")
    with pytest.raises(UsageError, match=r"at most 8 times as high as wide, got 0,0,4x40"):
        check_crops([Crop(0, 0, 4, 40)], (40, 60), "it.png")


def test_a_picture_too_small_for_the_crops_asked_for() -> None:
    with pytest.raises(UsageError, match=r"crops of 1 to 40 pixels a side for it\.png of 60x40, got 41"):
        find_crops(_pair(), 1, 41, name="it.png")
