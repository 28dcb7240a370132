from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import TinyWeights

from srcnn.arch import parse_architecture
from srcnn.color import full_range_luma, rgb_to_ycbcr
from srcnn.errors import UsageError
from srcnn.model import Model
from srcnn.restoration import load_restorer, restore
from srcnn.weights import ModelCard, Weights, save_weights

KINDS = ("uint8", "uint16", "float32", "float64")
CHANNELS = (None, 1, 2, 3, 4)


def picture_of(kind: str, channels: int | None, height: int = 19, width: int = 23) -> np.ndarray:
    shape = (height, width) if channels is None else (height, width, channels)
    floats = np.random.default_rng(0).random(shape)
    if kind.startswith("float"):
        return floats.astype(kind)
    return np.round(floats * np.iinfo(kind).max).astype(kind)


def restorer(factory: TinyWeights, luma_range: str = "full", **arguments) -> Weights:
    weights = factory(scale=None, **arguments)
    card = replace(weights.card, task="restore", luma_range=luma_range, degradation=("jpeg 20",))
    return replace(weights, card=card)


def constant(level: float, luma_range: str) -> Weights:
    """Weights that make every pixel's luma the same."""
    architecture = parse_architecture("3-1", widths=(1,), channels=1)
    kernels = tuple(np.zeros(shape, np.float32) for shape in architecture.weight_shapes)
    biases = (np.zeros(1, np.float32), np.full(1, level, np.float32))
    card = ModelCard("constant", None, task="restore", luma_range=luma_range)
    return Weights(kernels, biases, architecture, card)


@pytest.fixture
def zoo(tiny_weights: TinyWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that ships 3-1-3 for qualities 10, 20, 40 and 80, a blur, and an enlargement."""
    monkeypatch.setenv("SRCNN_MODELS", str(tmp_path))
    for seed, name in enumerate(("jpeg10", "jpeg20", "jpeg40", "jpeg80", "blur1.6")):
        weights = restorer(tiny_weights, seed=seed)
        weights = replace(weights, card=replace(weights.card, name=f"3-1-3-{name}"))
        save_weights(weights, tmp_path / f"3-1-3-{name}.safetensors")
    save_weights(tiny_weights(scale=2), tmp_path / "3-1-3-x2.safetensors")
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", CHANNELS)
def test_the_same_kind_and_size_with_its_opacity(
    tiny_weights: TinyWeights, kind: str, channels: int | None
) -> None:
    picture = picture_of(kind, channels)
    before = picture.copy()
    result = restore(picture, model=restorer(tiny_weights))
    assert (result.shape, result.dtype) == (picture.shape, picture.dtype)
    assert (result != picture).any()
    np.testing.assert_array_equal(picture, before)
    if channels in (2, 4):
        np.testing.assert_array_equal(result[..., -1], picture[..., -1].astype(np.float32).astype(kind))


def test_grey_is_its_own_luma(tiny_weights: TinyWeights) -> None:
    grey = (0.3 + 0.4 * picture_of("float32", None)).astype(np.float32)
    weights = restorer(tiny_weights)
    np.testing.assert_allclose(restore(grey, model=weights), Model(weights)(grey), atol=1e-6)


@pytest.mark.parametrize(("luma_range", "black", "span"), [("full", 0, 255), ("studio", 16, 219)])
def test_luma_of_the_range_on_the_card_and_chroma_as_it_was(
    luma_range: str, black: float, span: float
) -> None:
    # In the middle of the cube, so that clipping hides nothing.
    picture = (0.4 + 0.2 * picture_of("float32", 3)).astype(np.float32)
    result = restore(picture, model=constant(0.5, luma_range))
    before, after = rgb_to_ycbcr(picture), rgb_to_ycbcr(result)
    np.testing.assert_allclose(after[..., 1:], before[..., 1:], atol=1e-6)
    # Of the studio range Y at 0.5 of white is 127.5 of 255; of the full range it is a grey of 0.5.
    expected = (127.5 - black) / span * 219 + 16
    np.testing.assert_allclose(after[..., 0] * 255, expected, atol=1e-3)
    if luma_range == "full":
        levels = np.round(result * 255).astype(np.uint8)
        assert np.abs(full_range_luma(levels).astype(float) - 127.5).max() <= 1.5


def test_a_network_that_changes_nothing_changes_nothing(picture: np.ndarray) -> None:
    architecture = parse_architecture("3-1", widths=(1,), channels=1)
    kernels = tuple(np.zeros(shape, np.float32) for shape in architecture.weight_shapes)
    for kernel in kernels:
        kernel[0, 0, kernel.shape[2] // 2, kernel.shape[3] // 2] = 1
    biases = (np.zeros(1, np.float32), np.zeros(1, np.float32))
    card = ModelCard("identity", None, task="restore", luma_range="full")
    identity = Weights(kernels, biases, architecture, card)
    for pixels in (picture, picture_of("uint16", 4), picture_of("uint8", 2)):
        np.testing.assert_array_equal(restore(pixels, model=identity), pixels)


@settings(deadline=None, max_examples=15)
@given(
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    channels=st.sampled_from(CHANNELS),
    ensemble=st.booleans(),
)
def test_sizes_down_to_one_pixel(
    tiny_weights: TinyWeights, height: int, width: int, channels: int | None, ensemble: bool
) -> None:
    picture = picture_of("uint8", channels, height, width)
    assert restore(picture, model=restorer(tiny_weights), ensemble=ensemble).shape == picture.shape


def test_what_nobody_sees_stays_and_bleeds_into_nothing(tiny_weights: TinyWeights) -> None:
    picture = picture_of("uint8", 4)
    picture[..., 3] = 255
    hidden = np.zeros((19, 23), bool)
    hidden[:, 11:] = True
    picture[hidden, 3] = 0
    weights = restorer(tiny_weights, name="3-3-3")
    results = []
    for colour in (0, 255):
        picture[hidden, :3] = colour
        results.append(restore(picture, model=weights))
        np.testing.assert_array_equal(results[-1][hidden], picture[hidden])
    np.testing.assert_array_equal(results[0][~hidden], results[1][~hidden])


def test_tiles_change_no_pixel_and_are_counted(tiny_weights: TinyWeights) -> None:
    picture = picture_of("uint16", 3, 300, 530)
    model = Model(restorer(tiny_weights))
    calls: list[tuple[int, int]] = []
    small = restore(picture, model=model, tile=256, progress=lambda *call: calls.append(call))
    np.testing.assert_array_equal(small, restore(picture, model=model, tile=1024))
    assert calls == [(done, 6) for done in range(1, 7)]
    luma = picture[:, :300, 0].astype(np.float32) / 65535
    eight = restore(luma, model=model, ensemble=True)
    np.testing.assert_allclose(
        np.rot90(eight), restore(np.rot90(luma), model=model, ensemble=True), atol=1e-6
    )


@pytest.mark.parametrize(
    ("quality", "name"),
    [
        (1, "jpeg10"),
        (10, "jpeg10"),
        (14, "jpeg10"),  # libjpeg's percentages: 500, 357 and 250
        (15, "jpeg20"),  # 333
        (20, "jpeg20"),
        (40, "jpeg40"),
        (64, "jpeg40"),  # 125, 72 and 40
        (65, "jpeg80"),  # 70
        (80, "jpeg80"),
    ],
)
@pytest.mark.usefixtures("zoo")
def test_the_weights_for_a_quality(quality: int, name: str) -> None:
    net = load_restorer("3-1-3", quality)
    assert net is not None
    assert net.card.name == f"3-1-3-{name}"
    picture = picture_of("uint8", 3)
    np.testing.assert_array_equal(
        restore(picture, quality, model="3-1-3"), restore(picture, model=f"3-1-3-{name}")
    )


@pytest.mark.usefixtures("zoo")
def test_above_the_best_quality_there_is_nothing_to_undo() -> None:
    picture = picture_of("uint8", 3)
    for quality in (81, 100):
        assert load_restorer("3-1-3", quality) is None
        result = restore(picture, quality, model="3-1-3")
        np.testing.assert_array_equal(result, picture)
        assert not np.shares_memory(result, picture)


@pytest.mark.parametrize(
    ("model", "quality", "says"),
    [
        ("3-1-3", None, "expected the quality of the JPEG beside the model '3-1-3'"),
        ("3-1-3", 0, "quality of 1 to 100, got 0"),
        ("3-1-3", 101, "quality of 1 to 100, got 101"),
        ("3-1-3", 19.5, "quality of 1 to 100, got 19.5"),
        ("9-9-9", 20, "expected a shipped model"),
        ("3-1-3-x2", None, "expected a model that restores, got tiny-3-1-3-x2"),
    ],
)
@pytest.mark.usefixtures("zoo")
def test_what_cannot_be_meant(model: str, quality: int, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        restore(picture_of("uint8", None), quality, model=model)


def test_weights_for_other_colours_are_refused(tiny_weights: TinyWeights) -> None:
    weights = restorer(tiny_weights)
    odd = replace(weights, card=replace(weights.card, color="rgb"))
    with pytest.raises(UsageError, match="got 'rgb' with 1"):
        restore(picture_of("uint8", 3), model=odd)


@pytest.mark.parametrize(
    ("quality", "color", "name"),
    [
        (20, True, "3-1-3-rgb-jpeg20"),
        (35, True, "3-1-3-rgb-jpeg40"),
        (20, False, "3-1-3-jpeg20"),
        (75, True, "3-1-3-jpeg80"),  # above the best for colour
    ],
)
def test_colour_goes_through_weights_for_all_planes_where_there_are_such(
    zoo: Path, tiny_weights: TinyWeights, quality: int, color: bool, name: str
) -> None:
    for damage in ("jpeg20", "jpeg40"):
        weights = restorer(tiny_weights, channels=3)
        weights = replace(weights, card=replace(weights.card, name=f"3-1-3-rgb-{damage}", color="rgb"))
        save_weights(weights, zoo / f"3-1-3-rgb-{damage}.safetensors")
    net = load_restorer("3-1-3", quality, color=color)
    assert net is not None
    assert net.card.name == name
    shape = (8, 9, 3) if color else (8, 9)
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    np.testing.assert_array_equal(restore(picture, quality, model="3-1-3"), restore(picture, model=net))
