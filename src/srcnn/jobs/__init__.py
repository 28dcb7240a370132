"""Many files: which picture goes where, what is left to do, doing it, and the results.

`run_files` knows nothing of what is done to a picture. It gives a command that reads and writes pictures
folders, patterns, mirrored trees, names, skipping, resuming, workers, Ctrl-C and a report::

    request = Request(inputs, out, Naming("{stem}_restored{ext}"), recursive=True, workers=2)
    outcome = run_files(request, RestoreOptions())

Its second argument is a `Work`, a frozen dataclass of options that can be pickled:

1. ``work.prepare(workers)`` is called once in each process, and once before anything is written, so that it
   raises there what is invalid (an unknown model). ``workers`` is the number of processes that share the
   processor and memory. It returns a function.
2. That function is called as ``change(job, progress)`` for one picture: it reads ``job.source``, writes
   ``job.target`` whole or not at all, calls ``progress(part)`` with the part that is done (0 to 1) and
   returns a `JobResult`. An error it raises is that picture's alone. `change_picture` does the reading, the
   limits and the writing.
3. ``work.settings()`` is what the pixels of a result depend on, as JSON values: a resumed run keeps the
   outputs that were written with equal ones.

`change_bytes` does a `Work` to the bytes of one picture, with no files and no folders.
"""

from srcnn.jobs.changed_bytes import ChangedBytes, change_bytes
from srcnn.jobs.journal import Existing
from srcnn.jobs.outcome import JobResult, Outcome
from srcnn.jobs.picture_change import Change, change_picture
from srcnn.jobs.plan import Job, Naming, plan_jobs
from srcnn.jobs.request import Request, run_files
from srcnn.jobs.restore_job import RestoreOptions
from srcnn.jobs.runner import JobProgress
from srcnn.jobs.upscale_job import UpscaleOptions
from srcnn.jobs.worker import Work, Worker

__all__ = [
    "Change",
    "ChangedBytes",
    "Existing",
    "Job",
    "JobProgress",
    "JobResult",
    "Naming",
    "Outcome",
    "Request",
    "RestoreOptions",
    "UpscaleOptions",
    "Work",
    "Worker",
    "change_bytes",
    "change_picture",
    "plan_jobs",
    "run_files",
]
