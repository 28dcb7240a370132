import numpy as np
import pytest

from srcnn.metrics import ms_ssim, ms_ssim_metrix, ssim
from srcnn.metrics.structural_similarity import _averaged, _wavelet_low_pass

COARSEST_WEIGHT = 0.1333


def pair(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[:height, :width]
    first = 128 + 60 * np.sin(rows / 9) * np.cos(columns / 14) + 30 * np.sin((rows + columns) / 2)
    return first, first + np.random.default_rng(6).normal(0, 14, first.shape)


@pytest.mark.parametrize("shape", [(176, 192), (256, 176)])
def test_as_torchmetrics_has_it(shape):
    torch = pytest.importorskip("torch")
    image = pytest.importorskip("torchmetrics.functional.image")
    first, second = pair(*shape)
    planes = [torch.tensor(plane)[None, None] for plane in (first, second)]
    judged = image.multiscale_structural_similarity_index_measure(*planes, data_range=255.0).item()
    # At the coarsest scale torchmetrics averages over mirrored edges too: its factor is exchanged for ours.
    for _ in range(4):
        planes = [torch.nn.functional.avg_pool2d(plane, 2) for plane in planes]
    theirs = image.structural_similarity_index_measure(*planes, data_range=255.0).item()
    ours = ssim(*(plane.numpy()[0, 0] for plane in planes), data_range=255, crop_border=0)
    expected = judged * (ours / theirs) ** COARSEST_WEIGHT
    value = ms_ssim(first, second, data_range=255, crop_border=0)
    assert value < 0.99
    assert value == pytest.approx(expected, abs=1e-9)
    assert value == pytest.approx(judged, abs=1e-3)


def test_an_odd_last_row_is_kept():
    first, second = pair(177, 177)
    whole = ms_ssim(first, second, data_range=255, crop_border=0)
    changed = second.copy()
    changed[-1] = 0
    assert ms_ssim(first, changed, data_range=255, crop_border=0) < whole


def test_an_odd_last_row_and_column_are_repeated_between_scales():
    nine = np.arange(9.0).reshape(3, 3)
    assert _averaged(nine)[::2, ::2].tolist() == [[2, 3.5], [6.5, 8]]


@pytest.mark.parametrize("metric", [ms_ssim, ms_ssim_metrix])
def test_inverted_structure_counts_as_nothing(metric):
    first, _ = pair(176, 176)
    assert metric(first, 255 - first, data_range=255, crop_border=0) == 0


@pytest.mark.parametrize("metric", [ms_ssim, ms_ssim_metrix])
def test_a_shift_in_brightness_is_seen_by_luminance_alone(metric):
    # Flat pictures: contrast and structure are 1, luminance is (2 a b + c1) / (a² + b² + c1), c1 = 2.55².
    first, second = np.full((161, 170), 100.0), np.full((161, 170), 140.0)
    luminance = (2 * 100 * 140 + 6.5025) / (100**2 + 140**2 + 6.5025)
    value = metric(first, second, data_range=255, crop_border=0)
    assert value == pytest.approx(luminance**COARSEST_WEIGHT, abs=1e-9)


def test_the_wavelets_filter_keeps_what_is_flat_and_stops_what_alternates():
    flat = np.full((20, 31), 7.0)
    np.testing.assert_allclose(_wavelet_low_pass(flat), flat, rtol=1e-14)
    rows, columns = np.mgrid[:20, :32]
    for pattern in (rows, columns, rows + columns):
        assert np.abs(_wavelet_low_pass(np.where(pattern % 2, 1.0, -1.0))[5:-5, 5:-5]).max() < 1e-7
