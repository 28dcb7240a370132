"""What tests share beside fixtures; on the path by ``pythonpath`` in ``pyproject.toml``."""

from collections.abc import Callable

import numpy as np

from srcnn.arch import Border, parse_architecture
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
