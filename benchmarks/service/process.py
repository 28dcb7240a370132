"""A process of ``srcnn web``, asked from outside, and what it takes."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

TIMEOUT = 120.0


class Service:
    """A process that serves on a free port of loopback.

    Args:
        spool: where its pictures lie.
        options: of ``srcnn web``.
    """

    def __init__(self, spool: Path, *options: str) -> None:
        command = (sys.executable, "-m", "srcnn", "web", "--no-browser", "--port", "0", "--spool", spool)
        # In a group of its own: Ctrl-C at the benchmark ends it through `stop`.
        self.process = subprocess.Popen(
            (*command, *options), stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        if found is None:
            raise SystemExit(f"expected the service to say its address, got {line!r}")
        self.port = int(found[1])

    def connect(self) -> http.client.HTTPConnection:
        """A connection to it."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of one request."""
        connection = self.connect()
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()  # which raises IncompleteRead where it is cut off
        finally:
            connection.close()

    def leave(self, path: str, body: bytes, part: float) -> None:
        """Send a part of a request, or all of it, and go away."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
            client.sendall(head.encode() + body[: int(len(body) * part)])
            time.sleep(0.02)

    def workers(self) -> list[int]:
        """Its worker processes."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = [int(number) for task in tasks for number in _content(task).split()]
        return [number for number in children if "spawn_main" in _content(Path(f"/proc/{number}/cmdline"))]

    def memory(self) -> int:
        """Bytes that its processes take, what they share counted once."""
        return sum(_proportional(number) for number in (self.process.pid, *self.workers()))

    def processor(self) -> float:
        """Seconds of processor that they have taken."""
        return sum(_processor(number) for number in (self.process.pid, *self.workers()))

    def metric(self, name: str) -> float:
        """A figure of ``/metrics``."""
        text = self.ask("GET", "/metrics")[1].decode()
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(f"{name} ")))

    def has_ended(self) -> bool:
        """Whether it ends within a second: connections break a little before."""
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(TIMEOUT)


def lives(number: int, seconds: float) -> bool:
    """Whether a process is still there after so many seconds."""
    end = time.monotonic() + seconds
    status = Path(f"/proc/{number}/stat")
    while (state := _content(status).rpartition(")")[2].split()[:1]) and state != ["Z"]:
        if time.monotonic() > end:
            return True
        time.sleep(0.01)
    return False


def _content(path: Path) -> str:
    """Of a file below ``/proc``; nothing once the process has ended."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _proportional(number: int) -> int:
    found = re.search(r"^Pss:\s+(\d+)", _content(Path(f"/proc/{number}/smaps_rollup")), re.M)
    return 1024 * int(found[1]) if found else 0


def _processor(number: int) -> float:
    fields = _content(Path(f"/proc/{number}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK") if fields else 0.0
