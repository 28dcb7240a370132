import numpy as np
import pytest
from support import make_tiny_weights

from srcnn.arch import parse_architecture
from srcnn.evaluation import noise_gain
from srcnn.model import Model
from srcnn.weights import ModelCard, Weights


def _linear(kernel: np.ndarray, channels: int = 1) -> Model:
    """One layer that applies a kernel to each plane."""
    side = kernel.shape[0]
    kernels = np.zeros((channels, channels, side, side), np.float32)
    for plane in range(channels):
        kernels[plane, plane] = kernel
    architecture = parse_architecture(str(side), widths=(), channels=channels, border="valid")
    weights = Weights((kernels,), (np.zeros(channels, np.float32),), architecture, ModelCard("linear", 2))
    return Model(weights, "numpy")


@pytest.mark.parametrize("channels", [1, 3])
def test_the_gain_of_a_linear_filter_is_the_norm_of_its_kernel(channels: int) -> None:
    kernel = np.random.default_rng(1).normal(size=(5, 5)).astype(np.float32)
    assert noise_gain(_linear(kernel, channels)) == pytest.approx(np.linalg.norm(kernel), rel=0.05)


def test_carrying_the_input_through_has_a_gain_of_one_and_a_mean_less() -> None:
    carry, mean = np.zeros((3, 3), np.float32), np.full((3, 3), 1 / 9, np.float32)
    carry[1, 1] = 1
    assert noise_gain(_linear(carry)) == pytest.approx(1, abs=1e-3)
    assert noise_gain(_linear(mean)) == pytest.approx(1 / 3, rel=0.05)


def test_it_is_the_same_each_time_and_the_same_for_every_engine() -> None:
    weights = make_tiny_weights("5-3-3", (4, 4))
    first, second = (noise_gain(Model(weights, engine)) for engine in ("numpy", "onnxruntime"))
    assert first == pytest.approx(second, rel=1e-3)
