"""The native engine: its bits, what it covers, and what happens where it cannot be used."""

import ctypes
import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from native_jobs import planes_of, weights_of
from PIL import Image
from support import TinyWeights, by_definition, skip_unless_available

import srcnn.engines.native.engine as native
from srcnn.arch import BORDERS, Border, Layer, parse_architecture
from srcnn.cli import run
from srcnn.doctor import examine
from srcnn.engines import create_engine, default_engine
from srcnn.engines.native import NativeEngine
from srcnn.engines.native.library import FILE_NAME, LEVEL_VARIABLE, choose_level, load_library
from srcnn.engines.native.transforms import OUTPUTS, POINTS, transform
from srcnn.engines.numpy import NumpyEngine
from srcnn.errors import UsageError, WeightsError
from srcnn.model import Model
from srcnn.tiling import ALL_EDGES, cut_tiles
from srcnn.types import Planes
from srcnn.weights import load_weights
from srcnn.zoo import list_models

LIBRARY = Path(native.__file__).with_name(FILE_NAME)


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

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    assert np.array_equal(NativeEngine(weights, 4).run(planes, ALL_EDGES), expected)


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


def library_of(folder: Path, content: bytes) -> Path:
    path = folder / FILE_NAME
    path.write_bytes(content)
    (folder / f"{FILE_NAME}.sha256").write_text(hashlib.sha256(content).hexdigest() + "\n")
    return path


def test_a_library_that_does_not_load(tmp_path: Path) -> None:
    reason = load_library(library_of(tmp_path, b"of another platform"))
    assert isinstance(reason, str)
    assert "does not load" in reason
    assert "\n" not in reason
    assert str(tmp_path) not in reason  # `srcnn doctor` names no folder


@pytest.mark.skipif(not Path("/proc/mounts").exists(), reason="needs Linux")
def test_a_library_in_a_folder_from_which_nothing_runs(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "noexec,size=4m", "none", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a folder")
    try:
        reason = load_library(library_of(tmp_path, LIBRARY.read_bytes()))
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)
    assert isinstance(reason, str)
    assert "does not load" in reason


def test_a_library_that_was_cut_short(tmp_path: Path) -> None:
    path = library_of(tmp_path, LIBRARY.read_bytes())
    path.write_bytes(path.read_bytes()[:5000])
    assert "damaged" in str(load_library(path))


def test_a_library_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srcnn.engines.native.library.VERSION", 99)
    assert "another version" in str(load_library(library_of(tmp_path, LIBRARY.read_bytes())))


def lacking() -> list[str]:
    """Levels of the library that this processor has not, and one of another kind of processor."""
    found = load_library()
    if isinstance(found, str):
        return []
    functions = found[0].functions
    names = [functions.srcnn_level_name(number).decode() for number in range(functions.srcnn_levels())]
    return [*sorted({*names} - {level.name for level in found}), "avx2" if "neon" in names else "neon"]


@pytest.mark.parametrize("level", ["off", "vliw", *lacking()])
def test_without_the_engine_another_serves(
    tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    skip_unless_available("onnxruntime")
    monkeypatch.setenv(LEVEL_VARIABLE, level)
    assert create_engine(tiny_weights()).name == "onnxruntime"
    with pytest.raises(UsageError, match="cannot be used"):
        create_engine(tiny_weights(), "native")
    report = examine()
    assert report.problems == ()
    assert report.sections["engines"]["native"].startswith("not used: ")
    assert report.sections["engines"]["onnxruntime"] == "works (default)"


def test_without_both_numpy_serves_and_says_what_is_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, out = tmp_path / "small.png", tmp_path / "large.png"
    Image.fromarray(np.zeros((12, 10), np.uint8)).save(picture)
    command = ["upscale", str(picture), "-o", str(out), "--overwrite"]
    assert run(command) == 0
    assert capsys.readouterr().err == ""
    expected = out.read_bytes()
    monkeypatch.setenv(LEVEL_VARIABLE, "off")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert run(command) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("srcnn: warning: the slow NumPy engine")
    assert line.endswith("pip install 'srcnn[onnx]'")
    assert out.read_bytes() == expected
    assert run([*command, "--engine", "numpy"]) == 0
    assert capsys.readouterr().err == ""
    report = examine()
    assert report.problems == ()
    assert report.sections["engines"]["onnxruntime"] == "not installed"
    assert report.sections["engines"]["numpy"].startswith("works (default); for a faster engine: pip install")


def test_an_absent_library(tmp_path: Path) -> None:
    assert "not compiled" in str(load_library(tmp_path / FILE_NAME))


def test_the_level_can_be_chosen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(LEVEL_VARIABLE, "portable")
    level = choose_level()
    assert not isinstance(level, str)
    assert level.name == "portable"
    assert run(["doctor"]) == 0
    assert "works, portable" in capsys.readouterr().out


def test_python_and_c_agree_on_the_structures() -> None:
    # Every field has 8 bytes; the arrays have one place more than there may be layers.
    from srcnn.engines.native.layer_plan import MAX_LAYERS
    from srcnn.engines.native.library import CJob, CLayer

    assert sys.maxsize > 2**32
    assert ctypes.sizeof(CLayer) == 8 * 10
    assert ctypes.sizeof(CJob) == 8 * (16 + 10 * MAX_LAYERS + 5 * (MAX_LAYERS + 1))
