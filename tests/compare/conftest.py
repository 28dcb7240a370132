"""Comparisons of small pictures, made once."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from support import TinyWeights

from srcnn.compare.comparison import Comparison
from srcnn.compare.panels import compare, magnify
from srcnn.files import Picture, write_picture
from srcnn.model import Model


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory, picture: npt.NDArray[np.uint8]) -> Path:
    """The picture of `picture` in a file."""
    path = tmp_path_factory.mktemp("good") / "lines.png"
    write_picture(Picture(picture), path)
    return path


@pytest.fixture(scope="session")
def networks(tiny_weights: TinyWeights) -> dict[str, Model]:
    """Two made-up networks by the name of their column."""
    return {
        "one": Model(tiny_weights(), engine="numpy"),
        "<b>two</b>": Model(tiny_weights(seed=1), engine="numpy"),
    }


@pytest.fixture(scope="session")
def comparison(good: Path, networks: dict[str, Model]) -> Comparison:
    """Four methods and the truth at x2, with two crops."""
    made = compare(good, 2, networks, metrics=("psnr", "ssim", "mse"))
    return magnify(made, count=2, side=16)
