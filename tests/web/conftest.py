import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
