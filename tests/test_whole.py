"""What is written equals one run of the network on the whole picture, without tiles and without a grid.

To the bit but for ties: a sum rounds differently in an array of another shape, so a pixel whose value lies
within that rounding of the middle between two levels may go either way (see `srcnn.tiling`).
"""

import numpy as np
import pytest
from support import TinyWeights, skip_unless_available

from srcnn.color import rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.engines import ENGINES, create_engine
from srcnn.enlargement import upscale
from srcnn.model import Model
from srcnn.resize import imresize
from srcnn.tiling import ALL_EDGES
from srcnn.weights import Weights, load_weights
from srcnn.zoo import find_model

ROUNDING = {"uint8": 1e-5, "uint16": 3e-6, "float32": 3e-6}
"""Of white: a wrong halo or edge is seen at once, another order of summing is not."""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    skip_unless_available(request.param)
    return request.param


@pytest.fixture
def blocks_of_32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srcnn.tiling.BLOCK", 32)


def as_kind(picture: np.ndarray, kind: str) -> np.ndarray:
    """A picture of 8 bits as another kind, with values between the levels of 8 bits where it has any."""
    floats = picture / 255
    floats[1:] = 0.7 * floats[1:] + 0.3 * floats[:-1]
    return (floats if kind == "float32" else np.round(floats * np.iinfo(kind).max)).astype(kind)


def whole_run(picture: np.ndarray, scale: float, weights: Weights, engine: str) -> np.ndarray:
    """Floats of 0 to 1: bicubic enlargement, one run of the network on all of it, and back to RGB."""
    floats = picture.astype(np.float32)
    if picture.dtype.kind == "u":
        floats /= np.float32(np.iinfo(picture.dtype).max)
    large = imresize(rgb_to_ycbcr(floats) if picture.ndim == 3 else floats, scale)
    luma = large[..., 0] if picture.ndim == 3 else large
    result = create_engine(weights, engine).run(np.ascontiguousarray(luma)[None], ALL_EDGES)[0]
    if picture.ndim == 3:
        large[..., 0] = result
        result = ycbcr_to_rgb(large)
    return np.clip(result, 0, 1)


def assert_written(written: np.ndarray, whole: np.ndarray) -> None:
    kind = written.dtype.name
    peak, level = (1, 0.0) if kind == "float32" else (np.iinfo(kind).max, 0.5)
    difference = np.abs(written.astype(np.float64) - whole.astype(np.float64) * peak)
    # Half a level is what rounding takes; beyond it only what another order of summing adds.
    assert difference.max() <= level + ROUNDING[kind] * peak


@pytest.mark.usefixtures("blocks_of_32")
@pytest.mark.parametrize("kind", ROUNDING)
@pytest.mark.parametrize("border", ["valid", "zero", "replicate"])
def test_tiles_and_blocks_equal_one_run_on_the_whole(
    tiny_weights: TinyWeights, picture: np.ndarray, engine: str, border: str, kind: str
) -> None:
    weights = tiny_weights("9-5-5", (8, 4), border=border)
    for given in (as_kind(picture, kind), as_kind(picture[..., 1], kind)):
        written = upscale(given, 2, model=weights, engine=engine, tile=64)
        assert_written(written, whole_run(given, 2, weights, engine))


@pytest.mark.parametrize("kind", ROUNDING)
def test_the_shipped_weights_on_the_real_grid(picture: np.ndarray, engine: str, kind: str) -> None:
    model = Model(load_weights(find_model("9-5-5", 3)), engine)
    given = as_kind(np.tile(picture, (2, 3, 1)), kind)  # 96 x 111, 288 x 333 in the end: two blocks by two
    assert_written(upscale(given, 3, model=model), whole_run(given, 3, model.weights, engine))
