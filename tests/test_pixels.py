import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srcnn.pixels import FILL_REACH, fill_transparent
from srcnn.resize import imresize

ORANGE = np.array([1, 0.6, 0.1], np.float32)


def logo(side: int, under: float) -> tuple[np.ndarray, np.ndarray]:
    """An orange disc with a soft edge on ``under``, which nobody sees: (side, side, 3) and its opacity."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    alpha = np.clip(side / 3 - np.hypot(x, y), 0, 1).astype(np.float32)
    colour = np.where(alpha[..., None] > 0, ORANGE, under).astype(np.float32)
    return colour, alpha


@pytest.mark.parametrize("under", [0.0, 1.0])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_logo_gets_no_fringe_of_what_lies_under_its_transparent_pixels(under, scale):
    colour, alpha = logo(48, under)

    def on_orange(planes: np.ndarray) -> np.ndarray:
        # On its own colour a disc vanishes: whatever is left is fringe.
        large, opacity = imresize(planes, scale), np.clip(imresize(alpha, scale), 0, 1)[..., None]
        return np.abs(opacity * (large - ORANGE)).max()

    assert on_orange(colour) > 0.02
    assert on_orange(fill_transparent(colour, alpha)) < 1e-5


def test_visible_colours_and_far_transparent_ones_stay():
    planes = np.random.default_rng(0).random((64, 64, 3), np.float32)
    alpha = np.zeros((64, 64), np.uint8)
    alpha[:8, :8] = 1
    filled = fill_transparent(planes, alpha)
    near = 8 + FILL_REACH
    np.testing.assert_array_equal(filled[:8, :8], planes[:8, :8])
    np.testing.assert_array_equal(filled[near:], planes[near:])
    changed = np.any(filled != planes, axis=-1)
    assert changed[:near, :near].sum() == near * near - 64


def test_each_colour_comes_from_the_nearest_side():
    planes = np.zeros((9, 60, 1), np.float32)
    planes[:, :4], planes[:, -4:] = 0.25, 0.75
    alpha = np.zeros((9, 60))
    alpha[:, :4] = alpha[:, -4:] = 1
    filled = fill_transparent(planes, alpha)[..., 0]
    np.testing.assert_allclose(filled[:, :20], 0.25, rtol=1e-6)
    np.testing.assert_allclose(filled[:, -20:], 0.75, rtol=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    visible=st.floats(0.001, 0.5),
    top=st.integers(0, 60),
    left=st.integers(0, 60),
    side=st.integers(1, 40),
)
def test_a_window_with_its_margin_equals_the_whole_to_the_bit(seed, visible, top, left, side):
    rng = np.random.default_rng(seed)
    planes = rng.random((90, 80, 3), np.float32)
    alpha = (rng.random((90, 80)) < visible).astype(np.uint8)
    whole = fill_transparent(planes, alpha)
    first, start = max(0, top - FILL_REACH), max(0, left - FILL_REACH)
    window = np.s_[first : top + side + FILL_REACH, start : left + side + FILL_REACH]
    part = fill_transparent(planes[window], alpha[window])
    inner = part[top - first :][:side, left - start :][:, :side]
    np.testing.assert_array_equal(inner, whole[top : top + side, left : left + side])


@pytest.mark.parametrize("opacity", [0, 1])
def test_nothing_to_fill_from_or_nothing_to_fill(opacity):
    planes = np.random.default_rng(0).random((5, 7, 3), np.float32)
    assert fill_transparent(planes, np.full((5, 7), opacity)) is planes
