import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

from srcnn.errors import UsageError
from srcnn.metrics import mse, psnr

PICTURES = arrays.arrays(np.uint8, st.tuples(st.integers(7, 20), st.integers(7, 20)))


def test_one_level_apart_is_48_13_db():
    # 20 log10(255), by the formula.
    grey = np.full((9, 9), 100, np.uint8)
    assert mse(grey, grey + 1, crop_border=0) == 1
    assert psnr(grey, grey + 1, data_range=255, crop_border=0) == pytest.approx(48.1308036086791, abs=1e-12)
    assert psnr(grey, grey + 1, data_range=1, crop_border=0) == 0


def test_unsigned_pixels_do_not_wrap_around():
    dark, light = np.zeros((8, 8), np.uint8), np.full((8, 8), 255, np.uint8)
    assert mse(dark, light, crop_border=0) == mse(light, dark, crop_border=0) == 255**2
    assert psnr(dark, light, data_range=255, crop_border=0) == 0


def test_a_range_of_8_bits_is_squared_as_a_number(picture):
    noisy = np.clip(picture.astype(int) + 3, 0, 255).astype(np.uint8)
    expected = psnr(picture, noisy, data_range=255, crop_border=0)
    ranges: list[Any] = [np.uint8(255), np.int16(255), np.float32(255)]
    for data_range in ranges:
        assert psnr(picture, noisy, data_range=data_range, crop_border=0) == expected


def test_identical_pictures_are_infinitely_near(picture):
    assert psnr(picture, picture, data_range=255, crop_border=2) == math.inf


def test_only_what_lies_inside_the_border_counts():
    reference = np.zeros((12, 14))
    image = np.ones((12, 14))
    image[3:-3, 3:-3] = 0
    image[3, 3] = 6
    assert mse(reference, image, crop_border=3) == 36 / (6 * 8)
    assert mse(reference, image, crop_border=4) == 0
    assert mse(reference, image, crop_border=2) == (36 + 8 * 10 - 6 * 8) / (8 * 10)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(8, 8), (13, 31), (20, 17, 3)])
@pytest.mark.parametrize("border", [0, 2])
def test_as_scikit_image_has_it(dtype, shape, border):
    rng = np.random.default_rng(1)
    peak = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    first, second = ((rng.random(shape) * peak).astype(dtype) for _ in range(2))
    inner = (slice(border, shape[0] - border), slice(border, shape[1] - border))
    # In floats: scikit-image computes float32 pictures in float32.
    cut = [picture[inner].astype(np.float64) for picture in (first, second)]
    assert mse(first, second, crop_border=border) == pytest.approx(mean_squared_error(*cut), rel=1e-12)
    expected = peak_signal_noise_ratio(*cut, data_range=float(peak))
    assert psnr(first, second, data_range=peak, crop_border=border) == pytest.approx(expected, abs=1e-10)


@settings(deadline=None, max_examples=50)
@given(PICTURES, st.integers(1, 50))
def test_symmetric_and_falling_with_the_error(reference, error):
    nearer, further = reference.astype(float) + error, reference.astype(float) - error - 1
    near, far = (psnr(reference, x, data_range=255, crop_border=1) for x in (nearer, further))
    assert near > far
    assert near == psnr(nearer, reference, data_range=255, crop_border=1)


@settings(deadline=None, max_examples=30)
@given(PICTURES, st.floats(0.1, 1000))
def test_units_do_not_matter_when_the_range_goes_with_them(reference, unit):
    image = 255.0 - reference
    here = psnr(reference, image, data_range=255, crop_border=0)
    there = psnr(reference * unit, image * unit, data_range=255 * unit, crop_border=0)
    assert there == pytest.approx(here, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "border", "says"),
    [
        (np.zeros((8, 8)), np.zeros((8, 9)), 0, r"\(8, 8\) and \(8, 9\)"),
        (np.zeros((8, 8)), np.zeros((8, 8, 1)), 0, "one shape"),
        (np.zeros((8, 8)), np.zeros((8, 8)), 4, "inside a crop_border of 4"),
        (np.zeros((8, 8)), np.zeros((8, 8)), -1, "crop_border of 0 or more"),
        (np.zeros((0, 8)), np.zeros((0, 8)), 0, "8x0"),
        (np.zeros(8), np.zeros(8), 0, r"shape \(8,\)"),
        (np.zeros((8, 8)), np.full((8, 8), np.nan), 0, "inf or nan"),
        (np.full((8, 8), np.inf), np.zeros((8, 8)), 0, "inf or nan"),
        (np.zeros((8, 8), complex), np.zeros((8, 8)), 0, "complex128"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(first, second, border, says):
    for measure in (
        lambda: mse(first, second, crop_border=border),
        lambda: psnr(first, second, data_range=255, crop_border=border),
    ):
        with pytest.raises(UsageError, match=says) as error:
            measure()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("data_range", [0, -1, math.nan, math.inf])
def test_a_data_range_that_is_none(data_range):
    with pytest.raises(UsageError, match="data_range above 0"):
        psnr(np.zeros((8, 8)), np.ones((8, 8)), data_range=data_range, crop_border=0)


def test_nothing_that_moves_the_number_has_a_default():
    with pytest.raises(TypeError):
        psnr(np.zeros((8, 8)), np.ones((8, 8)))  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        mse(np.zeros((8, 8)), np.ones((8, 8)))  # type: ignore[call-arg]
