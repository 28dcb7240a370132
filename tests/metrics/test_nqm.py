import math

import numpy as np
import pytest

from srcnn.metrics import nqm

SIDE = 128


def wave(cycles: int, amplitude: float, side: int = SIDE) -> np.ndarray:
    """A horizontal wave of so many cycles per picture, around level 100."""
    return np.tile(100 + amplitude * np.cos(2 * np.pi * cycles * np.arange(side) / side), (side, 1))


def value(reference: np.ndarray, image: np.ndarray) -> float:
    return nqm(reference, image, data_range=255, crop_border=0)


@pytest.mark.parametrize("cycles", [4, 8, 16, 32])
def test_an_inverted_wave_is_an_error_of_twice_its_size(cycles):
    # In the middle of a band nothing is masked: the sign differs. 10 log10(1 / 4).
    assert value(wave(cycles, 20), wave(cycles, -20)) == pytest.approx(-20 * math.log10(2), abs=1e-9)


def test_what_is_finer_than_the_last_band_is_not_seen():
    seen, fine = wave(8, 20, 256), wave(90, 20, 256) - 100
    assert value(seen, seen + fine) > 200
    assert value(seen + fine, seen) > 200


def test_what_is_below_the_threshold_is_not_seen():
    # Least contrasts seen at 8 cycles per picture: about a quarter of a per cent of level 100.
    assert value(wave(8, 20) + wave(32, 0.1), wave(8, 20) + 100) > 200
    assert value(wave(8, 0.1), wave(8, -0.1)) == math.inf


def test_a_picture_that_shows_something_where_nothing_was():
    assert value(wave(8, 0), wave(8, 20)) == -math.inf
    assert value(wave(8, 0), wave(8, 0)) == math.inf


def test_black_has_no_contrast():
    assert value(np.zeros((16, 17)), np.zeros((16, 17))) == math.inf


def test_darkness_brings_out_contrast():
    # The same error over less light is seen where it was not before.
    light, dark = wave(8, 20) + 100, wave(8, 20) - 60
    error = 0.4 * (wave(32, 1) - 100)
    assert value(light, light + error) > value(dark, dark + error)


@pytest.mark.parametrize("shape", [(64, 65), (65, 64), (65, 65)])
def test_odd_sides_give_a_figure_and_turning_changes_nothing(shape):
    rng = np.random.default_rng(5)
    reference = rng.normal(120, 20, shape)
    image = reference + rng.normal(0, 10, shape)
    here = value(reference, image)
    assert 0 < here < 40
    assert value(reference.T, image.T) == pytest.approx(here, abs=1e-9)
