"""Tiles, engines and memory change nothing that anybody sees."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import TinyWeights, identity, picture_of, skip_unless_available

from srcnn.engines import ENGINES
from srcnn.enlargement import upscale
from srcnn.errors import UsageError
from srcnn.model import Model
from srcnn.restoration import restore
from srcnn.zoo import ZooEntry, list_models

KINDS = ("uint8", "uint16", "float32")
CHANNELS = (None, 1, 2, 3, 4)


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
    skip_unless_available(engine)
    model = Model(tiny_weights("3-3-1", (32, 16)), engine)
    picture = picture_of(kind, channels, height, width, seed=height)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("srcnn.tiling.BLOCK", 16)  # a fine grid, so that small pictures have many blocks
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
        patch.setattr("srcnn.tiling.BLOCK", 16)
        results = [upscale(picture, scale, model=model, tile=tile, back_projection=2) for tile in tiles]
    assert all(np.array_equal(result, results[0]) for result in results)


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
    skip_unless_available(engine)
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
    skip_unless_available(engine)
    floats = (picture / 255).astype(np.float32)
    scale = entry.card.scale
    made, reference = (
        restore(floats, model=entry.path, engine=name)
        if scale is None
        else upscale(floats, scale, model=entry.path, engine=name)
        for name in (engine, "numpy")
    )
    assert np.abs(made - reference).max() * 255 < 0.01


def test_memory_beside_input_and_output_does_not_grow_with_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # One tile after the other: how many are on their way at once is a matter of timing.
    for module in ("model", "enlargement"):
        monkeypatch.setattr(f"srcnn.{module}.run_ahead", map)
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


def test_progress_counts_the_tiles_of_all_steps(tiny_weights: TinyWeights) -> None:
    calls: list[tuple[int, int]] = []
    picture = picture_of("uint8", None, 60, 30)
    upscale(picture, 12, model=tiny_weights(), tile=256, progress=lambda *done: calls.append(done))
    # 60 x 30 -> 208 x 104 (one tile) -> 720 x 360 (three by two).
    assert calls == [(n, 7) for n in range(1, 8)]


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
