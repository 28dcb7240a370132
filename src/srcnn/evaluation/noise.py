"""What a network makes of noise in its input."""

import numpy as np

from srcnn.model import Model

LEVEL = 1 / 255
"""Standard deviation of the noise: one level of 8 bits."""
SIDE = 128
"""Of the picture that is measured on, in pixels."""


def noise_gain(model: Model) -> float:
    """Standard deviation of what white noise changes in the output, over that of the noise.

    Measured on flat grey, where nothing else stands: Gaussian noise of one level of 8 bits, the same for all
    networks, without rounding; borders are left out. Below 1 noise is damped, above it is amplified.
    """
    halo = model.architecture.halo
    shape = (model.architecture.channels, SIDE + 2 * halo, SIDE + 2 * halo)
    noise = np.random.default_rng(0).normal(0, LEVEL, shape).astype(np.float32)
    flat = np.full(shape, 0.5, np.float32)
    inner = (slice(None), slice(halo, -halo), slice(halo, -halo))
    change = (model(flat + noise) - model(flat))[inner]
    return float(change.std() / noise[inner].std())
