import math

import numpy as np
import pytest

from srcnn.metrics import wpsnr


def sensitivity(u: float, v: float) -> float:
    """The curve of WPSNR.m at one pair of frequencies, in plain words."""
    omega = 2 * math.pi * math.hypot(u, v) / 60
    band = 1.5 * math.exp(-(2**2) * omega**2 / 2) - math.exp(-2 * 2**2 * omega**2 / 2)
    onset = math.exp(8 * (omega - 2 * math.pi * 11.13 / 60))
    return band * (1 + onset * math.cos(2 * math.atan2(v, u)) ** 4) / (1 + onset)


def test_one_wrong_pixel_shows_the_whole_kernel():
    # By Parseval's theorem the energy of the kernel is that of the sampled curve over 41 * 41.
    frequencies = range(-20, 21)
    energy = sum(sensitivity(u, v) ** 2 for u in frequencies for v in frequencies) / 41**2
    image = np.zeros((60, 70))
    image[30, 35] = 51
    expected = -10 * math.log10((51 / 255) ** 2 * energy / image.size)
    assert value(np.zeros_like(image), image) == pytest.approx(expected, abs=1e-9)


def test_the_error_beyond_the_edge_is_nought():
    # In a corner a quarter of the kernel lies inside; an error that wraps around would show all of it.
    corner, middle = np.zeros((60, 60)), np.zeros((60, 60))
    corner[0, 0] = middle[30, 30] = 80
    empty = np.zeros((60, 60))
    assert 2 < value(empty, corner) - value(empty, middle) < 6.03


def test_noise_in_fine_detail_weighs_less_than_in_coarse():
    rows, columns = np.mgrid[:80, :80]
    grey = np.full((80, 80), 128.0)
    fine, coarse = grey + 10 * (-1.0) ** (rows + columns), grey + 10 * np.sign(np.sin(rows / 3.0))
    assert value(grey, fine) > value(grey, coarse) + 10


def test_diagonals_weigh_less_than_rows():
    rows, columns = np.mgrid[:80, :80]
    grey = np.full((80, 80), 128.0)
    upright = grey + 10 * np.sin(columns * 1.8)
    diagonal = grey + 10 * np.sin((rows + columns) * 1.8 / math.sqrt(2))
    assert value(grey, diagonal) > value(grey, upright) + 1


def value(reference: np.ndarray, image: np.ndarray) -> float:
    return wpsnr(reference, image, data_range=255, crop_border=0)
