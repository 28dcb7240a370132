import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import TinyWeights, by_definition, skip_unless_available

from srcnn.arch import Architecture, Border, Layer
from srcnn.engines import ENGINES, create_engine
from srcnn.errors import MissingExtraError, UsageError
from srcnn.tiling import ALL_EDGES, Edges, cut_tiles
from srcnn.types import Planes
from srcnn.weights import ModelCard, Weights

BORDERS: tuple[Border, ...] = ("valid", "zero", "replicate")


@pytest.fixture(scope="module", params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    skip_unless_available(request.param)
    return request.param


def planes_of(channels: int, height: int, width: int, seed: int = 0) -> Planes:
    return np.random.default_rng(seed).random((channels, height, width), dtype=np.float32)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("channels", [1, 3])
def test_engines_compute_the_definition(
    tiny_weights: TinyWeights, engine_name: str, border: Border, channels: int
) -> None:
    weights = tiny_weights("5-1-3", (6, 5), channels=channels, border=border)
    planes = planes_of(channels, 19, 23)
    result = create_engine(weights, engine_name).run(planes, ALL_EDGES)
    assert result.dtype == np.float32
    assert result.shape == planes.shape
    # 0.01 grey levels of 255 is what is promised; float32 should be far inside.
    assert np.abs(result - by_definition(weights, planes)).max() < 1e-5


def test_layers_with_different_borders(engine_name: str) -> None:
    layers = (Layer(5, 3, "valid"), Layer(3, 2, "zero"), Layer(3, 1, "replicate"))
    architecture = Architecture(layers)
    rng = np.random.default_rng(1)
    kernels = tuple(rng.normal(0, 0.3, shape).astype(np.float32) for shape in architecture.weight_shapes)
    biases = tuple(rng.normal(0, 0.3, shape[0]).astype(np.float32) for shape in architecture.weight_shapes)
    weights = Weights(kernels, biases, architecture, ModelCard("mixed", 2))
    planes = planes_of(1, 17, 12)
    engine = create_engine(weights, engine_name)
    whole = engine.run(planes, ALL_EDGES)
    assert np.abs(whole - by_definition(weights, planes)).max() < 1e-5
    for tile in cut_tiles(17, 12, 5, engine.halo):
        part = engine.run(planes[:, tile.source[0], tile.source[1]], tile.edges)
        difference = part[:, tile.inner[0], tile.inner[1]] - whole[:, tile.out[0], tile.out[1]]
        assert np.abs(difference).max() < (1e-5 if engine_name == "native" else 1e-6)


def test_a_side_that_is_no_edge_consumes_its_halo(tiny_weights: TinyWeights, engine_name: str) -> None:
    planes = planes_of(1, 12, 15)
    for border, sides in product(BORDERS, product([False, True], repeat=4)):
        engine = create_engine(tiny_weights(border=border), engine_name)
        top, bottom, left, right = (0 if side else engine.halo for side in sides)
        result = engine.run(planes, Edges(*sides))
        assert result.shape == (1, 12 - top - bottom, 15 - left - right)


@settings(deadline=None, max_examples=30)
@given(height=st.integers(1, 60), width=st.integers(1, 60), size=st.integers(7, 70), data=st.data())
def test_tiles_join_to_the_whole(
    tiny_weights: TinyWeights, engine_name: str, height: int, width: int, size: int, data: st.DataObject
) -> None:
    weights = tiny_weights("5-3-3", (20, 7), border=data.draw(st.sampled_from(BORDERS)))
    engine = create_engine(weights, engine_name)
    planes = planes_of(1, height, width, seed=size)
    whole = engine.run(planes, ALL_EDGES)
    for tile in cut_tiles(height, width, size, engine.halo):
        part = engine.run(planes[:, tile.source[0], tile.source[1]], tile.edges)
        # Bits are the model's promise (see srcnn.tiling), not the engine's.
        difference = part[:, tile.inner[0], tile.inner[1]] - whole[:, tile.out[0], tile.out[1]]
        assert np.abs(difference).max() < (1e-5 if engine_name == "native" else 1e-6)


def test_engines_leave_their_input_alone(tiny_weights: TinyWeights, engine_name: str) -> None:
    planes = planes_of(1, 9, 9)
    before = planes.copy()
    engine = create_engine(tiny_weights("1-1-1", (2, 2)), engine_name)
    engine.run(planes, ALL_EDGES)
    strided = engine.run(planes[:, ::-1, ::2], ALL_EDGES)
    assert np.array_equal(planes, before)
    assert np.array_equal(strided, engine.run(np.ascontiguousarray(planes[:, ::-1, ::2]), ALL_EDGES))


def test_what_no_network_can_be_run_on(tiny_weights: TinyWeights, engine_name: str) -> None:
    engine = create_engine(tiny_weights(), engine_name)
    with pytest.raises(UsageError, match=r"expected \(1, H, W\) planes"):
        engine.run(planes_of(2, 8, 8), ALL_EDGES)
    with pytest.raises(UsageError, match=f"more than {2 * engine.halo} pixels"):
        engine.run(planes_of(1, 2 * engine.halo, 8), Edges(False, False, True, True))


def test_unknown_engines_and_threads(tiny_weights: TinyWeights) -> None:
    with pytest.raises(UsageError, match="onnxruntime, numpy, torch, fixed, got 'cuda'"):
        create_engine(tiny_weights(), "cuda")
    with pytest.raises(UsageError, match="at least one thread"):
        create_engine(tiny_weights(), threads=0)


@pytest.mark.parametrize(
    ("engine", "package", "extra"),
    [("torch", "torch", "train"), ("onnxruntime", "onnxruntime", "onnx"), ("onnxruntime", "onnx", "onnx")],
)
def test_a_missing_package(
    tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch, engine: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"srcnn\[{extra}\]"):
        create_engine(tiny_weights(), engine)


def test_the_graph_is_old_enough_for_every_accepted_runtime(tiny_weights: TinyWeights) -> None:
    onnx = pytest.importorskip("onnx")

    from srcnn.engines.onnxruntime import build_graph

    graphs = [onnx.load_from_string(build_graph(tiny_weights("3-3-3", border=border))) for border in BORDERS]
    for graph in graphs:
        onnx.checker.check_model(graph, full_check=True)
        # onnxruntime 1.18, the oldest accepted, reads up to IR version 10 and opset 21.
        assert graph.ir_version <= 10
        assert graph.opset_import[0].version <= 21
    assert "Pad" not in {node.op_type for node in graphs[0].graph.node}


def test_memory_that_onnxruntime_does_not_get_is_a_memory_error(tiny_weights, monkeypatch):
    skip_unless_available("onnxruntime")
    engine = create_engine(tiny_weights(), "onnxruntime")

    class Exhausted:
        def run(self, *_: object) -> None:
            # As onnxruntime 1.20 to 1.31 say it, in an exception without a name.
            raise RuntimeError("Failed to allocate memory for requested buffer of size 4294967296")

    monkeypatch.setattr(engine, "_session", Exhausted())
    with pytest.raises(MemoryError, match="4294967296"):
        engine.run(np.zeros((1, 9, 9), np.float32), ALL_EDGES)
