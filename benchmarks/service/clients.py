"""Clients of the service: many at once, some with broken pictures, some that go away."""

import http.client
import json
import multiprocessing
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from process import TIMEOUT, Service

LOOK = 0.05  # seconds between two looks at memory, and at health


@dataclass
class Load:
    """What came of many requests.

    Attributes:
        answers: how many of each kind: ``right``, ``refused``, ``went away``, and whatever should not be.
        seconds: from the first to the last.
        processor: seconds of processor that the service took.
        health: seconds that each look at health took.
        peak: bytes of memory, the most that was seen.
    """

    answers: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    processor: float = 0.0
    health: list[float] = field(default_factory=list)
    peak: int = 0


def ask_for(service: Service, content: bytes, as_job: bool) -> tuple[int, bytes]:
    """Status and result of a picture."""
    if not as_job:
        return service.ask("POST", "/api/upscale", content)
    status, body = service.ask("POST", "/api/jobs/upscale", content)
    if status != 202:
        return status, body
    job = f"/api/jobs/{json.loads(body)['id']}"
    service.ask("GET", f"{job}/events")  # until it is finished
    status, body = service.ask("GET", f"{job}/result")
    service.ask("DELETE", job)
    return status, body


def one_request(service: Service, number: int, pictures: Sequence[Path], results: Path, fault: float) -> str:
    """Send the picture of this number; ``fault`` is the part that is broken, and the part that leaves."""
    rng = random.Random(number)
    path = pictures[number % len(pictures)]
    content, as_job = path.read_bytes(), number % 2 == 1
    chance = rng.random()
    if chance < fault:
        status, body = ask_for(service, content[: len(content) // 3], as_job)
        return "refused" if status == 422 and json.loads(body)["error"] else f"broken answered {status}"
    if chance < 2 * fault:
        service.leave("/api/upscale", content, rng.choice((0.5, 1.0)))
        return "went away"
    status, body = ask_for(service, content, as_job)
    if status != 200:
        return f"status {status}"
    return "right" if body == (results / path.name).read_bytes() else "wrong"


def load(
    service: Service, requests: int, clients: int, pictures: Sequence[Path], results: Path, fault: float
) -> Load:
    """Send so many requests from so many clients, and look at memory and health meanwhile."""
    outcome, numbers = Load(), queue.SimpleQueue[int]()
    for number in range(requests):
        numbers.put(number)

    def client() -> None:
        while True:
            try:
                number = numbers.get_nowait()
            except queue.Empty:
                return
            try:
                answer = one_request(service, number, pictures, results, fault)
            except (OSError, http.client.HTTPException, ValueError) as error:
                answer = f"lost: {type(error).__name__}"
            outcome.answers[answer] += 1
            if answer.startswith("lost") and service.has_ended():
                return

    with _watched(service, outcome):
        started, processor = time.perf_counter(), service.processor()
        threads = [threading.Thread(target=client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        outcome.seconds = time.perf_counter() - started
        outcome.processor = service.processor() - processor
    return outcome


def watch(service: Service, seconds: float) -> Load:
    """Memory and health without load."""
    outcome = Load()
    with _watched(service, outcome):
        time.sleep(seconds)
    return outcome


@contextmanager
def _watched(service: Service, outcome: Load) -> Iterator[None]:
    ended = threading.Event()

    def memory() -> None:
        while not ended.wait(LOOK):
            outcome.peak = max(outcome.peak, service.memory())

    # A process of its own: threads of this one wait for each other.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    health = context.Process(target=_look_at_health, args=(service.port, theirs))
    looking = threading.Thread(target=memory)
    health.start()
    theirs.close()
    ours.recv()
    looking.start()
    try:
        yield
    finally:
        ended.set()
        with suppress(OSError):  # it has ended with the service
            ours.send("end")
        outcome.health = ours.recv()
        looking.join()
        health.join()


def _look_at_health(port: int, far: Connection) -> None:
    """Seconds that each answer takes, up to the end of the service; sent when anything is received."""
    far.send("ready")
    seconds = []
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        while not far.poll(LOOK):
            started = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            seconds.append(time.perf_counter() - started)
    far.send(seconds)
