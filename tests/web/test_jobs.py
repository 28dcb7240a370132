"""Jobs: progress, result, cancel, delete; clients that leave; limits; nothing left behind."""

import asyncio
import io
import json
import multiprocessing
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from web_fixtures import png, running, until

from srcnn.jobs import UpscaleOptions
from srcnn.web.registry import Ticket

SMALL = png(20, 24)
LONG = "/api/{}upscale?scale=4&ensemble=true&engine=numpy&tile=256"
"""Minutes of work in steps of a second or less."""
SLOW = "/api/jobs/upscale?engine=numpy&model=9-1-5&tile=256"
"""A second or two for 150x150 pixels, in four tiles."""


def events(web, job: str) -> list[dict]:
    with web.client.stream("GET", f"/api/jobs/{job}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: ")]


def test_a_job_is_followed_to_its_result_and_deleted(web):
    created = web.client.post("/api/jobs/upscale?scale=3", content=SMALL)
    assert created.status_code == 202
    job = created.json()["id"]
    assert created.url.join(created.headers["location"]).path == f"/api/jobs/{job}"
    states = events(web, job)
    assert states[-1]["state"] == "done"
    assert (states[-1]["width"], states[-1]["height"], states[-1]["progress"]) == (72, 60, 1)
    result = web.client.get(f"/api/jobs/{job}/result")
    assert result.content == web.client.post("/api/upscale?scale=3", content=SMALL).content
    assert web.client.get(f"/api/jobs/{job}").json() == states[-1]
    assert web.client.delete(f"/api/jobs/{job}").status_code == 204
    assert web.client.get(f"/api/jobs/{job}").status_code == 404
    assert web.client.get(f"/api/jobs/{job}/result").status_code == 404
    until(lambda: web.files() == [])


def test_progress_is_told_while_it_works(web):
    job = web.client.post(SLOW, content=png(150, 150)).json()["id"]
    states = events(web, job)
    parts = [state["progress"] for state in states]
    assert states[-1]["state"] == "done"
    assert parts == sorted(parts)
    assert any(0 < part < 1 for part in parts)
    web.client.delete(f"/api/jobs/{job}")


def test_a_preview_shows_what_browsers_do_not(web):
    pixels = np.random.default_rng(1).integers(0, 65536, (9, 11), np.uint16)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "TIFF")
    job = web.client.post("/api/jobs/upscale", content=file.getvalue()).json()["id"]
    events(web, job)
    for side, size in (("before", (11, 9)), ("after", (22, 18))):
        shown = web.client.get(f"/api/jobs/{job}/preview/{side}")
        assert shown.headers["content-type"] == "image/png"
        picture = Image.open(io.BytesIO(shown.content))
        assert (picture.size, picture.mode) == (size, "L")
    assert web.client.get(f"/api/jobs/{job}/preview/inside").status_code == 404
    web.client.delete(f"/api/jobs/{job}")
    until(lambda: web.files() == [])


def test_the_last_state_is_told_though_it_comes_while_another_is_sent():
    async def told() -> list[str]:
        ticket, states = Ticket("upscale", UpscaleOptions(), "client", Path()), []
        async for state in ticket.states():
            states.append(state["state"])
            if len(states) == 1:  # before the next one is asked for
                ticket.change(state="failed", finished=1.0)
        return states

    assert asyncio.run(told()) == ["receiving", "failed"]


def test_a_failed_job_says_why(web):
    job = web.client.post("/api/jobs/restore", content=SMALL).json()["id"]
    state = events(web, job)[-1]
    assert state["state"] == "failed"
    assert "expected a JPEG, got this file" in state["error"]
    assert "damage_quality" in state["error"]
    response = web.client.get(f"/api/jobs/{job}/result")
    assert (response.status_code, response.json()["error"]) == (422, state["error"])
    web.client.delete(f"/api/jobs/{job}")


def test_a_job_is_cancelled_while_it_works_and_while_it_waits(web):
    content = png(600, 600)
    first = web.client.post(LONG.format("jobs/"), content=content).json()["id"]
    second = web.client.post("/api/jobs/upscale", content=SMALL).json()["id"]
    until(lambda: web.client.get(f"/api/jobs/{first}").json()["state"] == "running")
    assert web.client.get(f"/api/jobs/{second}").json()["state"] == "waiting"
    assert web.client.get(f"/api/jobs/{second}/result").status_code == 409
    for job in (second, first):
        assert web.client.post(f"/api/jobs/{job}/cancel").json()["state"] == "cancelled"
        assert web.client.get(f"/api/jobs/{job}/result").status_code == 409
        web.client.delete(f"/api/jobs/{job}")
    assert web.client.post("/api/upscale", content=SMALL).status_code == 200
    until(lambda: web.files() == [])


def test_work_ends_where_the_client_leaves(web):
    port = int(web.url.rsplit(":", 1)[1])
    content = png(600, 600)
    with socket.create_connection(("127.0.0.1", port)) as client:
        head = f"POST {LONG.format('')} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n\r\n"
        client.sendall(head.encode() + content)
        until(lambda: any(ticket.state == "running" for ticket in web.service.registry.unfinished()))
    until(lambda: web.service.registry.unfinished() == [] and web.files() == [])
    assert web.client.post("/api/upscale", content=SMALL).status_code == 200


def test_nothing_is_kept_of_half_a_picture(web):
    port = int(web.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST /api/upscale HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999\r\n\r\nhalf")
        until(lambda: web.service.registry.unfinished() != [])
    until(lambda: web.service.registry.unfinished() == [] and web.files() == [])


def test_limits_are_kept_and_say_what_to_do(tmp_path: Path):
    limits: Any = {
        "max_bytes": 4_000_000,
        "max_pixels": 500_000,
        "max_queue": 2,
        "max_per_client": 2,
        "max_seconds": 2,
    }
    with running(tmp_path, **limits) as web:
        # On a busy machine the worker takes most of its two seconds to start.
        until(lambda: web.client.post("/api/upscale", content=SMALL).status_code == 200)
        response = web.client.post("/api/upscale", content=bytes(5_000_000))
        assert (response.status_code, "4,000,000 bytes" in response.json()["error"]) == (413, True)
        response = web.client.post("/api/upscale", content=iter([bytes(1_000_000)] * 5))
        assert response.status_code == 413
        response = web.client.post("/api/upscale", content=png(600, 900))
        assert (response.status_code, "900x600" in response.json()["error"]) == (413, True)
        response = web.client.post("/api/upscale?scale=40", content=SMALL)
        assert (response.status_code, "960x800" in response.json()["error"]) == (413, True)

        slow = png(160, 160)
        jobs = [web.client.post(LONG.format("jobs/"), content=slow).json()["id"] for _ in range(2)]
        response = web.client.post("/api/upscale", content=SMALL)
        assert (response.status_code, response.headers["retry-after"]) == (429, "5")
        web.service.registry.unfinished()[0].client = "another"
        response = web.client.post("/api/upscale", content=SMALL)
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert web.client.get("/healthz").status_code == 200
        ends = [events(web, job)[-1] for job in jobs]
        assert [end["state"] for end in ends] == ["failed", "failed"]
        assert "longer than 2 s" in ends[0]["error"]
    assert list(tmp_path.rglob("*")) == [web.spool]


def test_what_is_finished_is_kept_for_a_while_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("srcnn.web.registry._TICK", 0.1)
    with running(tmp_path, keep_seconds=0.5) as web:
        job = web.client.post("/api/jobs/upscale", content=SMALL).json()["id"]
        assert events(web, job)[-1]["state"] == "done"
        until(lambda: web.client.get(f"/api/jobs/{job}").status_code == 404)
        until(lambda: web.files() == [])


def test_a_worker_that_dies_costs_only_its_own_picture(web):
    content = png(600, 600)
    job = web.client.post(LONG.format("jobs/"), content=content).json()["id"]
    until(lambda: web.client.get(f"/api/jobs/{job}").json()["state"] == "running")
    for child in multiprocessing.active_children():
        child.kill()
    end = events(web, job)[-1]
    assert end["state"] == "failed"
    assert "SIGKILL" in end["error"]
    assert web.client.post("/api/upscale", content=SMALL).status_code == 200
    web.client.delete(f"/api/jobs/{job}")
    assert "srcnn_workers_replaced 0.0" not in web.client.get("/metrics").text


def test_a_worker_that_died_without_a_picture_costs_none(web):
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    assert web.client.post("/api/upscale", content=SMALL).status_code == 200


def test_a_preview_does_not_wait_for_others(web):
    content = png(150, 150)
    jobs = [web.client.post(SLOW, content=content).json()["id"] for _ in range(3)]
    assert web.client.get(f"/api/jobs/{jobs[2]}/preview/before").status_code == 200
    assert web.client.get(f"/api/jobs/{jobs[2]}").json()["state"] == "waiting"
    assert web.client.get(f"/api/jobs/{jobs[2]}/preview/after").status_code == 409
    for job in jobs:
        web.client.delete(f"/api/jobs/{job}")


@pytest.mark.parametrize(("grace", "state"), [(60, "done"), (0, "cancelled")])
def test_the_end_finishes_or_cancels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grace, state):
    monkeypatch.setattr("srcnn.web.server._GRACE", grace)
    with running(tmp_path) as web, ThreadPoolExecutor() as threads:
        jobs = [web.client.post(SLOW, content=png(100, 100)).json()["id"] for _ in range(2)]
        until(lambda: web.client.get(f"/api/jobs/{jobs[0]}").json()["state"] == "running")
        followed = [threads.submit(events, web, job) for job in jobs]
        until(lambda: all(future.running() for future in followed))
        time.sleep(0.2)  # until both are asked for
        web.server.should_exit = True
        first, second = (future.result()[-1] for future in followed)
        assert first["state"] == state
        assert second["state"] == "cancelled"
        assert "send it again" in second["error"]
    assert list(tmp_path.rglob("*")) == [web.spool]


def test_what_a_killed_service_has_left_is_removed_by_the_next_one(tmp_path: Path):
    with running(tmp_path) as first:
        folder = first.spool
        for name in ("0123456789abcdef", "fedcba9876543210"):
            (folder / name / "picture").mkdir(parents=True)
            (folder / name / "picture" / "received").write_bytes(b"half")
        (folder / "0123456789abcdef.lock").touch()
        (folder / "somebody's").mkdir()
        with running(tmp_path):
            assert len(list(folder.iterdir())) == 5
            assert not list(folder.rglob("received"))
        assert first.client.post("/api/upscale", content=SMALL).status_code == 200
    assert [path.name for path in folder.iterdir()] == ["somebody's"]


def test_a_folder_that_the_system_has_cleaned_away_is_made_again(tmp_path: Path):
    with running(tmp_path) as web:
        shutil.rmtree(web.spool)
        assert web.client.post("/api/upscale", content=SMALL).status_code == 200
        assert web.spool.stat().st_mode & 0o777 == 0o700
        until(lambda: web.files() == [])
    assert list(web.spool.iterdir()) == []
