from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import TinyWeights, skip_unless_available

from srcnn.engines import ENGINES, create_engine
from srcnn.errors import UsageError, WeightsError
from srcnn.model import Model, load_model
from srcnn.tiling import ALL_EDGES
from srcnn.weights import save_weights


@pytest.fixture(scope="module", params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    skip_unless_available(request.param)
    return request.param


@pytest.fixture
def blocks_of_16(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fine grid, so that small pictures have many blocks."""
    monkeypatch.setattr("srcnn.tiling.BLOCK", 16)


def random_plane(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width), dtype=np.float32)


@pytest.mark.usefixtures("blocks_of_16")
@pytest.mark.parametrize("border", ["valid", "zero", "replicate"])
@pytest.mark.parametrize("ensemble", [False, True])
def test_the_tile_size_changes_no_bit(
    tiny_weights: TinyWeights, engine_name: str, border: str, ensemble: bool
) -> None:
    weights = tiny_weights("5-3-3", (9, 5), border=border)
    plane = random_plane(70, 55)
    results = [Model(weights, engine_name, tile=tile)(plane, ensemble=ensemble) for tile in (1, 16, 40, 1000)]
    assert all(np.array_equal(result, results[0]) for result in results[1:])


@pytest.mark.usefixtures("blocks_of_16")
def test_blocks_join_to_what_the_engine_makes_of_the_whole(
    tiny_weights: TinyWeights, engine_name: str
) -> None:
    weights = tiny_weights("5-3-3", (9, 5), channels=3)
    planes = np.stack([random_plane(37, 50, seed) for seed in range(3)])
    whole = create_engine(weights, engine_name).run(planes, ALL_EDGES)
    assert np.abs(Model(weights, engine_name)(planes) - whole).max() < 1e-6


@settings(deadline=None, max_examples=25)
@given(height=st.integers(1, 70), width=st.integers(1, 70), tiles=st.lists(st.integers(1, 90), min_size=2))
def test_no_picture_shows_its_tiles(
    tiny_weights: TinyWeights, engine_name: str, height: int, width: int, tiles: list[int]
) -> None:
    # 16 and 32 channels: the products that BLAS computes in a different order at different places.
    model = Model(tiny_weights("3-3-1", (32, 16)), engine_name)
    plane = random_plane(height, width, seed=height)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("srcnn.tiling.BLOCK", 16)
        results = [load_model(model, tile=tile)(plane) for tile in tiles]
    assert all(np.array_equal(result, results[0]) for result in results)


@pytest.mark.usefixtures("blocks_of_16")
def test_the_ensemble_is_the_mean_over_flips_and_rotations(tiny_weights: TinyWeights) -> None:
    model = Model(tiny_weights("5-3-3", (9, 5), border="replicate"), "numpy")
    plane = random_plane(33, 21)
    turned = [
        np.rot90(model(np.rot90(x, turns)), -turns)[:, ::step]
        for step, x in ((1, plane), (-1, plane[:, ::-1]))
        for turns in range(4)
    ]
    ensemble = model(plane, ensemble=True)
    expected = np.mean(turned, axis=0)
    assert np.abs(ensemble - expected).max() < 1e-6
    assert np.abs(ensemble - model(plane)).max() > 1e-4


def test_a_model_of_an_input_range_of_255(tiny_weights: TinyWeights) -> None:
    from dataclasses import replace

    ours = tiny_weights()
    # The same network for inputs of 0 to 255: biases grow by 255, results too.
    biases = tuple(bias * np.float32(255) for bias in ours.biases)
    theirs = replace(ours, biases=biases, card=replace(ours.card, input_range=255.0))
    plane = random_plane(9, 9)
    before = plane.copy()
    assert np.abs(Model(theirs)(plane) - Model(ours)(plane)).max() < 1e-6
    assert np.array_equal(plane, before)


def test_planes_that_do_not_fit(tiny_weights: TinyWeights) -> None:
    model = Model(tiny_weights(), "numpy")
    assert model(random_plane(5, 4)[None]).shape == (1, 5, 4)
    for shape in ((3, 5, 5), (5,), (1, 1, 5, 5), (0, 5)):
        with pytest.raises(UsageError, match="expected"):
            model(np.zeros(shape, np.float32))
    with pytest.raises(UsageError, match=r"\(3, H, W\)"):
        Model(tiny_weights(channels=3), "numpy")(random_plane(5, 5))


def test_loading_by_name_path_weights_and_model(
    tiny_weights: TinyWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SRCNN_MODELS", str(tmp_path))
    save_weights(tiny_weights(scale=2), tmp_path / "3-1-3-x2.safetensors")
    save_weights(tiny_weights(scale=4, seed=1), tmp_path / "3-1-3-x4.safetensors")
    assert load_model("3-1-3", scale=2.2).card.scale == 2
    assert load_model("3-1-3-x4").card.scale == 4
    by_path = load_model(tmp_path / "3-1-3-x4.safetensors", engine="numpy", tile=300)
    assert (by_path.card.scale, by_path.engine.name, by_path.tile) == (4, "numpy", 512)
    assert load_model(by_path) is by_path
    assert load_model(by_path, engine="numpy").engine is by_path.engine
    assert load_model(by_path, engine="onnxruntime").engine.name == "onnxruntime"
    assert load_model(tiny_weights(), engine="numpy").card.name == "tiny-3-1-3-x2"
    assert load_model(by_path, engine="numpy").tile == 512
    assert load_model(by_path, tile=700).tile == 768


@pytest.mark.parametrize("tile", [0, -5])
def test_a_tile_of_nothing_is_refused(tiny_weights: TinyWeights, tile: int) -> None:
    for model in (tiny_weights(), Model(tiny_weights(), "numpy")):
        with pytest.raises(UsageError, match="tile size of at least 1"):
            load_model(model, tile=tile)


@pytest.mark.parametrize("model", [3, None, b"9-5-5", ["9-5-5"]])
def test_what_is_no_model(model: Any) -> None:
    with pytest.raises(UsageError, match=f"expected a model's name.*got {type(model).__name__}"):
        load_model(model, 3)


def test_models_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a shipped model"):
        load_model("nonsense", scale=3)
    with pytest.raises(WeightsError, match=r"none\.safetensors not found$"):
        load_model(tmp_path / "none.safetensors")
    with pytest.raises(WeightsError, match=r"none\.safetensors not found$"):
        load_model("none.safetensors")
