"""The native engine: its bits, what it covers, and how it ends."""

import gc
import sys
import threading
import weakref
from concurrent.futures import wait
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from native_jobs import planes_of, weights_of
from support import TinyWeights, by_definition, skip_unless_available

import srcnn.engines.native.engine as native
from srcnn.arch import BORDERS, Border, Layer, parse_architecture
from srcnn.engines import create_engine, default_engine
from srcnn.engines.native import NativeEngine
from srcnn.engines.native.library import load_library
from srcnn.engines.native.transforms import OUTPUTS, POINTS, transform
from srcnn.engines.numpy import NumpyEngine
from srcnn.errors import UsageError, WeightsError
from srcnn.model import Model
from srcnn.tiling import ALL_EDGES, cut_tiles
from srcnn.types import Planes
from srcnn.weights import load_weights
from srcnn.zoo import list_models


@pytest.fixture(autouse=True)
def _available() -> None:
    skip_unless_available("native")


def levels() -> list[str]:
    found = load_library()
    assert not isinstance(found, str)
    return [level.name for level in found]


def poisoned(size: int) -> Planes:
    """A workspace in which whatever is read before it is written shows."""
    return np.full(size, np.nan, np.float32)


@st.composite
def networks(draw: st.DrawFn) -> tuple[tuple[Layer, ...], int]:
    channels = draw(st.sampled_from([1, 3]))
    count = draw(st.integers(1, 4))
    kernels = [draw(st.sampled_from([1, 3, 5, 7, 9, 11])) for _ in range(count)]
    widths = [draw(st.integers(1, 12)) for _ in range(count - 1)] + [channels]
    borders: list[Border] = [draw(st.sampled_from(BORDERS)) for _ in range(count)]
    parts = zip(kernels, widths, borders, strict=True)
    return tuple(Layer(kernel, width, border) for kernel, width, border in parts), channels


def assert_agrees_with_numpy(
    layers: tuple[Layer, ...], channels: int, height: int, width: int, threads: int, seed: int
) -> None:
    weights = weights_of(layers, channels, seed)
    planes = planes_of(channels, height, width, seed)
    results = []
    for level in levels():
        engine = NativeEngine(weights, threads, level)
        engine.empty = poisoned
        results.append(engine.run(planes, ALL_EDGES))
    assert all(np.array_equal(result, results[0]) for result in results)
    expected = NumpyEngine(weights).run(planes, ALL_EDGES)
    assert np.abs(results[0] - expected).max() < 3e-5 * max(1, np.abs(expected).max())


SHAPES = {
    "network": networks(),
    "height": st.integers(1, 40),
    "width": st.integers(1, 130),
    "threads": st.integers(1, 3),
    "seed": st.integers(0, 999),
}


@settings(max_examples=60)
@given(**SHAPES)
def test_every_level_computes_the_network(
    network: tuple[tuple[Layer, ...], int], height: int, width: int, threads: int, seed: int
) -> None:
    assert_agrees_with_numpy(*network, height, width, threads, seed)


@pytest.mark.slow
@settings(max_examples=5000, suppress_health_check=[HealthCheck.too_slow])
@given(**SHAPES)
def test_every_level_computes_5000_networks(
    network: tuple[tuple[Layer, ...], int], height: int, width: int, threads: int, seed: int
) -> None:
    assert_agrees_with_numpy(*network, height, width, threads, seed)


@pytest.mark.parametrize("kernels", ["9-5-5", "9-1-5", "11-5-7", "7-3-9", "9-3-5", "3-11-1-3"])
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("channels", [1, 3])
def test_windows_of_fours_equal_the_whole_to_the_bit(kernels: str, border: Border, channels: int) -> None:
    widths = (12, 5, 6)[: kernels.count("-")]
    architecture = parse_architecture(kernels, widths=widths, channels=channels, border=border)
    engine = NativeEngine(weights_of(architecture.layers, channels), 2)
    planes = planes_of(channels, 83, 141)
    whole = engine.run(planes, ALL_EDGES)
    for size in (4, 36, 80) if kernels == "11-5-7" else (36,):
        for tile in cut_tiles(83, 141, size, engine.halo):
            part = engine.run(planes[:, tile.source[0], tile.source[1]], tile.edges)
            inner = part[:, tile.inner[0], tile.inner[1]]
            assert np.array_equal(inner, whole[:, tile.out[0], tile.out[1]])


def test_threads_change_no_bit(tiny_weights: TinyWeights) -> None:
    weights, planes = tiny_weights("9-5-5", (8, 8)), planes_of(1, 300, 40)
    one = NativeEngine(weights, 1).run(planes, ALL_EDGES)
    for threads in (2, 5, 64):
        assert np.array_equal(NativeEngine(weights, threads).run(planes, ALL_EDGES), one)


def test_a_system_that_gives_no_threads(tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, planes = tiny_weights(), planes_of(1, 200, 30)
    expected = NativeEngine(weights, 1).run(planes, ALL_EDGES)

    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    engine = NativeEngine(weights, 4)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        assert np.array_equal(engine.run(planes, ALL_EDGES), expected)
    # What the pool was given then and kept is not done later, on memory that is gone.
    for _ in range(3):
        assert np.array_equal(engine.run(planes[:, :96], ALL_EDGES)[:, :80], expected[:, :80])


def test_an_interrupt_frees_nothing_that_is_written_to(
    tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C comes while a thread is started, whose work is not known to the caller yet."""
    engine, begun, end = NativeEngine(tiny_weights(), 1), threading.Event(), threading.Event()
    arrays: list[weakref.ref[Planes]] = []
    threads: list[threading.Thread] = []
    start = threading.Thread.start

    class Slow:
        srcnn_workspace_floats = engine._functions.srcnn_workspace_floats

        def srcnn_work(self, *_: object) -> None:
            begun.set()
            end.wait(60)

    def empty(size: int) -> Planes:
        array = np.empty(size, np.float32)
        arrays.append(weakref.ref(array))
        return array

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        threads.append(thread)
        assert begun.wait(60)
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "_functions", Slow())
    engine.empty = empty
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", interrupted)
        try:
            engine.run(planes_of(1, 9, 9), ALL_EDGES)
        except KeyboardInterrupt:
            pass
        else:
            pytest.fail("was not interrupted")
    gc.collect()
    held = arrays[0]() is not None
    end.set()
    assert held
    # The thread ends, though the engine is still there: at exit nobody would tell it to.
    threads[0].join(60)
    assert not threads[0].is_alive()
    gc.collect()
    assert arrays[0]() is None


@pytest.mark.parametrize("taps", POINTS)
def test_the_transforms_are_exact(taps: int) -> None:
    matrices = transform(taps)
    samples = [Fraction(3 * i * i - 7 * i + 2, i + 3) for i in range(taps + OUTPUTS - 1)]
    kernel = [Fraction(5 - 2 * i, 2 * i + 1) for i in range(taps)]
    inputs = [sum(a * b for a, b in zip(row, samples, strict=True)) for row in matrices.forward]
    values = [sum(a * b for a, b in zip(row, kernel, strict=True)) for row in matrices.kernel]
    products = [a * b for a, b in zip(inputs, values, strict=True)]
    outputs = [sum(a * b for a, b in zip(row, products, strict=True)) for row in matrices.inverse]
    assert outputs == [sum(kernel[k] * samples[i + k] for k in range(taps)) for i in range(OUTPUTS)]


def adversarial(size: int = 32) -> np.ndarray:
    """A plane on which rounding grows: alternating signs, noise, what bicubic overshoots, and white."""
    rows, columns = np.mgrid[:size, :size]
    parts = [
        (rows + columns) % 2,
        (rows // 2 + columns // 2) % 2,
        columns % 2,
        np.random.default_rng(0).integers(0, 2, (size, size)),
        1.2 * ((rows + columns) % 2) - 0.1,
        np.ones((size, size)),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


@pytest.mark.parametrize("entry", list_models(), ids=lambda entry: entry.name)
def test_shipped_weights_are_exact_to_a_hundredth_of_a_level(entry) -> None:
    weights = load_weights(entry.path)
    planes = np.repeat(adversarial()[None], weights.architecture.channels, axis=0)
    exact = by_definition(weights, planes)
    result = NativeEngine(weights, 1).run(planes, ALL_EDGES)
    assert np.abs(result - exact).max() * 255 / weights.card.input_range < 0.01


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_found(tiny_weights: TinyWeights, bad: float) -> None:
    weights = tiny_weights("9-5-5", (8, 8))
    plane = planes_of(1, 60, 60)[0]
    plane[31, 17] = bad
    with pytest.raises(WeightsError, match="finite"):
        Model(weights, "native")(plane)
    weights.kernels[1][3, 2, 1, 1] = bad
    with pytest.raises(WeightsError, match="finite"):
        Model(weights, "native")(planes_of(1, 60, 60)[0])


@pytest.mark.parametrize(("installed", "other"), [(True, "onnxruntime"), (False, "numpy")])
def test_what_is_not_covered_runs_on_another_engine(
    tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch, installed: bool, other: str
) -> None:
    weights = tiny_weights("13-1-3")
    if installed:
        skip_unless_available("onnxruntime")
    else:
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert default_engine(weights.architecture) == other
    with pytest.raises(UsageError, match="kernels of 11, got 13-1-3; use another engine"):
        create_engine(weights, "native")


def test_memory_that_is_not_given(tiny_weights: TinyWeights) -> None:
    engine = NativeEngine(tiny_weights())

    def refuse(_: int) -> Planes:
        raise MemoryError

    engine.empty = refuse
    with pytest.raises(MemoryError):
        engine.run(planes_of(1, 9, 9), ALL_EDGES)


def test_an_interrupt_stops_the_threads(tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = NativeEngine(tiny_weights("9-5-5", (64, 32)), 2)
    planes = planes_of(1, 500, 400)
    expected = engine.run(planes, ALL_EDGES)
    waits = iter([KeyboardInterrupt])

    def interrupted(*arguments: object) -> object:
        if (error := next(waits, None)) is not None:
            raise error
        return wait(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(native, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.run(planes, ALL_EDGES)
    assert np.array_equal(engine.run(planes, ALL_EDGES), expected)
