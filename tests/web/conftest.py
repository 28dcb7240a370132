from collections.abc import Iterator
from typing import Any

import pytest

for _package in ("starlette", "uvicorn", "prometheus_client", "httpx"):
    pytest.importorskip(_package, reason="the extra web is not installed: the service is not tried")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A service with one worker."""
    from web_fixtures import running

    with running(tmp_path_factory.mktemp("spool")) as service:
        yield service
