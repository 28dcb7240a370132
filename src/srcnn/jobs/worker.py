"""A process that does one job after another for the one that started it.

Processes, not threads: most of the work on a small picture is Python's and NumPy's, which take turns within
one. Each worker is asked through a pipe of its own, so that it is known which job a dead one was at; it takes
only that job along.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NoReturn, Protocol

from srcnn.atomic import remove_unfinished
from srcnn.errors import SrcnnError, reason
from srcnn.jobs.outcome import Advance, JobResult
from srcnn.jobs.plan import Job
from srcnn.parallel import follow_parent

ChangeFile = Callable[[Job, Advance], JobResult]
"""Reads ``job.source`` and writes ``job.target``, whole or not at all."""

_OFTEN = 0.1
"""Seconds between two messages about the progress of one job."""
_PATIENCE = 10.0
"""Seconds that a worker gets to remove its half files when it is ended."""


class Work(Protocol):
    """What is done to pictures; it can be sent to other processes."""

    def settings(self) -> Mapping[str, Any]:
        """What the pixels of a result depend on, as JSON values."""
        ...

    def prepare(self, workers: int) -> ChangeFile:
        """Load what is needed, once in each of ``workers`` processes that share the machine."""
        ...


def run_job(change: ChangeFile, job: Job, progress: Advance) -> JobResult:
    """Do one job; what it raises becomes the result's error, in one line that names the picture."""
    started = time.perf_counter()
    try:
        result = change(job, progress)
    except SrcnnError as error:
        # An error about an array does not name the picture.
        named = str(job.source) in str(error) or str(job.target) in str(error)
        message, kind = str(error) if named else f"{job.source}: {error}", type(error).__name__
    except OSError as error:
        message, kind = f"cannot write {job.target}: {reason(error)}", "OSError"
    except MemoryError:
        kind = "MemoryError"
        message = f"out of memory at {job.source}; use a smaller --max-memory or --tile"
    except Exception as error:
        # A defect of this program; all the same the other pictures are worth having.
        message, kind = f"{job.source}: unexpected {type(error).__name__}: {error}", type(error).__name__
    else:
        return replace(result, seconds=time.perf_counter() - started)
    return JobResult(job.source, job.target, time.perf_counter() - started, error=message, kind=kind)


class Worker:
    """One process.

    Args:
        work: what it does, prepared in it.
        count: how many such processes share the machine.

    Attributes:
        connection: its end of the pipe: parts of the job that are done, then the job's `JobResult`.
        process: the process.
        job: the job that it is at, None of an idle one.
        is_lost: it has died at its job.
    """

    def __init__(self, work: Work, count: int) -> None:
        # Spawned, not forked: libvips and engines have threads by now, which a fork would leave half alive.
        context = get_context("spawn")
        self.connection, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(far, work, count), daemon=True)
        self.process.start()
        far.close()
        self.job: Job | None = None
        self.is_lost = False

    def begin(self, job: Job) -> None:
        """Send a job to an idle worker."""
        self.job = job
        # A worker that is dead already shows when its answer is read.
        with suppress(OSError):
            self.connection.send(job)

    def receive(self) -> JobResult | float:
        """Wait for the next message about the job: a part done, or its result, an error of a dead worker."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return self._lost()

    def _lost(self) -> JobResult:
        assert self.job is not None
        self.is_lost = True
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
        if self.job is None:
            self._join()
        else:
            self.stop()

    def stop(self) -> None:
        """Stop a busy worker after it has cleaned up; who waits in `receive` gets its result."""
        self.process.terminate()
        self._join()

    def _join(self) -> None:
        self.process.join(_PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


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
            connection.send(run_job(change, connection.recv(), progress))
    except (EOFError, OSError):  # the run has ended
        return


def _end(number: int, frame: object) -> NoReturn:
    remove_unfinished()
    os._exit(128 + number)
