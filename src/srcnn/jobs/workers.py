"""Jobs in several processes; one that dies takes only its own job along.

Processes, not threads: most of the work on a small picture is Python's and NumPy's, which take turns within
one. Each worker is asked through a pipe of its own, so that it is known which job a dead one was at.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

from srcnn.atomic import remove_unfinished
from srcnn.jobs.plan import Job
from srcnn.jobs.results import JobResult

_OFTEN = 0.1
"""Seconds between two messages about the progress of one job."""
_PATIENCE = 10.0
"""Seconds that a worker gets to remove its half files when the run is ended."""

RunOne = Callable[[Any, Job, Callable[[float], None]], JobResult]


class _Worker:
    def __init__(self, prepare: Callable[[int], Any], run_one: RunOne, count: int) -> None:
        # Spawned, not forked: libvips and engines have threads by now, which a fork would leave half alive.
        context = get_context("spawn")
        self.connection, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(far, prepare, run_one, count), daemon=True)
        self.process.start()
        far.close()
        self.job: Job | None = None

    def begin(self, job: Job) -> None:
        self.job = job
        # A worker that is dead already shows when its answer is read.
        with suppress(OSError):
            self.connection.send(job)

    def lost(self) -> JobResult:
        """The result of a job whose worker has died."""
        assert self.job is not None
        self.process.join()
        code = self.process.exitcode or 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return JobResult(
            self.job.source,
            self.job.target,
            error=f"{self.job.source}: expected its process to finish, got {how}, for want of memory "
            "perhaps; try it again with fewer --workers",
        )

    def end(self) -> None:
        """Let an idle worker go, or stop a busy one after it has cleaned up."""
        self.connection.close()
        if self.job is not None:
            self.process.terminate()
        self.process.join(_PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def run_in_workers(
    jobs: Sequence[Job],
    prepare: Callable[[int], Any],
    count: int,
    run_one: RunOne,
    begin: Callable[[Job], None],
    advance: Callable[[Job, float], None],
    finish: Callable[[Job, JobResult], None],
) -> None:
    """Do the jobs in ``count`` processes; see `srcnn.jobs.running.run_jobs`."""
    waiting = list(reversed(jobs))
    workers: list[_Worker] = []

    def give(worker: _Worker) -> None:
        worker.job = None
        if waiting:
            job = waiting.pop()
            begin(job)
            worker.begin(job)

    try:
        for _ in range(count):
            workers.append(_Worker(prepare, run_one, count))
            give(workers[-1])
        while busy := {worker.connection: worker for worker in workers if worker.job is not None}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]  # a Connection, as was put in
                assert worker.job is not None
                try:
                    message = worker.connection.recv()
                except (EOFError, OSError):
                    job, result = worker.job, worker.lost()
                    workers.remove(worker)
                    worker.connection.close()
                    if waiting:
                        workers.append(_Worker(prepare, run_one, count))
                        give(workers[-1])
                    finish(job, result)
                    continue
                if isinstance(message, JobResult):
                    job = worker.job
                    give(worker)
                    finish(job, message)
                else:
                    advance(worker.job, message)
    finally:
        for worker in workers:
            worker.end()


def _serve(connection: Connection, prepare: Callable[[int], Any], run_one: RunOne, count: int) -> None:
    # Ctrl-C reaches every process of a terminal; the first one ends the others when it has cleaned up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    work = prepare(count)
    last = 0.0

    def progress(part: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > _OFTEN:
            last = now
            connection.send(part)

    try:
        while True:
            connection.send(run_one(work, connection.recv(), progress))
    except (EOFError, OSError):  # nobody asks any more
        return


def _end(number: int, frame: object) -> NoReturn:
    remove_unfinished()
    os._exit(128 + number)


def _die_with_parent() -> None:
    """End at once when the process that asks is killed: it may be started again, and do these jobs anew."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
