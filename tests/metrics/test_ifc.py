import math

import numpy as np
import pytest

from srcnn.metrics import ifc
from srcnn.metrics.information_fidelity import oriented_bands


@pytest.mark.parametrize("shape", [(65, 66), (97, 120)])
def test_the_bands_are_those_of_pyrtools(shape):
    pyrtools = pytest.importorskip("pyrtools")
    image = np.random.default_rng(7).normal(100, 40, shape)
    # matlabPyrTools as pyrtools carries it on; its bands are numbered by orientation, in steps of 30 degrees.
    pyramid = pyrtools.pyramids.SteerablePyramidSpace(image, height=3, order=5, edge_type="reflect1")
    judged = pyramid.pyr_coeffs
    for level, bands in enumerate(oriented_bands(image, 3)):
        np.testing.assert_allclose(bands.horizontal, judged[level, 0], atol=1e-10)
        np.testing.assert_allclose(bands.vertical, judged[level, 3], atol=1e-10)


def test_bands_answer_to_their_own_direction():
    rows = np.mgrid[:96, :96][0]
    (finest,) = oriented_bands(np.sin(rows * 1.2), 1)
    assert np.abs(finest.vertical).max() > 0.1
    assert np.abs(finest.horizontal).max() < 1e-12


def grain(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(120, 30, (90, 84))


def test_information_is_lost_by_noise_and_by_blur_but_not_by_gain():
    reference = grain(8)
    noisy = reference + np.random.default_rng(9).normal(0, 5, reference.shape)
    blurred = (reference + np.roll(reference, 1, 0) + np.roll(reference, 1, 1)) / 3
    base = value(reference, noisy)
    assert 0 < value(reference, blurred + noisy - reference) < base
    # A gain and an offset applied to what is seen take away nothing.
    assert value(reference, 0.5 * noisy + 30) == pytest.approx(base, rel=1e-6)


def test_more_is_left_of_a_picture_than_of_another():
    reference = grain(8)
    assert value(reference, reference) > 50
    assert value(reference, grain(10)) < 0.5


def test_inverted_and_flat_pictures_carry_nothing():
    reference = grain(8)
    assert value(reference, 240 - reference) == 0
    assert value(reference, np.full_like(reference, 50)) == pytest.approx(0, abs=1e-9)
    assert value(np.full_like(reference, 50), reference) == 0


def test_stripes_vary_in_few_directions():
    # The covariance of the vectors has no inverse here.
    stripes = 100 + 50 * np.sin(np.mgrid[:90, :84][0] * 0.9)
    assert math.isfinite(value(stripes, stripes + np.random.default_rng(1).normal(0, 2, stripes.shape)))


def test_turning_both_pictures_changes_nothing():
    reference = grain(8)[:81, :81]
    image = reference + np.random.default_rng(9).normal(0, 9, reference.shape)
    assert value(reference.T, image.T) == pytest.approx(value(reference, image), rel=1e-9)


def value(reference: np.ndarray, image: np.ndarray) -> float:
    return ifc(reference, image, data_range=255, crop_border=0)
