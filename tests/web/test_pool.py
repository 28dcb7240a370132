"""A worker that cannot be started is tried again, and costs no picture."""

import errno
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from web_fixtures import png, running, until

from srcnn.jobs import Worker
from srcnn.web.pool import Pool

SMALL = png(20, 24)


def failing(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Let that many processes fail to start, as where memory has run out; how many are left."""
    left = [times]

    def new_worker(pool: Any) -> Worker:
        if left[0]:
            left[0] -= 1
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return Worker(pool._work, pool.count)

    monkeypatch.setattr(Pool, "_new_worker", new_worker)
    monkeypatch.setattr("srcnn.web.pool._AGAIN", 0.1)
    return left


def test_workers_that_cannot_be_started_at_first_are_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    failing(monkeypatch, 2)
    with running(tmp_path, max_seconds=60) as web:
        assert web.client.post("/api/upscale", content=SMALL).status_code == 200
    assert caplog.text.count("a worker cannot be started") == 2


def test_a_dead_worker_is_replaced_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    with running(tmp_path, max_seconds=60) as web:
        assert web.client.post("/api/upscale", content=SMALL).status_code == 200
        failing(monkeypatch, 3)
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        assert web.client.post("/api/upscale", content=SMALL).status_code == 200
    assert caplog.text.count("a worker cannot be started") == 3


def test_a_service_without_any_worker_is_not_healthy_until_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    left = failing(monkeypatch, 10**9)
    with running(tmp_path, workers=2) as web:
        until(lambda: web.client.get("/healthz").status_code == 503)
        answer = web.client.get("/healthz")
        assert "no worker process can be started" in answer.json()["error"]
        assert answer.headers["Retry-After"]
        left[0] = 0
        until(lambda: web.client.get("/healthz").status_code == 200)
        assert web.service.pool.missing < 2
