"""Many files: which picture goes where, what is left to do, doing it, and what came of it.

Nothing in here knows what is done to a picture. A command that reads pictures and writes pictures brings
three things and gets folders, globs, mirrored trees, names, skipping, resuming, workers, Ctrl-C, a report and
honest results for them::

    request = Request(inputs, out, Naming("{stem}_restored{ext}"), recursive=True, workers=2)
    outcome = process_files(request, functools.partial(prepare, options), settings=asdict(options))

1. ``prepare(workers)`` makes the work; it is called once in each process that works, and once before anything
   is written, so that it raises there what cannot be meant (an unknown model). It must be picklable: a
   function of a module, or a `functools.partial` of one with a frozen dataclass of options. ``workers`` says
   with how many others it shares processor and memory.
2. The work is called as ``work(job, progress)`` for one picture: it reads ``job.source``, writes
   ``job.target`` whole or not at all, calls ``progress(part)`` with the part that is done (0 to 1) and
   returns a `Made`. An error it raises is that picture's alone. `change_picture` does the reading, the
   limits and the writing.
3. ``settings`` is what the pixels of a result depend on, as JSON values: a run that is resumed keeps the
   outputs that were made with equal ones.

===================  ==================================================================
module               knows
===================  ==================================================================
``plan``             inputs, globs, folders and trees -> which picture goes where
``finding``          what lies under a folder or a pattern
``naming``           names of outputs
``existing``         outputs that are there already: refuse, keep, replace, or go on
``journal``          which outputs were begun and finished, for a run that goes on
``running``          one picture after another, failures apart
``workers``          the same in several processes
``results``          what became of each picture, and of all
``pictures``         read, check, change, write; in scratch files where memory is short
``settings``         what options mean for pixels and for memory
``request``          all of it, one after the other: `process_files`
``upscaling``        what ``srcnn upscale`` does to a picture: `upscale_files`
``restoring``        what ``srcnn restore`` does to a picture: `restore_files`
===================  ==================================================================
"""

from srcnn.jobs.journal import Existing
from srcnn.jobs.outcome import JobResult, Made, Outcome
from srcnn.jobs.picture_change import Change, Means, change_picture
from srcnn.jobs.plan import Job, Naming, Plan, plan_jobs
from srcnn.jobs.request import Request, process_files
from srcnn.jobs.restore_job import RestoreOptions, restore_files
from srcnn.jobs.runner import Prepare, Progress, Work
from srcnn.jobs.upscale_job import UpscaleOptions, upscale_files

__all__ = [
    "Change",
    "Existing",
    "Job",
    "JobResult",
    "Made",
    "Means",
    "Naming",
    "Outcome",
    "Plan",
    "Prepare",
    "Progress",
    "Request",
    "RestoreOptions",
    "UpscaleOptions",
    "Work",
    "change_picture",
    "plan_jobs",
    "process_files",
    "restore_files",
    "upscale_files",
]
