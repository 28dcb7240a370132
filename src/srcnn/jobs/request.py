"""From a request to results: plan, settle what exists, run, report."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from srcnn.atomic import check_folder, remove_leftovers, write_bytes
from srcnn.errors import ImageError, UsageError, os_errors_as, reason
from srcnn.jobs.journal import Existing, Journal, known_outputs, settle
from srcnn.jobs.outcome import JobResult, Outcome
from srcnn.jobs.plan import STREAM, Job, Naming, identity, plan_jobs
from srcnn.jobs.runner import JobProgress, run_jobs
from srcnn.jobs.worker import Work
from srcnn.types import StrPath


@dataclass(frozen=True)
class Request:
    """Which pictures, and where to; the same for every command from pictures to pictures.

    Attributes:
        inputs: pictures, folders and patterns; never written to, unless in place.
        out: a file for one picture, or a folder; None in place. See `srcnn.jobs.plan.plan_jobs`.
        naming: what outputs in a folder are called.
        recursive: look into the folders of folders, and make the same tree of the outputs.
        in_place: outputs take the place of their inputs; refused for files that hold more than the picture.
        drop_rest: in place, lose what else the files hold: pages, frames, data after the end.
        existing: what to do about outputs that exist.
        resume: continue an interrupted run, see `srcnn.jobs.journal`.
        workers: processes to work in.
        report: a JSON file about the outcome, written also when the run is interrupted.
    """

    inputs: Sequence[StrPath]
    out: StrPath | None
    naming: Naming = field(default_factory=Naming)
    recursive: bool = False
    in_place: bool = False
    drop_rest: bool = False
    existing: Existing = "refuse"
    resume: bool = False
    workers: int = 1
    report: StrPath | None = None


def run_files(
    request: Request,
    work: Work,
    *,
    progress: JobProgress | None = None,
    report: Callable[[JobResult], None] | None = None,
) -> Outcome:
    """Do the work, such as `UpscaleOptions` or `RestoreOptions`, on all pictures of a request.

    Nothing is written before all is known that can be known before: every name, what exists, the model.

    Args:
        request: which pictures, and where to.
        work: what is done to each.
        progress: as `srcnn.jobs.runner.JobProgress`.
        report: called with each result as it comes.

    Returns:
        The result of each picture; those that failed carry their error.

    Raises:
        UsageError: an invalid request; nothing has been done then.
        ImageError: a folder without pictures, a name that the system refuses, or an output folder that
            cannot be made or written to.
        WeightsError: weights that cannot be read.
    """
    started = time.perf_counter()
    if request.workers < 1:
        raise UsageError(f"expected at least 1 worker, got {request.workers}")
    resumed = known_outputs(Path(request.out)) if request.resume and request.out is not None else ()
    try:
        planned, others = plan_jobs(
            request.inputs,
            request.out,
            request.naming,
            recursive=request.recursive,
            in_place=request.in_place,
            drop_rest=request.drop_rest,
            known=set(map(identity, resumed)),
            leave_outputs=request.existing == "skip" or request.resume,
        )
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise ImageError(f"cannot look at {error.filename}: {reason(error)}") from error
    roots = dict.fromkeys(job.root for job in planned if job.target != STREAM)
    journal = Journal(roots, work.settings())
    jobs, results = settle(planned, request.existing, journal if request.resume else None)
    for root in roots:
        check_folder(root, ImageError)
    if request.report is not None:
        _check_report(Path(request.report), planned)
    if any(job.source == STREAM for job in jobs):  # which this process has
        request = replace(request, workers=1)

    def outcome(interrupted: bool) -> Outcome:
        order = {job.source: number for number, job in enumerate(planned)}
        ordered = sorted(results, key=lambda result: order[result.source])
        whole = Outcome(ordered, others, time.perf_counter() - started, interrupted)
        if request.report is not None:
            _write_report(whole, Path(request.report))
        return whole

    def collect(job: Job, result: JobResult) -> None:
        results.append(result)
        if result.status == "done":
            journal.finish(job)
        else:
            journal.fail(job)
        if report is not None:
            report(result)

    change = work.prepare(max(1, min(request.workers, len(jobs))))
    journaled = jobs if request.resume or len(planned) > 1 else []
    try:
        with journal.opened(journaled):
            if request.resume:
                _remove_leftovers(planned)
            run_jobs(
                jobs,
                work,
                change,
                workers=request.workers,
                begin=journal.begin,
                progress=progress,
                report=collect,
            )
            # A journal that this run has not written to may be of another run, at work or interrupted.
            if journaled and not request.resume and all(result.status != "failed" for result in results):
                journal.remove(planned)
    except (KeyboardInterrupt, SystemExit):
        outcome(interrupted=True)
        raise
    return outcome(interrupted=False)


def _remove_leftovers(jobs: Sequence[Job]) -> None:
    for folder in {job.target.parent for job in jobs}:
        remove_leftovers(folder)


def _check_report(path: Path, jobs: Sequence[Job]) -> None:
    """Refuse, before any work, a report that cannot be written or would take the place of a picture."""
    with os_errors_as(ImageError, f"cannot write the report {path}"):
        if path.is_dir():
            raise UsageError(f"expected a file for the report, got {path}, which is a folder")
    check_folder(path.parent, ImageError)
    taken = {identity(picture) for job in jobs for picture in (job.source, job.target) if picture != STREAM}
    if identity(path) in taken:
        raise UsageError(f"expected a report apart from the pictures, got {path}, which is one of them")


def _write_report(outcome: Outcome, path: Path) -> None:
    with os_errors_as(ImageError, f"cannot write the report {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes((json.dumps(outcome.to_json(), indent=2) + "\n").encode(), path)
