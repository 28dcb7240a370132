"""One picture after another, or several processes at once: the failure of one is a result, not the end.

Processes, not threads: most of the work on a small picture is Python's and NumPy's, which take turns within
one. Each worker is asked through a pipe of its own, so that it is known which job a dead one was at; it takes
only that job along.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn, Protocol

from srcnn.atomic import remove_unfinished
from srcnn.errors import SrcnnError, reason
from srcnn.jobs.outcome import Advance, JobResult
from srcnn.jobs.plan import Job
from srcnn.parallel import follow_parent

JobProgress = Callable[[Job, float, int], None]
"""Called as (job, pictures done, pictures in all) while a job runs; the part of it that is done counts."""


ChangeFile = Callable[[Job, Advance], JobResult]
"""Reads ``job.source`` and writes ``job.target``, whole or not at all."""

_OFTEN = 0.1
"""Seconds between two messages about the progress of one job."""
_PATIENCE = 10.0
"""Seconds that a worker gets to remove its half files when the run is ended."""


class Work(Protocol):
    """What is done to pictures; it can be sent to other processes."""

    def settings(self) -> Mapping[str, Any]:
        """What the pixels of a result depend on, as JSON values."""
        ...

    def prepare(self, workers: int) -> ChangeFile:
        """Load what is needed, once in each of ``workers`` processes that share the machine."""
        ...


def run_jobs(
    jobs: Sequence[Job],
    work: Work,
    change: ChangeFile,
    *,
    workers: int,
    begin: Callable[[Job], None],
    progress: JobProgress | None,
    report: Callable[[Job, JobResult], None],
) -> None:
    """Do the jobs.

    Args:
        jobs: what to do.
        work: what is done, prepared again in each other process.
        change: the work as prepared in this process.
        workers: processes to work in; 1 is this one.
        begin: called before each job, in this process.
        progress: see `JobProgress`.
        report: called with each job and its result as it comes, in this process.
    """
    workers = min(workers, len(jobs))
    parts: dict[Job, float] = {}

    def advance(job: Job, part: float) -> None:
        parts[job] = part
        if progress is not None:
            progress(job, sum(parts.values()), len(jobs))

    def finish(job: Job, result: JobResult) -> None:
        advance(job, 1.0)
        report(job, result)

    if workers > 1:
        _run_in_workers(jobs, work, workers, begin, advance, finish)
    else:
        for job in jobs:
            begin(job)
            finish(job, _run_one(change, job, lambda part, job=job: advance(job, part)))


def _run_one(change: ChangeFile, job: Job, progress: Advance) -> JobResult:
    """Do one job; what it raises becomes the result's error, in one line that names the picture."""
    started = time.perf_counter()
    try:
        result = change(job, progress)
    except SrcnnError as error:
        # An error about an array does not name the picture.
        named = str(job.source) in str(error) or str(job.target) in str(error)
        message = str(error) if named else f"{job.source}: {error}"
    except OSError as error:
        message = f"cannot write {job.target}: {reason(error)}"
    except MemoryError:
        message = f"out of memory at {job.source}; use a smaller --max-memory or --tile"
    except Exception as error:
        # A defect of this program; all the same the other pictures are worth having.
        message = f"{job.source}: unexpected {type(error).__name__}: {error}"
    else:
        return replace(result, seconds=time.perf_counter() - started)
    return JobResult(job.source, job.target, time.perf_counter() - started, error=message)


class _Worker:
    def __init__(self, work: Work, count: int) -> None:
        # Spawned, not forked: libvips and engines have threads by now, which a fork would leave half alive.
        context = get_context("spawn")
        self.connection, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(far, work, count), daemon=True)
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
            error=f"{self.job.source}: its process ended with {how}, possibly out of memory; "
            "use fewer --workers",
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


def _run_in_workers(
    jobs: Sequence[Job],
    work: Work,
    count: int,
    begin: Callable[[Job], None],
    advance: Callable[[Job, float], None],
    finish: Callable[[Job, JobResult], None],
) -> None:
    """`run_jobs` in ``count`` processes."""
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
            workers.append(_Worker(work, count))
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
                        workers.append(_Worker(work, count))
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


def _serve(connection: Connection, work: Work, count: int) -> None:
    follow_parent()
    signal.signal(signal.SIGTERM, _end)
    change = work.prepare(count)
    last = 0.0

    def progress(part: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > _OFTEN:
            last = now
            connection.send(part)

    try:
        while True:
            connection.send(_run_one(change, connection.recv(), progress))
    except (EOFError, OSError):  # the run has ended
        return


def _end(number: int, frame: object) -> NoReturn:
    remove_unfinished()
    os._exit(128 + number)
