import numpy as np
import pytest

from srcnn.degrade import bicubic_degradation, jpeg, mod_crop, pillow_bicubic
from srcnn.errors import UsageError
from srcnn.resize import imresize


def test_mod_crop_cuts_right_and_bottom() -> None:
    image = np.arange(7 * 8 * 3).reshape(7, 8, 3)
    assert np.array_equal(mod_crop(image, 3), image[:6, :6])
    assert np.array_equal(mod_crop(image, 1), image)
    with pytest.raises(UsageError, match="at least 8x8"):
        mod_crop(image, 8)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_down_and_up_without_rounding_between(scale: int) -> None:
    hr = np.random.default_rng(0).random((12, 24, 3))
    bicubic = bicubic_degradation(hr, scale)
    assert bicubic.shape == hr.shape
    assert np.array_equal(bicubic, imresize(imresize(hr, 1 / scale), scale))
    assert bicubic_degradation(hr.astype(np.float32), scale).dtype == np.float32


def test_the_border_rule_reaches_both_passes() -> None:
    hr = np.random.default_rng(0).random((12, 12))
    replicate = bicubic_degradation(hr, 3, border="replicate")
    assert not np.allclose(replicate, bicubic_degradation(hr, 3))
    assert np.allclose(replicate, imresize(imresize(hr, 1 / 3, border="replicate"), 3, border="replicate"))


def test_what_has_no_low_resolution() -> None:
    for shape, scale in (((10, 12), 3), ((12, 12), 1)):
        with pytest.raises(UsageError, match="mod_crop"):
            bicubic_degradation(np.zeros(shape), scale)


def test_pillow_is_matlab_away_from_the_borders() -> None:
    hr = np.random.default_rng(0).random((48, 60, 2))
    for shape in ((16, 20), (96, 120)):
        ours, pillows = imresize(hr, shape=shape), pillow_bicubic(hr, shape)
        assert pillows.shape == ours.shape
        assert pillows.dtype == np.float32
        inside = (slice(6, -6), slice(6, -6))
        assert np.abs(ours - pillows)[inside].max() < 1e-5
        assert np.abs(ours - pillows).max() > 1e-3
        assert np.array_equal(pillow_bicubic(hr[..., 0], shape), pillows[..., 0])


def test_jpeg_gets_worse_with_lower_quality() -> None:
    rows, columns = np.mgrid[:40, :56]
    grey = (128 + 80 * np.sin(rows / 3) * np.cos(columns / 5)).astype(np.uint8)
    errors = [np.abs(jpeg(grey, quality).astype(int) - grey).mean() for quality in (100, 50, 10, 1)]
    assert errors == sorted(errors)
    assert errors[0] < 0.5 < errors[-1]
    assert jpeg(grey[:13, :9], 50).shape == (13, 9)
    assert jpeg(np.dstack([grey] * 3), 50).shape == (40, 56, 3)
    for quality in (0, 101):
        with pytest.raises(UsageError, match="quality of 1 to 100"):
            jpeg(grey, quality)
