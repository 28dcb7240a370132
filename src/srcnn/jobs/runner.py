"""One picture after another, or several processes at once: the failure of one is a result, not the end."""

from collections.abc import Callable, Sequence
from multiprocessing.connection import wait

from srcnn.jobs.outcome import JobResult
from srcnn.jobs.plan import Job
from srcnn.jobs.worker import ChangeFile, Work, Worker, run_job

JobProgress = Callable[[Job, float, int], None]
"""Called as (job, pictures done, pictures in all) while a job runs; the part of it that is done counts."""


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
            finish(job, run_job(change, job, lambda part, job=job: advance(job, part)))


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
    workers: list[Worker] = []

    def give(worker: Worker) -> None:
        worker.job = None
        if waiting:
            job = waiting.pop()
            begin(job)
            worker.begin(job)

    try:
        for _ in range(count):
            workers.append(Worker(work, count))
            give(workers[-1])
        while busy := {worker.connection: worker for worker in workers if worker.job is not None}:
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]  # a Connection, as was put in
                job, message = worker.job, worker.receive()
                assert job is not None
                if not isinstance(message, JobResult):
                    advance(job, message)
                    continue
                if worker.is_lost:
                    workers.remove(worker)
                    worker.connection.close()
                    if waiting:
                        workers.append(Worker(work, count))
                        give(workers[-1])
                else:
                    give(worker)
                finish(job, message)
    finally:
        for worker in workers:
            worker.end()
