"""What tests share beside fixtures; on the path by ``pythonpath`` in ``pyproject.toml``."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from srcnn.arch import Border, parse_architecture
from srcnn.engines.native.library import choose_level
from srcnn.engines.onnxruntime import has_onnxruntime
from srcnn.types import Planes
from srcnn.weights import ModelCard, Weights

TinyWeights = Callable[..., Weights]
"""What the fixture `tiny_weights` returns; tests use it as an annotation."""


def make_tiny_weights(
    name: str = "3-1-3",
    widths: tuple[int, ...] = (4, 3),
    channels: int = 1,
    border: Border = "valid",
    scale: int | None = 2,
    seed: int = 0,
) -> Weights:
    """Weights whose first ``channels`` channels carry the input through, with small noise everywhere."""
    architecture = parse_architecture(name, widths=widths, channels=channels, border=border)
    rng = np.random.default_rng(seed)
    kernels, biases = [], []
    for shape in architecture.weight_shapes:
        kernel = rng.normal(0, 0.02, shape).astype(np.float32)
        carried = range(min(channels, *shape[:2]))
        kernel[carried, carried, shape[2] // 2, shape[3] // 2] += 1
        kernels.append(kernel)
        biases.append(rng.normal(0, 0.01, shape[0]).astype(np.float32))
    color = "y" if channels == 1 else "rgb"
    card = ModelCard(name=f"tiny-{name}-x{scale}", scale=scale, color=color, licence="MIT")
    return Weights(tuple(kernels), tuple(biases), architecture, card)


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


def srcnn(*arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "srcnn", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=120,
    )


def assert_fails(done: subprocess.CompletedProcess[str], code: int, *says: str) -> None:
    assert done.returncode == code, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("srcnn: error: ")
    for words in says:
        assert words in lines[0]
    assert "Traceback" not in done.stdout


def left(tmp_path: Path) -> list[str]:
    """Every file and folder there is, but for the two that the fixtures make."""
    made = ("in", "in/photo.png", "weights", "weights/tiny.safetensors")
    found = (path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    return sorted(name for name in found if name not in made)


def skip_unless_available(engine: str) -> None:
    """Skip a test of an engine that is not there: packages or its library are missing."""
    if engine == "torch":
        pytest.importorskip("torch")
    if engine == "onnxruntime" and not has_onnxruntime():
        pytest.skip("onnxruntime is not installed")
    if engine == "native" and isinstance(choose_level(), str):
        pytest.skip(f"the native engine is not used: {choose_level()}")


def by_definition(weights: Weights, planes: Planes) -> np.ndarray:
    """The network on a whole picture as its formula reads, in float64."""
    layers = weights.architecture.layers
    margin = sum(layer.kernel // 2 for layer in layers if layer.border == "valid")
    x = np.pad(planes.astype(np.float64), ((0, 0), (margin, margin), (margin, margin)), mode="edge")
    for number, (layer, kernel, bias) in enumerate(zip(layers, weights.kernels, weights.biases, strict=True)):
        if layer.border != "valid":
            widths = ((0, 0), *((layer.kernel // 2,) * 2,) * 2)
            x = np.pad(x, widths, mode="edge" if layer.border == "replicate" else "constant")
        windows = np.lib.stride_tricks.sliding_window_view(x, (layer.kernel, layer.kernel), axis=(1, 2))
        x = (
            np.einsum("chwyx,ocyx->ohw", windows, kernel.astype(np.float64), optimize=True)
            + bias[:, None, None]
        )
        if number < len(layers) - 1:
            x = np.maximum(x, 0)
    return x
