"""A tiny data set and recipe that train in seconds: fixtures of `tests/training` and `tests/tools`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.training.recipe import Recipe


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    # Networks this small lose more by waiting for a second thread than it brings.
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with the set ``Tiny``: six smooth random colour pictures of 48 x 60 pixels."""
    root = tmp_path_factory.mktemp("sets")
    folder = root / "Tiny"
    folder.mkdir()
    random = np.random.default_rng(7)
    for number in range(6):
        coarse = random.integers(0, 256, (8, 10, 3), np.uint8)
        Image.fromarray(coarse).resize((60, 48), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    return root


@pytest.fixture
def tiny_recipe() -> Callable[..., Recipe]:
    """Recipe for ``Tiny``; keyword arguments such as ``run={"steps": 4}`` replace keys of a section."""

    def build(**sections: dict[str, object]) -> Recipe:
        base: dict[str, dict[str, object]] = {
            "network": {"architecture": "3-1-3", "widths": [6, 4], "residual": False},
            "data": {"train": ["Tiny"], "scale": 2, "size": 16, "hold_out": 3},
            "optimiser": {"name": "adam"},
            "run": {"steps": 8, "batch": 4, "validate_every": 4},
        }
        for section, keys in sections.items():
            base[section] |= keys
        return Recipe.model_validate({"name": "tiny", "description": "for tests", **base})

    return build
