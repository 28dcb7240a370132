import math
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import TinyWeights

import srcnn.zoo
from srcnn.arch import parse_architecture
from srcnn.color import rgb_to_ycbcr
from srcnn.engines import ENGINES
from srcnn.errors import ImageError, UsageError
from srcnn.model import Model
from srcnn.resize import imresize
from srcnn.restore import restore
from srcnn.scales import output_size, step_count, step_scale
from srcnn.upscale import upscale
from srcnn.weights import ModelCard, Weights, save_weights
from srcnn.zoo import ZooEntry, list_models

KINDS = ("uint8", "uint16", "float32")
CHANNELS = (None, 1, 2, 3, 4)


def picture_of(
    kind: str, channels: int | None, height: int = 21, width: int = 26, seed: int = 0
) -> np.ndarray:
    shape = (height, width) if channels is None else (height, width, channels)
    floats = np.random.default_rng(seed).random(shape)
    if kind.startswith("float"):
        return floats.astype(kind)
    return np.round(floats * np.iinfo(kind).max).astype(kind)


def identity(channels: int = 1, color: str = "y") -> Weights:
    """Weights that return their (non-negative) input: upscaling is then bicubic."""
    architecture = parse_architecture("3-1", widths=(channels,), channels=channels)
    kernels = [np.zeros(shape, np.float32) for shape in architecture.weight_shapes]
    for kernel in kernels:
        for channel in range(channels):
            kernel[channel, channel, kernel.shape[2] // 2, kernel.shape[3] // 2] = 1
    biases = tuple(np.zeros(channels, np.float32) for _ in kernels)
    return Weights(tuple(kernels), biases, architecture, ModelCard("identity", 2, color=color))


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


@settings(deadline=None, max_examples=30)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    scale=st.sampled_from([1.3, 2, 3, 4, 5]),
    kind=st.sampled_from(["uint8", "uint16"]),
    channels=st.sampled_from(CHANNELS),
    engine=st.sampled_from(ENGINES),
    tiles=st.lists(st.integers(1, 100), min_size=2, max_size=3),
)
def test_no_pixel_shows_the_tiles(
    tiny_weights: TinyWeights,
    height: int,
    width: int,
    scale: float,
    kind: str,
    channels: int | None,
    engine: str,
    tiles: list[int],
) -> None:
    if engine == "torch":
        pytest.importorskip("torch")
    model = Model(tiny_weights("3-3-1", (32, 16)), engine)
    picture = picture_of(kind, channels, height, width, seed=height)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("tiling", "model"):  # a fine grid, so that small pictures have many blocks
            patch.setattr(f"srcnn.{module}.BLOCK", 16)
        results = [upscale(picture, scale, model=model, tile=tile) for tile in tiles]
    assert all(np.array_equal(result, results[0]) for result in results)


@settings(deadline=None, max_examples=15)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    scale=st.sampled_from([1.3, 2, 3, 5]),
    channels=st.sampled_from(CHANNELS),
    tiles=st.lists(st.integers(1, 100), min_size=2, max_size=3),
)
def test_back_projection_shows_no_tiles_either(
    tiny_weights: TinyWeights, height: int, width: int, scale: float, channels: int | None, tiles: list[int]
) -> None:
    model = Model(tiny_weights("3-3-1", (8, 4)), "numpy")
    picture = picture_of("uint16", channels, height, width, seed=height)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("tiling", "model"):
            patch.setattr(f"srcnn.{module}.BLOCK", 16)
        results = [upscale(picture, scale, model=model, tile=tile, back_projection=2) for tile in tiles]
    assert all(np.array_equal(result, results[0]) for result in results)


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
    monkeypatch.setattr(srcnn.zoo, "_folder", lambda: tmp_path)
    for scale in (2, 4):
        save_weights(tiny_weights(scale=scale, seed=scale), tmp_path / f"3-1-3-x{scale}.safetensors")
    by_name = upscale(picture, 4, model="3-1-3", passes=2)
    assert np.array_equal(by_name, upscale(picture, 4, model=tiny_weights(scale=2, seed=2), passes=2))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"passes": 0}, "1 to 16 passes"),
        ({"passes": 17}, "1 to 16 passes"),
        ({"back_projection": -1}, "0 to 100"),
        ({"back_projection": 101}, "0 to 100"),
    ],
)
def test_passes_and_steps_that_cannot_be_meant(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        upscale(np.zeros((4, 4), np.uint8), 2, model=identity(), **arguments)


def test_tiles_beyond_the_real_block_equal_the_whole(tiny_weights: TinyWeights) -> None:
    picture = picture_of("uint16", 3, 190, 300)
    model = Model(tiny_weights("9-5-5", (8, 4)))
    whole = upscale(picture, 3, model=model, tile=10_000)
    assert np.array_equal(upscale(picture, 3, model=model, tile=256), whole)
    assert np.array_equal(upscale(picture, 3, model=model), whole)


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "numpy"])
@pytest.mark.parametrize("border", ["valid", "zero", "replicate"])
def test_engines_write_the_same_pixels_but_for_ties(
    tiny_weights: TinyWeights, picture: np.ndarray, engine: str, border: str
) -> None:
    pytest.importorskip(engine)
    weights = tiny_weights("9-5-5", (8, 4), border=border)
    floats = (picture / 255).astype(np.float32)
    reference = upscale(floats, 3, model=weights, engine="numpy") * 255
    assert np.abs(upscale(floats, 3, model=weights, engine=engine) * 255 - reference).max() < 0.01
    eight_bits = upscale(picture, 3, model=weights, engine=engine).astype(int)
    different = eight_bits != upscale(picture, 3, model=weights, engine="numpy")
    tie = np.abs(reference - np.floor(reference) - 0.5) < 0.01
    assert not (different & ~tie).any()
    assert different.mean() < 0.001


@pytest.mark.parametrize("entry", list_models(), ids=lambda entry: entry.name)
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "numpy"])
def test_engines_agree_on_every_shipped_model(picture: np.ndarray, entry: ZooEntry, engine: str) -> None:
    pytest.importorskip(engine)
    floats = (picture / 255).astype(np.float32)
    scale = entry.card.scale
    made, reference = (
        restore(floats, model=entry.path, engine=name)
        if scale is None
        else upscale(floats, scale, model=entry.path, engine=name)
        for name in (engine, "numpy")
    )
    assert np.abs(made - reference).max() * 255 < 0.01


def test_weights_that_restore_do_not_enlarge(picture: np.ndarray) -> None:
    restoring = replace(identity(), card=ModelCard("unblurred", None, task="restore"))
    with pytest.raises(UsageError, match="a model that enlarges, got unblurred, which is one to restore"):
        upscale(picture, 2, model=restoring)


def test_memory_beside_input_and_output_does_not_grow_with_the_picture() -> None:
    model = Model(identity(), "numpy")

    def beside(side: int) -> int:
        picture = picture_of("uint8", 3, side, side)
        tracemalloc.start()
        result = upscale(picture, 2, model=model, tile=256)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - result.nbytes

    # From one full tile to 16 of them: some 25 MB in floats if all of the picture were held in planes.
    assert beside(512) < 1.1 * beside(128)


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


def test_progress_counts_the_tiles_of_all_steps(tiny_weights: TinyWeights) -> None:
    calls: list[tuple[int, int]] = []
    picture = picture_of("uint8", None, 60, 30)
    upscale(picture, 12, model=tiny_weights(), tile=256, progress=lambda *done: calls.append(done))
    # 60 x 30 -> 208 x 104 (one tile) -> 720 x 360 (three by two).
    assert calls == [(n, 7) for n in range(1, 8)]


def test_the_scale_picks_the_shipped_weights(
    tiny_weights: TinyWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(srcnn.zoo, "_folder", lambda: tmp_path)
    weights = {scale: tiny_weights(scale=scale, seed=scale) for scale in (2, 3, 4)}
    for scale, network in weights.items():
        save_weights(network, tmp_path / f"3-1-3-x{scale}.safetensors")
    picture = picture_of("uint8", 3)
    for scale, chosen in ((1.5, 2), (2.8, 3), (4, 4), (9, 3), (16, 4)):
        expected = upscale(picture, scale, model=weights[chosen])
        assert np.array_equal(upscale(picture, scale, model="3-1-3"), expected)


@pytest.mark.parametrize("scale", [0, 1, -2, 0.5, math.nan, math.inf])
def test_scales_that_do_not_enlarge(scale: float) -> None:
    with pytest.raises(UsageError, match="finite scale above 1"):
        upscale(np.zeros((4, 4), np.uint8), scale, model=identity())


def test_scales_beyond_any_picture() -> None:
    with pytest.raises(UsageError, match="pixels a side"):
        upscale(np.zeros((4, 4), np.uint8), 1e300, model=identity())


@pytest.mark.parametrize("scale", ["3", None, 2j, [2]])
def test_scales_that_are_no_number(scale: Any) -> None:
    float32: Any = np.float32(1.5)
    with pytest.raises(UsageError, match="finite scale above 1, got"):
        upscale(np.zeros((4, 4), np.uint8), scale, model=identity())
    assert upscale(np.zeros((4, 4), np.uint8), float32, model=identity()).shape == (6, 6)


@pytest.mark.parametrize("option", ["model", "passes", "back_projection", "tile"])
def test_options_of_the_wrong_kind(option: str) -> None:
    arguments: dict[str, Any] = {"model": identity()} | {option: 1.5}
    with pytest.raises(UsageError, match=r"got.*1\.5"):
        upscale(np.zeros((4, 4), np.uint8), 2, **arguments)


@pytest.mark.parametrize("picture", [[[0, 1], [1, 0]], None, "photo.png"])
def test_what_is_no_array(picture: Any) -> None:
    with pytest.raises(UsageError, match=f"NumPy array, got {type(picture).__name__}"):
        upscale(picture, 2, model=identity())


def test_a_result_beyond_any_memory_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        with pytest.raises(
            ImageError, match=r"30000000x20000000 pixels, which needs 785,823\.\d GB; .*smaller"
        ):
            upscale(np.zeros((200, 300), np.uint8), 1e5, model=identity())

    refuse()
    # Where the system does not say how much it has, what it gives decides.
    monkeypatch.setattr("srcnn.memory.physical_memory", lambda: None)
    refuse()


def test_memory_counts_the_floats_between_steps_and_those_of_back_projection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = np.zeros((10, 10), np.uint8)

    def with_memory(count: int, scale: float, options: dict[str, Any]) -> None:
        monkeypatch.setattr("srcnn.memory.physical_memory", lambda: count)
        upscale(picture, scale, model=identity(), **options)

    # 10 -> 40 -> 160 pixels a side: the floats of the first step are held beside the bytes of the second.
    for needed, scale, options in (
        (10**2 + 40**2, 4, {}),
        (4 * 40**2 + 160**2, 16, {}),
        (10**2 + 40**2 + 3 * 4 * 40**2, 4, {"back_projection": 1}),
    ):
        with_memory(needed, scale, options)
        with pytest.raises(ImageError, match="expected a picture that fits into"):
            with_memory(needed - 1, scale, options)


def test_the_tile_is_the_models_unless_said(tiny_weights: TinyWeights) -> None:
    def tiles(tile: int | None) -> int:
        calls: list[int] = []
        model = Model(tiny_weights(), "numpy", tile=256)
        upscale(
            np.zeros((150, 150), np.uint8),
            2,
            model=model,
            tile=tile,
            progress=lambda *done: calls.append(done[1]),
        )
        assert calls == [len(calls)] * len(calls)
        return len(calls)

    assert (tiles(None), tiles(256), tiles(512)) == (4, 4, 1)
    with pytest.raises(UsageError, match="tile size"):
        tiles(0)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros(4, np.uint8), r"\(H, W\)"),
        (np.zeros((4, 4, 5), np.uint8), "shape"),
        (np.zeros((0, 4), np.uint8), "at least 1x1"),
        (np.zeros((4, 4), np.int32), "int32"),
        (np.zeros((4, 4), bool), "bool"),
        (np.full((4, 4), 1.5, np.float32), "divide or clip"),
        (np.full((4, 4), np.nan, np.float32), "nan"),
    ],
)
def test_arrays_that_are_no_picture(picture: np.ndarray, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        upscale(picture, 2, model=identity())


def test_weights_of_an_unknown_colour() -> None:
    with pytest.raises(UsageError, match="'lab'"):
        upscale(np.zeros((4, 4), np.uint8), 2, model=identity(3, "lab"))
