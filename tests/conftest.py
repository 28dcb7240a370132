"""Fixtures shared by all tests: image sets and outside weights where present, and small stand-ins."""

import os
import signal
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # before NumPy: each core has a process of tests already
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import settings
from support import TinyWeights, make_tiny_weights

from srcnn.system import usable_cores

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: many tests wait for a command, a browser or a timeout."""
    return usable_cores() + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out slow tests unless ``-m`` chooses."""
    if not config.getoption("-m"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow: run by hand with -m slow"))


@pytest.fixture(scope="session", autouse=True)
def _heed_ctrl_c() -> None:
    # Started in the background by a shell, this process and its children would ignore what some tests send.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Folder of the image sets (``SRCNN_DATA``); the test is skipped without it."""
    return _folder_of("SRCNN_DATA", "the image sets")


@pytest.fixture(scope="session")
def weights_root() -> Path:
    """Folder of other people's weights, used as oracles (``SRCNN_WEIGHTS``); skipped without it."""
    return _folder_of("SRCNN_WEIGHTS", "the authors' weights")


@pytest.fixture(scope="session")
def tiny_weights() -> TinyWeights:
    """Factory of small random weights that nearly pass their input through."""
    return make_tiny_weights


@pytest.fixture(scope="session")
def picture() -> npt.NDArray[np.uint8]:
    """A (48, 37, 3) picture with a coloured ramp, thin lines, an edge and some noise; read-only."""
    rows, columns = np.mgrid[0:48, 0:37]
    rgb = np.stack([60 + 3 * rows, 220 - 4 * columns, 90 + rows + 2 * columns], axis=-1).astype(np.float64)
    rgb[10:38, 8] = rgb[10, 8:30] = rgb[24, 8:22] = (20, 20, 30)  # strokes one pixel wide, as in text
    rgb[30:, 20:] = 255 - rgb[30:, 20:]
    rgb[rows + columns == 60] = (250, 240, 10)
    rgb += np.random.default_rng(0).normal(0, 3, rgb.shape)
    pixels = np.clip(np.round(rgb), 0, 255).astype(np.uint8)
    pixels.flags.writeable = False
    return pixels


def _folder_of(variable: str, what: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set: {what} are needed here")
    folder = Path(value)
    if not folder.is_dir():
        pytest.skip(f"{variable}={value} is not a folder: {what} are needed here")
    return folder
