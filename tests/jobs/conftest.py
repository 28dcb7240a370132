"""What tests of jobs share."""

from pathlib import Path

import pytest
from support import TinyWeights

from srcnn.weights import save_weights


@pytest.fixture
def weights(tmp_path_factory: pytest.TempPathFactory, tiny_weights: TinyWeights) -> Path:
    """A weights file that is not among the pictures."""
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_weights(tiny_weights(), path)
    return path
