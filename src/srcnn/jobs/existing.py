"""Outputs that are there already: refuse, keep, or replace them, or go on where a run was cut off."""

import os
from collections.abc import Sequence
from typing import Literal

from srcnn.errors import UsageError
from srcnn.jobs.journal import Journal
from srcnn.jobs.plan import STREAM, Job
from srcnn.jobs.results import JobResult

Existing = Literal["refuse", "skip", "overwrite"]
DONE_BEFORE = "done before with the same settings"
EXISTS = "the output exists"
CHANGED = "changed before with other settings"


def settle(
    jobs: Sequence[Job], existing: Existing, journal: Journal | None
) -> tuple[list[Job], list[JobResult]]:
    """Jobs that are left to do, and results for those that are skipped.

    Args:
        jobs: all of them.
        existing: what to do about an output that is there.
        journal: of the run that is gone on with: what it made of the same pictures with the same settings is
            kept, and what it made otherwise is made anew, whatever ``existing`` says. In place alone, where
            that would change a picture a second time, ``existing`` is about that.

    Raises:
        UsageError: there is an output, or a picture changed in place, and nobody said what to do about it.
    """
    done = [job for job in jobs if journal is not None and journal.is_done(job)]
    stale = {job for job in jobs if journal is not None and journal.made(job)}
    there = [job for job in jobs if job not in stale and _is_there(job)]
    if existing == "refuse" and there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        found = f"{there[0].target}{more}"
        if journal is not None:
            raise UsageError(
                f"expected outputs that the run to go on with made, got {found}, which it did not make or "
                "which changed since; add --skip-existing to keep them, or --overwrite to replace them"
            )
        raise UsageError(
            f"expected outputs that do not exist yet, got {found}; add --skip-existing to keep them, "
            "--overwrite to replace them, or --resume to go on with a run that was cut off"
        )
    changed = [job for job in jobs if job.in_place and job in stale.difference(done)]
    if existing == "refuse" and changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise UsageError(
            f"expected the settings, and the version, that {changed[0].target}{more} were changed with in "
            "place before, got others; add --skip-existing to keep them, or --overwrite to change them again"
        )
    reasons = dict.fromkeys(there, EXISTS) | dict.fromkeys(changed, CHANGED) if existing == "skip" else {}
    reasons |= dict.fromkeys(done, DONE_BEFORE)
    skipped = [JobResult(job.source, job.target, skipped=reasons[job]) for job in jobs if job in reasons]
    return [job for job in jobs if job not in reasons], skipped


def _is_there(job: Job) -> bool:
    if job.in_place or job.target == STREAM:
        return False
    # A folder by the name of an output can be neither kept nor replaced: writing it is what fails.
    return os.path.lexists(job.target) and not job.target.is_dir()
