"""The engine that computes as hardware does."""

import numpy as np
import pytest
from support import TinyWeights

from srcnn import upscale
from srcnn.engines import create_engine
from srcnn.engines.fixed import FixedEngine
from srcnn.errors import UsageError
from srcnn.fixed_point import run_network
from srcnn.model import Model
from srcnn.tiling import ALL_EDGES


def test_it_gives_the_bytes_of_the_integers(tiny_weights: TinyWeights):
    weights = tiny_weights("5-1-3")
    engine = FixedEngine(weights)
    levels = np.random.default_rng(0).integers(0, 256, (1, 19, 23), np.uint8)
    result = engine.run(levels.astype(np.float32) / np.float32(255), ALL_EDGES)
    assert result.dtype == np.float32
    assert np.array_equal(np.rint(result * 255), run_network(engine.network, levels))
    # Bicubic overshoots and lies between levels: rounded half up and clipped, as a picture is.
    assert np.array_equal(
        engine.run(np.full((1, 3, 3), 1.2, np.float32), ALL_EDGES),
        engine.run(np.ones((1, 3, 3), np.float32), ALL_EDGES),
    )


def test_widths_are_part_of_its_name(tiny_weights: TinyWeights):
    weights = tiny_weights()
    assert create_engine(weights, "fixed").name == "fixed:w12a12"
    assert create_engine(weights, "fixed:w8a16").name == "fixed:w8a16"
    for name in ("fixed:9", "fixed:w8", "fixedpoint", "fix"):
        with pytest.raises(UsageError):
            create_engine(weights, name)


def test_upscaling_does_not_depend_on_tiles(tiny_weights: TinyWeights, picture):
    weights = tiny_weights(scale=8)
    tiled, whole = (upscale(picture, 8, model=Model(weights, "fixed:8", tile=tile)) for tile in (1, 1024))
    assert np.array_equal(tiled, whole)
