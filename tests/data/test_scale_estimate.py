import numpy as np
import pytest

from srcnn.data.degradations import network_input, parse_chain
from srcnn.data.pair import Pair
from srcnn.data.scale_estimate import estimate_scale


def textured(seed: int = 0, side: int = 240) -> np.ndarray:
    # Amplitudes that fall with frequency, as in photographs.
    random = np.random.default_rng(seed)
    f = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    spectrum = np.fft.rfft2(random.normal(size=(side, side))) / np.maximum(f, 1 / side)
    plane = np.fft.irfft2(spectrum, s=(side, side))
    return np.clip(128 + 40 * plane / plane.std(), 0, 255).astype(np.uint8)


def pair(*steps: str, scale: float = 3) -> Pair:
    hr = textured()
    return Pair("p", network_input(hr, parse_chain(steps), scale=scale), hr)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("steps", [(), ("shrink", "round"), ("noise 3", "shrink", "enlarge", "jpeg 60")])
def test_the_scale_is_found_in_the_spectra(scale: int, steps: tuple[str, ...]) -> None:
    assert estimate_scale([pair(*steps, scale=scale)]) == pytest.approx(scale, rel=0.1)


def test_pictures_that_are_as_sharp_have_no_scale() -> None:
    assert estimate_scale([pair("noise 3")]) is None
    assert estimate_scale([]) is None
    hr = textured()[:40, :40]
    assert estimate_scale([Pair("small", (hr / 255).astype(np.float32), hr)]) is None
