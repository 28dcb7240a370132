"""A picture's bytes in, the changed picture's bytes out, for whoever brings the processes and the storage."""

import functools
import io
import os
from dataclasses import dataclass
from pathlib import Path

from srcnn.jobs.plan import STREAM, Job, Naming
from srcnn.jobs.worker import ChangeFile, Work

_KEPT = 4
"""Works whose models a process keeps."""


@dataclass(frozen=True)
class ChangedBytes:
    """The result of `change_bytes`.

    Attributes:
        content: the file of the changed picture.
        suffix: of its format, with the dot.
        width: in pixels; ``height`` likewise.
        notes: deliberate changes, such as 16 bits becoming 8.
    """

    content: bytes
    suffix: str
    width: int
    height: int
    notes: tuple[str, ...] = ()


def change_bytes(content: bytes, name: str, work: Work, *, file_format: str | None = None) -> ChangedBytes:
    """Change a picture that is given as the bytes of its file; no file is read or written.

    The bytes are those that the command writes: `UpscaleOptions` is ``srcnn upscale``, `RestoreOptions` is
    ``srcnn restore``. Calls depend on nothing but their arguments, so that any number of processes and
    machines can share the pictures of a set. A process keeps the models that it has loaded. Pixels that
    exceed the work's ``max_memory`` lie in scratch files in the system's temporary folder.

    Args:
        content: the whole file.
        name: of the picture; its suffix is the output's, where that format is written, and PNG stands for
            others. Errors name it.
        work: what is done. With several processes on a machine give each its share: ``threads=1`` and
            ``max_memory``.
        file_format: suffix of the output without its dot, such as ``png``, instead of the picture's.

    Raises:
        UsageError: an unknown format or model, or a picture that is as large already as asked for.
        ImageError: a picture that cannot be read, or a result that its format cannot hold.
        WeightsError: weights that cannot be read.
        MemoryError: too little memory even with scratch files.
    """
    job = bytes_job(content, name, Naming(format=file_format).suffix(Path(name)))
    result = _prepared(work)(job, lambda part: None)
    return ChangedBytes(output_of(job), job.suffix, result.width, result.height, result.notes)


def bytes_job(content: bytes, name: str, suffix: str) -> Job:
    """A job from bytes to bytes, in the format of ``suffix``; see `output_of`."""
    return Job(Path(name), STREAM, Path(), suffix=suffix, content=content, sink=io.BytesIO())


def output_of(job: Job) -> bytes:
    """What a `bytes_job` that is done has written."""
    assert isinstance(job.sink, io.BytesIO)
    return job.sink.getvalue()


def _prepared(work: Work) -> ChangeFile:
    try:
        hash(work)
    except TypeError:  # weights that are given as arrays
        return work.prepare(1)
    # What was prepared before a fork has threads that the new process lacks.
    return _kept(work, os.getpid())


@functools.lru_cache(maxsize=_KEPT)
def _kept(work: Work, process: int) -> ChangeFile:
    return work.prepare(1)
