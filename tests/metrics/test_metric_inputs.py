"""What every metric of one channel promises: checks, identical pictures, the border, units, growing noise."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from srcnn import metrics
from srcnn.errors import UsageError

SMALLEST = {"ifc": 65, "ms_ssim": 161, "ms_ssim_metrix": 161, "nqm": 4, "psnr_b": 9, "wpsnr": 1}
METRICS = sorted(SMALLEST)
SIDE = 176


@pytest.fixture(scope="module")
def scene() -> npt.NDArray[np.float64]:
    """Grey levels with shapes of every size: a ramp, rings of rising frequency, discs and grain."""
    rows, columns = np.mgrid[:SIDE, : SIDE + 8]
    levels = 60 + 0.4 * rows + 0.2 * columns + 25 * np.cos(((rows - 60) ** 2 + (columns - 90) ** 2) / 900)
    rng = np.random.default_rng(3)
    for _ in range(25):
        row, column, radius = rng.integers([0, 0, 4], [SIDE, SIDE, 25])
        levels[(rows - row) ** 2 + (columns - column) ** 2 < radius**2] += rng.normal(0, 25)
    return np.clip(np.round(levels + rng.normal(0, 3, levels.shape)), 16, 235)


def noisy(scene: npt.NDArray[np.float64], sigma: float) -> npt.NDArray[np.float64]:
    return np.clip(np.round(scene + np.random.default_rng(4).normal(0, sigma, scene.shape)), 0, 255)


def measured(name: str, first: npt.ArrayLike, second: npt.ArrayLike, *, border: int = 0, peak: float = 255):
    return getattr(metrics, name)(first, second, data_range=peak, crop_border=border)


@pytest.mark.parametrize("name", METRICS)
def test_falls_as_noise_grows(name, scene):
    values = [measured(name, scene, noisy(scene, sigma)) for sigma in (0, 2, 5, 12, 30)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("name", METRICS)
def test_the_border_is_left_out_first(name, scene):
    other = noisy(scene, 6)
    inside = measured(name, scene, other, border=3)
    if name != "psnr_b":  # its blocks are counted from the corner of the whole picture
        assert measured(name, scene[3:-3, 3:-3], other[3:-3, 3:-3]) == inside
    other[:3] = other[:, -3:] = 0
    assert measured(name, scene, other, border=3) == inside
    assert measured(name, scene, other) != inside


@pytest.mark.parametrize("name", METRICS)
def test_units_do_not_matter_when_the_range_goes_with_them(name, scene):
    other = noisy(scene, 6)
    here = measured(name, scene.astype(np.uint8), other.astype(np.uint8))
    assert measured(name, scene / 255, other / 255, peak=1) == pytest.approx(here, rel=1e-9)
    assert measured(name, scene * 257, other * 257, peak=65535) == pytest.approx(here, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "best"), [("ms_ssim", 1), ("ms_ssim_metrix", 1), ("nqm", math.inf), ("wpsnr", math.inf)]
)
def test_identical_pictures(name, best, scene):
    assert measured(name, scene, scene.copy()) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("name", ["ms_ssim", "ms_ssim_metrix", "wpsnr"])
def test_symmetric(name, scene):
    other = noisy(scene, 8)
    assert measured(name, other, scene) == pytest.approx(measured(name, scene, other), abs=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_the_smallest_picture(name, scene):
    side = SMALLEST[name]
    first, second = scene[:side, :side], noisy(scene, 6)[:side, :side]
    assert not math.isnan(measured(name, first, second))
    with pytest.raises(UsageError, match=f"at least {side}x{side}") as error:
        measured(name, first, second, border=1)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize(
    ("change", "peak", "says"),
    [
        (lambda x: x[:-1], 255, "one shape"),
        (lambda x: np.where(x == x.max(), np.nan, x), 255, "inf or nan"),
        (lambda x: x, 0, "data_range above 0"),
        (lambda x: x, math.nan, "data_range above 0"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(name, change, peak, says, scene):
    with pytest.raises(UsageError, match=says) as error:
        measured(name, scene, change(scene), peak=peak)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", METRICS)
def test_one_channel_at_a_time_and_no_defaults(name, scene):
    colour = np.stack([scene] * 3, axis=-1)
    with pytest.raises(UsageError, match="one channel"):
        measured(name, colour, colour)
    with pytest.raises(TypeError):
        getattr(metrics, name)(scene, scene)
