"""Tickets are given back: of previews that cannot be made, and of finished pictures, the oldest first."""

import asyncio
import errno
from pathlib import Path

import pytest
from web_fixtures import png, running, until

from srcnn.jobs import JobResult, UpscaleOptions
from srcnn.web.limits import Limits
from srcnn.web.picture_work import PictureWork
from srcnn.web.pool import Pool
from srcnn.web.registry import Registry, Ticket
from srcnn.web.spool import Spool

SMALL = png(20, 24)
LONG = "/api/jobs/upscale?scale=4&ensemble=true&engine=numpy&tile=256"


def test_previews_of_a_picture_that_is_gone_cost_nothing(tmp_path: Path):
    with running(tmp_path, max_per_client=3) as web:
        job = web.client.post(LONG, content=png(600, 600)).json()["id"]
        until(lambda: web.client.get(f"/api/jobs/{job}").json()["state"] == "running")
        assert web.client.post(f"/api/jobs/{job}/cancel").json()["state"] == "cancelled"
        for _ in range(4):
            assert web.client.get(f"/api/jobs/{job}/preview/before").status_code == 404
        assert web.service.registry.unfinished() == []
        assert web.client.post("/api/upscale", content=SMALL).status_code == 200


def test_a_preview_needs_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(path: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    with running(tmp_path) as web:
        job = web.client.post("/api/jobs/upscale", content=SMALL).json()["id"]
        assert web.client.get(f"/api/jobs/{job}/preview/before").headers["content-type"] == "image/png"
        web.client.delete(f"/api/jobs/{job}")
        until(lambda: web.files() == [])


def test_a_picture_that_has_just_been_finished_is_kept(tmp_path: Path):
    async def kept() -> tuple[Ticket, list[Ticket], Registry]:
        limits, spool = Limits(max_queue=4), Spool(tmp_path)
        pool = Pool(PictureWork(), 1, 1.0)
        registry = Registry(limits, spool, pool, lambda ticket: None)
        pool._loop = asyncio.get_running_loop()  # without workers: what is put waits

        async def put() -> Ticket:
            ticket = registry.open("upscale", UpscaleOptions(), "client")
            await registry.begin(ticket, ticket.folder / "picture.png")
            return ticket

        async def finish(ticket: Ticket) -> None:
            assert ticket.order is not None
            ticket.order.finish("result", JobResult(ticket.order.job.source, ticket.order.job.target))
            await ticket.wait()

        slow = await put()
        quick = []
        for _ in range(4):
            quick.append(await put())
            await finish(quick[-1])
        await finish(slow)
        await pool.close()
        spool.close()
        return slow, quick, registry

    slow, quick, registry = asyncio.run(kept())
    assert registry.find(slow.id).state == "done"
    assert quick[0].id not in registry._tickets
    assert all(ticket.id in registry._tickets for ticket in quick[1:])
