import numpy as np
import pytest

from srcnn.degrade import bicubic_degradation, mod_crop
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
