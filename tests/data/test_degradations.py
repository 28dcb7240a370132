import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from srcnn.data.degradations import degraded, network_input, parse_chain, parse_step
from srcnn.data.planes import COLORS, PairColor, channels_of, displayed, planes_of
from srcnn.degrade import bicubic_degradation
from srcnn.errors import UsageError
from srcnn.resize import imresize


@pytest.fixture
def hr(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return planes_of(picture[:48, :36], "y")


def run(
    hr: npt.NDArray[np.uint8], *steps: str, scale: float = 3, color: PairColor = "y"
) -> npt.NDArray[np.float32]:
    return degraded(hr, parse_chain(steps), scale=scale, color=color, name="p")


def test_no_chain_is_the_bicubic_degradation_to_the_bit(hr: npt.NDArray[np.uint8]) -> None:
    expected = bicubic_degradation((hr / 255).astype(np.float32), 3)
    np.testing.assert_array_equal(network_input(hr, parse_chain(()), scale=3), expected)


def test_shrinking_takes_the_scale_or_its_own_number_and_kernel(hr: npt.NDArray[np.uint8]) -> None:
    assert run(hr, "shrink").shape == (16, 12)
    assert run(hr, "shrink 2").shape == (24, 18)
    y = (hr / 255).astype(np.float32)
    np.testing.assert_array_equal(run(hr, "shrink 2 bilinear"), imresize(y, 0.5, kernel="bilinear"))


def test_opencvs_cubic_has_no_antialiasing(hr: npt.NDArray[np.uint8]) -> None:
    # At an odd factor OpenCV's sample positions are samples of the input.
    np.testing.assert_allclose(run(hr, "shrink 3 opencv-cubic"), hr[1::3, 1::3] / 255, atol=1e-6)


def test_subsampling_by_an_odd_factor_takes_samples_as_they_are(hr: npt.NDArray[np.uint8]) -> None:
    np.testing.assert_allclose(run(hr, "subsample"), hr[1::3, 1::3] / 255, atol=1e-6)


def test_blur_is_the_gaussian_that_scipy_makes(hr: npt.NDArray[np.uint8]) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    # scipy calls the symmetric border "reflect"; truncate 3 / 1.2 gives radius 3, seven taps.
    expected = ndimage.gaussian_filter(hr / 255, 1.2, truncate=3 / 1.2, mode="reflect")
    np.testing.assert_allclose(run(hr, "blur 1.2 7"), expected, atol=1e-6)
    default = ndimage.gaussian_filter(hr / 255, 1.2, truncate=4 / 1.2, mode="reflect")
    np.testing.assert_allclose(run(hr, "blur 1.2"), default, atol=1e-6)


def test_noise_has_its_size_and_comes_back_the_same() -> None:
    flat = np.full((200, 200), 128, np.uint8)
    noisy = run(flat, "noise 5")
    assert np.std(noisy * 255) == pytest.approx(5, rel=0.03)
    np.testing.assert_array_equal(noisy, run(flat, "noise 5"))
    twice = run(flat, "noise 5", "noise 5")
    assert np.std(twice * 255) == pytest.approx(50**0.5, rel=0.03)  # two independent draws
    other = degraded(flat, parse_chain(["noise 5"]), name="q")
    assert not np.array_equal(noisy, other)


def test_jpeg_on_luma_is_pillows_grey_jpeg(hr: npt.NDArray[np.uint8]) -> None:
    file = io.BytesIO()
    Image.fromarray(hr).save(file, "JPEG", quality=20)
    np.testing.assert_array_equal(np.round(run(hr, "jpeg 20") * 255), np.asarray(Image.open(file)))


@pytest.mark.parametrize("color", ["ycbcr", "rgb"])
def test_jpeg_of_colour_goes_through_rgb(picture: npt.NDArray[np.uint8], color: PairColor) -> None:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=40)
    expected = np.asarray(Image.open(file)).astype(float)
    shown = displayed(run(planes_of(picture, color), "jpeg 40", color=color), color) * 255
    # YCbCr planes were rounded to 8 bits before compression, which may tip a coefficient.
    assert np.mean(np.abs(shown - expected)) < (1e-4 if color == "rgb" else 2)


def test_chains_run_in_order_and_end_at_the_size_of_the_original(hr: npt.NDArray[np.uint8]) -> None:
    chain = parse_chain(["shrink 2.5", "enlarge", "jpeg 20"])
    whole = network_input(hr, chain)
    assert whole.shape == hr.shape
    assert np.allclose(whole * 255, np.round(whole * 255), atol=1e-4)  # JPEG came last
    small_first = network_input(hr, parse_chain(["shrink 2.5", "jpeg 20"]))
    assert small_first.shape == hr.shape
    assert not np.array_equal(whole, small_first)


def test_rounding_gives_levels(hr: npt.NDArray[np.uint8]) -> None:
    lr = run(hr, "shrink", "round") * 255
    np.testing.assert_allclose(lr, np.round(lr), atol=1e-4)
    assert not np.allclose(run(hr, "shrink") * 255, lr, atol=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "smear 3",
        "blur",
        "blur 0",
        "blur 1 4",
        "shrink 1",
        "shrink 2 cubist",
        "jpeg 0",
        "jpeg 20.5",
        "noise x",
        "noise nan",
        "round 3",
        "noise -1",
        "enlarge 2",
    ],
)
def test_steps_that_cannot_be_meant_are_named(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_step(text)
    assert repr(text) in str(error.value)


def test_a_blur_wider_than_the_picture_is_an_error() -> None:
    with pytest.raises(UsageError, match="at least 10x10 pixels for a blur"):
        run(np.zeros((5, 40), np.uint8), "blur 3")


@pytest.mark.parametrize("color", COLORS)
def test_planes_have_their_number_and_grey_is_its_own_luma(
    picture: npt.NDArray[np.uint8], color: PairColor
) -> None:
    planes = planes_of(picture, color)
    assert (1 if planes.ndim == 2 else len(planes)) == channels_of(color)
    assert planes.shape[-2:] == picture.shape[:2]
    grey = planes_of(picture[..., 0], color)
    np.testing.assert_array_equal(grey if grey.ndim == 2 else grey[0], picture[..., 0])


def test_planes_are_the_known_colour_transforms(picture: npt.NDArray[np.uint8]) -> None:
    pillow = np.asarray(Image.fromarray(picture).convert("L")).astype(int)
    assert np.abs(planes_of(picture, "grey").astype(int) - pillow).max() <= 1  # Pillow computes in 16 bits
    white = np.full((1, 1, 3), 255, np.uint8)
    assert planes_of(white, "ycbcr").ravel().tolist() == [235, 128, 128]
    assert planes_of(white, "grey").ravel().tolist() == [255]
    back = displayed(planes_of(picture, "ycbcr") / 255, "ycbcr") * 255
    assert np.abs(back - picture).max() < 2
