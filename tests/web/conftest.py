import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

MISSING = [
    package
    for package in ("starlette", "uvicorn", "prometheus_client", "httpx")
    if importlib.util.find_spec(package) is None
]
WITHOUT_A_SERVICE = "test_page_build.py"


class Skipped(pytest.Module):
    """A file of tests that is not imported, as it needs the extra web."""

    def collect(self) -> list[Any]:
        pytest.skip(f"{', '.join(MISSING)} of the extra web missing: the service is not tried")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    if MISSING and module_path.name != WITHOUT_A_SERVICE:
        return Skipped.from_parent(parent, path=module_path)
    return None


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A service with one worker."""
    from web_fixtures import running

    with running(tmp_path_factory.mktemp("spool")) as service:
        yield service


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from browser_fixtures import launched

    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Any, web: Any) -> Iterator[Any]:
    """The page 1280 pixels wide; what it complains of, or asks another host for, fails the test."""
    from page_driver import opened

    yield from opened(browser, web.url)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PNG with transparency, JPEG that is turned by its EXIF, TIFF of 16 bits."""
    folder = tmp_path_factory.mktemp("pictures")
    rows, columns = np.mgrid[0:60, 0:80]
    rgb = np.stack([3 * columns, 4 * rows, 255 - 3 * columns], axis=-1).astype(np.uint8)
    rgb[(rows // 6 + columns // 6) % 2 == 0] //= 2
    opacity = np.where(np.hypot(rows - 30, columns - 40) < 25, 255, 0).astype(np.uint8)
    Image.fromarray(np.dstack([rgb, opacity])).save(folder / "cut out.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.fromarray(rgb).save(folder / "turned.jpg", quality=60, exif=exif)
    tifffile.imwrite(folder / "deep.tif", rgb.astype(np.uint16) * 257 + 3, photometric="rgb")
    return folder
