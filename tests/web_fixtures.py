"""A service that listens on a free port of loopback, in a thread of the tests' own process."""

import asyncio
import io
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from srcnn.web.guard import known_hosts
from srcnn.web.limits import Limits
from srcnn.web.server import Server
from srcnn.web.service import Service
from srcnn.web.spool import Spool

PATIENCE = 180.0
"""Seconds: a busy machine may take long for what is else done in one."""


@dataclass
class Running:
    """A service, how to ask it, and the folder that it shares with other runs."""

    service: Service
    server: Server
    url: str
    client: httpx.Client
    spool: Path

    def files(self) -> list[Path]:
        # Not by `rglob`, which fails at a folder that is removed meanwhile.
        found = [Path(folder, name) for folder, _, names in os.walk(self.spool) for name in names]
        return [path for path in found if path.suffix != ".lock"]


@contextmanager
def running(spool: Path, token: str | None = None, **limits: Any) -> Iterator[Running]:
    service = Service(Limits(**{"workers": 1, **limits}), Spool(spool))
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(service, known_hosts("127.0.0.1"), token)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        with httpx.Client(base_url=url, timeout=120) as client:
            yield Running(service, server, url, client, service.spool.folder.parent)
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for what happens soon."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def png(height: int, width: int, seed: int = 0) -> bytes:
    """A picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()
