from pathlib import Path

import pytest

from srcnn.files import Picture, write_picture
from srcnn.weights import save_weights


@pytest.fixture
def weights(tmp_path: Path, tiny_weights) -> Path:
    """A weights file that is not among the pictures."""
    folder = tmp_path / "weights"
    folder.mkdir()
    save_weights(tiny_weights(), folder / "tiny.safetensors")
    return folder / "tiny.safetensors"


@pytest.fixture
def photo(tmp_path: Path, picture) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    write_picture(Picture(picture), folder / "photo.png")
    return folder / "photo.png"
