import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage import data
from skimage.metrics import structural_similarity

from srcnn.errors import UsageError
from srcnn.metrics import SSIM_WINDOW, ssim

# One strip of rows and more: 138 rows give two strips of the map and two rows of a third.
SHAPES = [(11, 11), (11, 40), (12, 11), (74, 33), (75, 33), (138, 60)]
PICTURES = arrays.arrays(np.uint8, st.tuples(st.integers(11, 16), st.integers(11, 16)))


def judged(first: np.ndarray, second: np.ndarray, data_range: float) -> float:
    pair = (first.astype(np.float64), second.astype(np.float64))
    conventions = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    value = structural_similarity(*pair, data_range=data_range, **conventions)
    assert isinstance(value, float)
    return value


def test_as_an_independent_program_measured_it():
    # 0.357959091663361: the program imdiff of IPOL (https://www.ipol.im/pub/art/2011/g_lmii/) on
    # scikit-image's camera.png and a noisy copy, run by Gregory Lee in September 2020,
    # https://github.com/scikit-image/scikit-image/pull/4913#issuecomment-700653165.
    # The seed is that of scikit-image's own test, which holds the two to three decimals.
    camera = data.camera()
    noise = np.random.RandomState(5).randn(*camera.shape)
    noisy = np.clip(camera + 20.0 * noise, 0, 255).astype(np.uint8)
    assert ssim(camera, noisy, data_range=255, crop_border=0) == pytest.approx(0.357959091663361, abs=1e-5)


def test_flat_pictures_by_the_formula():
    # Variances and covariance are 0: (2 a b + c1) / (a² + b² + c1), c1 = (0.01 * 255)².
    first, second = np.full((15, 15), 100), np.full((15, 15), 120)
    expected = (2 * 100 * 120 + 6.5025) / (100**2 + 120**2 + 6.5025)
    assert ssim(first, second, data_range=255, crop_border=0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("dtype", "peak"), [(np.uint8, 255), (np.uint16, 65535), (np.float64, 1)])
def test_as_scikit_image_has_it(shape, dtype, peak):
    rng = np.random.default_rng(2)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    waves = 0.5 + 0.4 * np.sin(rows / 3) * np.cos(columns / 4)
    first = (waves * peak).astype(dtype)
    second = (np.clip(waves + rng.normal(0, 0.05, shape), 0, 1) * peak).astype(dtype)
    value = ssim(first, second, data_range=peak, crop_border=0)
    assert 0.1 < value < 0.99
    assert value == pytest.approx(judged(first, second, peak), abs=1e-12)


def test_the_border_is_left_out_before_the_window(picture):
    first = picture[..., 0]
    second = picture[..., 1]
    expected = judged(first[3:-3, 3:-3], second[3:-3, 3:-3], 255)
    assert ssim(first, second, data_range=255, crop_border=3) == pytest.approx(expected, abs=1e-12)
    assert ssim(first, second, data_range=255, crop_border=4) != pytest.approx(expected, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(PICTURES, st.randoms(use_true_random=False))
def test_symmetric_bounded_and_one_only_for_itself(first, random):
    second = first.copy()
    row, column = random.randrange(first.shape[0]), random.randrange(first.shape[1])
    second[row, column] ^= 0x80
    forth, back = (ssim(a, b, data_range=255, crop_border=0) for a, b in ((first, second), (second, first)))
    assert forth == pytest.approx(back, abs=1e-12)
    assert -1 <= forth < 1
    assert ssim(first, first, data_range=255, crop_border=0) == 1


@settings(deadline=None, max_examples=30)
@given(PICTURES)
def test_turning_both_pictures_changes_nothing(first):
    second = 255 - first // 2
    here = ssim(first, second, data_range=255, crop_border=0)
    assert ssim(first.T, second.T, data_range=255, crop_border=0) == pytest.approx(here, abs=1e-12)
    flipped = ssim(first[::-1], second[::-1], data_range=255, crop_border=0)
    assert flipped == pytest.approx(here, abs=1e-12)


@pytest.mark.parametrize(
    ("shape", "border", "says"),
    [
        ((10, 30), 0, "at least 11x11"),
        ((30, 10), 0, "at least 11x11"),
        ((16, 16), 3, "inside a crop_border of 3"),
        ((16, 16, 3), 0, "one channel"),
    ],
)
def test_too_small_or_too_many_channels(shape, border, says):
    with pytest.raises(UsageError, match=says) as error:
        ssim(np.zeros(shape), np.zeros(shape), data_range=255, crop_border=border)
    assert "\n" not in str(error.value)


def test_the_smallest_picture_is_one_window():
    side = SSIM_WINDOW + 2 * 3
    assert ssim(np.zeros((side, side)), np.zeros((side, side)), data_range=255, crop_border=3) == 1


def test_bad_values_and_ranges():
    zeros, bad = np.zeros((12, 12)), np.zeros((12, 12))
    bad[5, 5] = math.nan
    with pytest.raises(UsageError, match="inf or nan"):
        ssim(zeros, bad, data_range=255, crop_border=0)
    with pytest.raises(UsageError, match="one shape"):
        ssim(zeros, np.zeros((12, 13)), data_range=255, crop_border=0)
    with pytest.raises(UsageError, match="data_range above 0"):
        ssim(zeros, zeros, data_range=0, crop_border=0)
    with pytest.raises(TypeError):
        ssim(zeros, zeros)  # type: ignore[call-arg]
