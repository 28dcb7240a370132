"""Opacity enlarged: no fringes, no ghosts, and edges as sharp as those of the colours."""

from dataclasses import replace

import numpy as np
import pytest
from support import TinyWeights

from srcnn.enlargement import upscale
from srcnn.errors import UsageError, WeightsError
from srcnn.types import Pixels
from srcnn.zoo import list_models

HIDDEN = (0, 255, 0)  # under full transparency, as an editor may leave it there


@pytest.fixture
def logo() -> Pixels:
    """(40, 40, 4) uint8: an orange disc, wholly opaque, on wholly transparent green."""
    rows, columns = np.mgrid[0:40, 0:40]
    inside = (rows - 20) ** 2 + (columns - 19) ** 2 < 120
    picture = np.zeros((40, 40, 4), np.uint8)
    picture[..., :3] = np.where(inside[..., None], (230, 120, 20), HIDDEN)
    picture[..., 3] = 255 * inside
    return picture


@pytest.mark.parametrize("alpha", ["network", "bicubic"])
def test_no_fringe_of_what_nobody_sees(logo: Pixels, tiny_weights: TinyWeights, alpha):
    result = upscale(logo, 3, model=tiny_weights(), alpha=alpha)
    plain = np.broadcast_to(np.array([230, 120, 20], np.uint8), (40, 40, 3))
    expected = upscale(plain, 3, model=tiny_weights())
    seen = result[..., 3] > 0
    # As if the colour went on beyond the edge; the float sums differ in their last bits.
    assert np.abs(result[..., :3].astype(int) - expected.astype(int))[seen].max() <= 1


def test_opaque_stays_opaque_and_transparent_transparent(logo: Pixels, tiny_weights: TinyWeights):
    # These weights add noise of several levels everywhere, so that nothing is flat by chance.
    alpha = upscale(logo, 2, model=tiny_weights(seed=3))[..., 3]
    inside = upscale(logo, 2, model=tiny_weights(seed=3), alpha="bicubic")[..., 3]
    wide = np.pad(logo[..., 3], 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, (3, 3)).repeat(2, 0).repeat(2, 1)
    assert (alpha[windows.min(axis=(2, 3)) == 255] == 255).all()
    assert (alpha[windows.max(axis=(2, 3)) == 0] == 0).all()
    assert (alpha != inside).any()


def test_the_network_makes_edges_steeper_than_bicubic(logo: Pixels):
    if not any(entry.name == "9-1-5-x2" for entry in list_models()):
        pytest.skip("9-1-5-x2 is not shipped")

    def between(alpha) -> int:
        result = upscale(logo, 2, model="9-1-5", alpha=alpha)[..., 3]
        return int(((result > 25) & (result < 230)).sum())

    assert between("network") < 0.9 * between("bicubic")


@pytest.mark.parametrize("channels", [2, 4])
def test_dropped_alpha_leaves_the_colours_as_they_are(logo: Pixels, tiny_weights: TinyWeights, channels: int):
    picture = logo if channels == 4 else logo[..., [0, 3]]
    colours = picture[..., :-1] if channels == 4 else picture[..., 0]
    result = upscale(picture, 2, model=tiny_weights(), alpha="drop")
    np.testing.assert_array_equal(result, upscale(np.ascontiguousarray(colours), 2, model=tiny_weights()))


@pytest.mark.parametrize("color", ["y", "rgb", "ycbcr"])
def test_tiles_do_not_show_in_opacity(tiny_weights: TinyWeights, color: str):
    weights = tiny_weights(channels=1 if color == "y" else 3)
    weights = replace(weights, card=replace(weights.card, color=color))
    picture = np.random.default_rng(0).integers(0, 256, (180, 150, 4), np.uint8)
    picture[20:90, 30:120, 3] = 0
    picture[100:170, 10:60, 3] = 255
    small, large = (upscale(picture, 2, model=weights, tile=tile) for tile in (256, 512))
    np.testing.assert_array_equal(small, large)


def test_a_way_with_alpha_that_does_not_exist(logo: Pixels, tiny_weights: TinyWeights):
    with pytest.raises(UsageError, match="an alpha of network, bicubic, drop, got 'glow'"):
        upscale(logo, 2, model=tiny_weights(), alpha="glow")  # type: ignore[arg-type]


def test_a_network_that_makes_no_number_is_an_error(tiny_weights: TinyWeights):
    weights = tiny_weights()
    # Weights that are numbers, and whose sums are beyond what a float32 holds.
    weights = replace(
        weights,
        kernels=(*weights.kernels[:2], 1e3 * weights.kernels[2]),
        biases=(weights.biases[0], np.full_like(weights.biases[1], 3e38), weights.biases[2]),
    )
    with pytest.raises(
        WeightsError, match=r"expected finite numbers from tiny-3-1-3-x2, got others in the tile"
    ):
        upscale(np.zeros((9, 9, 3), np.uint8), 2, model=weights)
