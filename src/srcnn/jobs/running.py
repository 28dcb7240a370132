"""One picture after another: the failure of one is a result, not the end."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from srcnn.errors import SrcnnError
from srcnn.jobs.plan import Job
from srcnn.jobs.results import JobResult, Made
from srcnn.jobs.workers import run_in_workers

Progress = Callable[[Job, float, int], None]
"""Called as (job, pictures done, pictures in all) while a job runs; the part of it that is done counts."""


class Work(Protocol):
    """What is done to one picture."""

    def __call__(self, job: Job, progress: Callable[[float], None]) -> Made:
        """Read ``job.source`` and write ``job.target``, whole or not at all.

        ``progress`` is called with the part that is done, from 0 to 1.
        """
        ...


Prepare = Callable[[int], Work]
"""Makes the work, in a process that shares the machine with so many others, itself among them."""


def run_jobs(
    jobs: Sequence[Job],
    work: Work,
    prepare: Prepare,
    *,
    workers: int,
    begin: Callable[[Job], None],
    progress: Progress | None,
    report: Callable[[Job, JobResult], None],
) -> None:
    """Do the jobs.

    Args:
        jobs: what to do.
        work: what does it in this process.
        prepare: what makes the work in others.
        workers: processes to work in; 1 is this one.
        begin: called before each job, in this process.
        progress: see `Progress`.
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
        run_in_workers(jobs, prepare, workers, run_one, begin, advance, finish)
    else:
        for job in jobs:
            begin(job)
            finish(job, run_one(work, job, lambda part, job=job: advance(job, part)))


def run_one(work: Work, job: Job, progress: Callable[[float], None]) -> JobResult:
    """Do one job; what it raises becomes the result's error, in one line that names the picture."""
    started = time.perf_counter()
    try:
        made = work(job, progress)
    except SrcnnError as error:
        # What is said of an array does not say which picture it was.
        named = str(job.source) in str(error) or str(job.target) in str(error)
        message = str(error) if named else f"{job.source}: {error}"
    except OSError as error:
        message = f"cannot write {job.target}: {error.strerror or error}"
    except MemoryError:
        message = f"expected memory enough for {job.source}, got none; use a smaller --max-memory or --tile"
    except Exception as error:
        # A defect of this program; all the same the other pictures are worth having.
        message = f"{job.source}: unexpected {type(error).__name__}: {error}"
    else:
        seconds = time.perf_counter() - started
        return JobResult(job.source, job.target, seconds, made.width, made.height, made.notes)
    return JobResult(job.source, job.target, time.perf_counter() - started, error=message)
