"""Outputs that are there already: refuse, keep, or replace them."""

import os
from collections.abc import Sequence
from typing import Literal

from srcnn.errors import UsageError
from srcnn.jobs.plan import Job
from srcnn.jobs.results import JobResult

Existing = Literal["refuse", "skip", "overwrite"]


def settle(jobs: Sequence[Job], existing: Existing) -> tuple[list[Job], list[JobResult]]:
    """Jobs that are left to do, and results for those that are skipped.

    Args:
        jobs: all of them.
        existing: what to do about an output that is there.

    Raises:
        UsageError: there is one, and it was not said what to do about it.
    """
    there = [job for job in jobs if _is_there(job)]
    if existing == "refuse" and there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise UsageError(
            f"expected outputs that do not exist yet, got {there[0].target}{more}; add --skip-existing to "
            "keep them, --overwrite to replace them, or --resume to go on with a run that was cut off"
        )
    kept = set(there) if existing == "skip" else set()
    skipped = [JobResult(job.source, job.target, skipped="the output exists") for job in jobs if job in kept]
    return [job for job in jobs if job not in kept], skipped


def _is_there(job: Job) -> bool:
    # A folder by the name of an output can be neither kept nor replaced: writing it is what fails.
    return not job.in_place and os.path.lexists(job.target) and not job.target.is_dir()
