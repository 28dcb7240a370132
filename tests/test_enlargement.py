from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import TinyWeights, identity, picture_of

from srcnn.color import rgb_to_ycbcr
from srcnn.enlargement import upscale
from srcnn.model import Model
from srcnn.resize import imresize
from srcnn.scales import output_size, step_count, step_scale
from srcnn.weights import save_weights

KINDS = ("uint8", "uint16", "float32")
CHANNELS = (None, 1, 2, 3, 4)


def as_pixels(floats: np.ndarray, kind: str) -> np.ndarray:
    if kind.startswith("float"):
        return np.clip(floats, 0, 1)
    peak = np.iinfo(kind).max
    return np.floor(np.clip(floats, 0, 1) * peak + 0.5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("scale", [2, 3, 1.5])
def test_a_network_that_changes_nothing_gives_bicubic(kind: str, channels: int | None, scale: float) -> None:
    picture = picture_of(kind, channels)
    if channels in (2, 4) and kind != "float32":
        # What is wholly transparent would be given other colours first.
        picture[..., -1] = np.maximum(picture[..., -1], 1)
    before = picture.copy()
    result = upscale(picture, scale, model=identity(), engine="numpy", alpha="bicubic")
    assert result.dtype == picture.dtype
    assert result.shape == (*output_size(picture.shape, scale), *picture.shape[2:])
    peak = 1 if kind == "float32" else np.iinfo(kind).max
    bicubic = imresize(picture.astype(np.float64) / peak, shape=output_size(picture.shape, scale))
    difference = np.abs(result.astype(np.float64) - as_pixels(bicubic, kind)) / peak
    # Float32 against float64: 16 bits may round to the neighbour, and 8 bits at a tie.
    assert difference.max() <= {"uint8": 1 / 255, "uint16": 1 / 65535, "float32": 3e-6}[kind]
    assert np.array_equal(picture, before)


@pytest.mark.parametrize("channels", [3, 4])
def test_only_luma_goes_through_the_network(tiny_weights: TinyWeights, channels: int) -> None:
    # In the middle of the cube, so that clipping hides nothing.
    picture = (0.3 + 0.4 * picture_of("float32", channels)).astype(np.float32)
    weights = tiny_weights("3-1-3", (4, 3))
    result = upscale(picture, 2, model=weights, alpha="bicubic")
    bicubic = imresize(picture.astype(np.float64), 2)
    theirs, ours = rgb_to_ycbcr(bicubic[..., :3]), rgb_to_ycbcr(result[..., :3].astype(np.float64))
    assert np.abs(ours[..., 1:] - theirs[..., 1:]).max() < 1e-5
    assert np.abs(ours[..., 0] - Model(weights)(theirs[..., 0].astype(np.float32))).max() < 1e-5
    assert np.abs(ours[..., 0] - theirs[..., 0]).max() > 1e-3
    assert np.abs(result[..., 3:] - bicubic[..., 3:]).max(initial=0) < 1e-6


def test_a_grey_picture_is_its_own_luma(tiny_weights: TinyWeights) -> None:
    grey = (0.3 + 0.4 * picture_of("float32", None)).astype(np.float32)
    weights = tiny_weights()
    assert np.abs(upscale(grey, 3, model=weights) - Model(weights)(imresize(grey, 3))).max() < 1e-6
    assert np.array_equal(upscale(grey[..., None], 3, model=weights)[..., 0], upscale(grey, 3, model=weights))


def test_weights_for_full_range_luma(tiny_weights: TinyWeights) -> None:
    picture = (0.3 + 0.4 * picture_of("float32", 3)).astype(np.float32)
    weights = tiny_weights()
    full = replace(weights, card=replace(weights.card, luma_range="full"))
    result = rgb_to_ycbcr(upscale(picture, 2, model=full))[..., 0]
    y = (rgb_to_ycbcr(imresize(picture, 2))[..., 0] * 255 - 16) / 219
    assert np.abs((result * 255 - 16) / 219 - Model(full)(y)).max() < 1e-5
    grey = picture[..., 0]
    assert np.array_equal(upscale(grey, 2, model=full), upscale(grey, 2, model=weights))


@pytest.mark.parametrize("color", ["rgb", "ycbcr"])
@pytest.mark.parametrize("channels", CHANNELS)
def test_weights_for_three_channels(color: str, channels: int | None) -> None:
    picture = picture_of("uint16", channels)
    result = upscale(picture, 2, model=identity(3, color))
    luma_only = upscale(picture, 2, model=identity())
    # Overshoots below zero do not pass the identity's ReLU: compare where there are none.
    inside = (luma_only > 0) if channels in (None, 1) else (luma_only.min(axis=-1, keepdims=True) > 0)
    difference = np.abs(result.astype(int) - luma_only.astype(int))
    assert result.dtype == picture.dtype
    assert (difference * inside).max() <= 2


@pytest.mark.parametrize("alpha", [False, True])
def test_grey_through_a_colour_network_is_the_mean_of_its_channels(
    tiny_weights: TinyWeights, alpha: bool
) -> None:
    weights = tiny_weights(channels=3)
    grey = (0.3 + 0.4 * picture_of("float32", None)).astype(np.float32)
    channels = Model(weights)(np.repeat(imresize(grey, 2)[None], 3, axis=0))
    picture = np.dstack([grey, np.ones_like(grey)]) if alpha else grey
    result = upscale(picture, 2, model=replace(weights, card=replace(weights.card, color="rgb")))
    assert np.abs((result[..., 0] if alpha else result) - channels.mean(axis=0)).max() < 1e-6
    assert np.abs(channels - channels.mean(axis=0)).max() > 1e-3


def test_back_projection_by_hand(tiny_weights: TinyWeights) -> None:
    weights = tiny_weights()
    grey = (0.3 + 0.4 * picture_of("float32", None)).astype(np.float32)
    high = Model(weights)(imresize(grey, shape=(63, 78)))
    for _ in range(3):
        high = high + imresize(grey - imresize(high, shape=grey.shape), shape=high.shape)
    result = upscale(grey, 3, model=weights, back_projection=3)
    assert np.abs(result - high).max() < 1e-6
    before, after = (
        np.abs(imresize(upscale(grey, 3, model=weights, back_projection=n), 1 / 3) - grey).mean()
        for n in (0, 10)
    )
    assert after < before / 10


def test_back_projection_leaves_chroma_and_alpha(tiny_weights: TinyWeights) -> None:
    picture = (0.3 + 0.4 * picture_of("float32", 4)).astype(np.float32)
    plain, refined = (upscale(picture, 2, model=tiny_weights(), back_projection=steps) for steps in (0, 2))
    assert np.array_equal(plain[..., 3], refined[..., 3])
    first, second = (rgb_to_ycbcr(result[..., :3].astype(np.float64)) for result in (plain, refined))
    assert np.abs(first[..., 1:] - second[..., 1:]).max() < 1e-5
    assert np.abs(first[..., 0] - second[..., 0]).max() > 1e-3


def test_passes(tiny_weights: TinyWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = picture_of("float32", 3)
    weights = tiny_weights()
    between = upscale(picture, 2, model=weights)
    twice = upscale(picture, 4, model=weights, passes=2)
    assert np.abs(twice - upscale(between, 2, model=weights)).max() < 1e-5
    assert np.array_equal(upscale(picture, 4, model=weights), upscale(picture, 4, model=weights, passes=1))
    assert np.array_equal(upscale(picture, 9, model=weights), upscale(picture, 9, model=weights, passes=2))
    monkeypatch.setenv("SRCNN_MODELS", str(tmp_path))
    for scale in (2, 4):
        save_weights(tiny_weights(scale=scale, seed=scale), tmp_path / f"3-1-3-x{scale}.safetensors")
    by_name = upscale(picture, 4, model="3-1-3", passes=2)
    assert np.array_equal(by_name, upscale(picture, 4, model=tiny_weights(scale=2, seed=2), passes=2))


def test_the_ensemble_is_of_the_network_only(tiny_weights: TinyWeights) -> None:
    grey = (0.3 + 0.4 * picture_of("float32", None)).astype(np.float32)
    weights = tiny_weights("5-3-3", (9, 5))
    result = upscale(grey, 2, model=weights, ensemble=True)
    assert np.abs(result - Model(weights)(imresize(grey, 2), ensemble=True)).max() < 1e-6
    assert np.abs(result - upscale(grey, 2, model=weights)).max() > 1e-5


@pytest.mark.parametrize(
    ("scale", "steps"), [(1.01, 1), (4, 1), (4.01, 2), (16, 2), (16.1, 3), (64, 3), (4**5, 5)]
)
def test_large_scales_go_in_equal_steps_of_at_most_four(scale: float, steps: int) -> None:
    assert step_count(scale) == steps
    assert step_scale(scale) <= 4
    assert step_scale(scale) ** steps == pytest.approx(scale)


def test_steps_keep_floats_between_them() -> None:
    picture = picture_of("uint8", 3, 9, 7)
    # 6.25 is twice 2.5: 9 x 7 becomes 23 x 18 (22.5 and 17.5 rounded half up), then 56 x 44.
    between = np.clip(imresize(picture / 255, shape=(23, 18)), 0, 1)
    rounded = np.floor(between * 255 + 0.5) / 255
    by_floats, by_pixels = (as_pixels(imresize(step, shape=(56, 44)), "uint8") for step in (between, rounded))
    result = upscale(picture, 6.25, model=identity())
    assert (result != by_floats).mean() < 0.001
    assert (result != by_pixels).mean() > 0.05


@pytest.mark.parametrize(
    ("shape", "scale", "size"), [((10, 7), 2, (20, 14)), ((5, 3), 1.5, (8, 5)), ((1, 1), 1.2, (1, 1))]
)
def test_sides_are_rounded_half_up(shape: tuple[int, int], scale: float, size: tuple[int, int]) -> None:
    assert output_size(shape, scale) == size
    assert upscale(np.zeros(shape, np.uint8), scale, model=identity()).shape == size


def test_the_scale_picks_the_shipped_weights(
    tiny_weights: TinyWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SRCNN_MODELS", str(tmp_path))
    weights = {scale: tiny_weights(scale=scale, seed=scale) for scale in (2, 3, 4)}
    for scale, network in weights.items():
        save_weights(network, tmp_path / f"3-1-3-x{scale}.safetensors")
    picture = picture_of("uint8", 3)
    for scale, chosen in ((1.5, 2), (2.8, 3), (4, 4), (9, 3), (16, 4)):
        expected = upscale(picture, scale, model=weights[chosen])
        assert np.array_equal(upscale(picture, scale, model="3-1-3"), expected)


def test_numbers_of_numpy_are_numbers(tiny_weights: TinyWeights, picture: np.ndarray) -> None:
    weights = tiny_weights()
    scale: Any = np.uint8(12)  # of which 12 times 48 is 64
    result = upscale(picture, scale, model=weights, engine="numpy")
    np.testing.assert_array_equal(result, upscale(picture, 12, model=weights, engine="numpy"))
