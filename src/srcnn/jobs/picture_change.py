"""Read a picture, check that the result can be written, change it, write it; in scratch files if need be."""

import io
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy.typing as npt

from srcnn.errors import ImageError
from srcnn.files import (
    Picture,
    Scratch,
    WriteOptions,
    check_holds,
    read_picture,
    send_picture,
    without_needless_alpha,
    write_picture,
)
from srcnn.jobs.outcome import Advance, JobResult
from srcnn.jobs.plan import STREAM, Job
from srcnn.system import Empty, gigabytes, memory_budget
from srcnn.tiling import BLOCK
from srcnn.types import Array, Pixels

LARGE = 2**28
"""Bytes of one picture's pixels from which on they lie in a scratch file, however much memory there is: so
that what a run takes does not grow with the picture. 256 MiB are 89 million pixels of 8-bit RGB."""
_HELD = 3
"""Pictures held at once at most: what a step is given, what it makes, and what comes between."""

Source = Path | io.BytesIO
"""What a job reads."""


class _NamedBytes(io.BytesIO):
    """Bytes that errors call by the name of their picture."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


class Change(Protocol):
    """What is done to the pixels of a picture."""

    def shape(self, picture: Picture) -> tuple[int, ...]:
        """Shape of the result; raises what is known to be wrong before any work."""
        ...

    def __call__(
        self, picture: Picture, progress: Advance, empty: Empty, tile: int | None
    ) -> tuple[Pixels, tuple[str, ...]]:
        """The result, and notes on deliberate changes.

        ``tile`` is the side of the pieces to work on; None is what the change's own options say.
        """
        ...


def change_picture(
    job: Job,
    change: Change,
    progress: Advance,
    *,
    write: WriteOptions,
    memory: int,
    max_pixels: int | None = None,
    source: Source | None = None,
) -> JobResult:
    """Do one job whose result is another picture with the same things belonging to it.

    Pixels that do not fit into ``memory`` are read into, and made in, scratch files beside the output, which
    have no names and are gone afterwards, whatever happens; a line on stderr says so. Where memory runs out
    all the same, it is tried once more with the smallest tiles and all pixels in files.

    Args:
        job: what to read and write.
        change: what is done to the pixels.
        progress: called with the part that is done.
        write: how the result is written.
        memory: bytes that pixels may take, see `share_of_memory`.
        max_pixels: of the picture, and of the result; None is no limit.
        source: the result of `open_source` for the job, where that has been called.

    Raises:
        ImageError: a picture that cannot be read, a result that cannot be held or written, or a file in place
            that holds more than the picture.
        PixelLimitError: more than ``max_pixels``.
        MemoryError: there is too little even for that.
    """
    source = open_source(job) if source is None else source
    try:
        return _once(
            job, source, change, progress, write, scratch=scratch_for(job, memory, max_pixels), tile=None
        )
    except MemoryError:
        scratch = Scratch(_folder_for(job), 0, max_pixels)
    return _once(job, source, change, progress, write, scratch=scratch, tile=BLOCK)


def share_of_memory(max_memory: int | None, workers: int) -> int:
    """Bytes that pixels may take in one of so many workers; by default their share of `memory_budget`."""
    return (memory_budget() if max_memory is None else max_memory) // workers


def open_source(job: Job) -> Source:
    """The file that a job reads, or all bytes of it or of standard input, to be read as often as need be."""
    if job.content is not None:
        return _NamedBytes(job.content, str(job.source))
    return io.BytesIO(sys.stdin.buffer.read()) if job.source == STREAM else job.source


def output_stream(job: Job) -> BinaryIO:
    """Where the output of a job goes whose target is `STREAM`."""
    return sys.stdout.buffer if job.sink is None else job.sink


def scratch_for(job: Job, memory: int, max_pixels: int | None = None) -> Scratch:
    """Where a job's pixels lie that do not fit into so many bytes of memory; see `change_picture`."""
    return Scratch(_folder_for(job), min(memory // _HELD, LARGE), max_pixels)


def read_source(source: Source, scratch: Scratch) -> Picture:
    """`read_picture` of the result of `open_source`."""
    if isinstance(source, io.BytesIO):
        source.seek(0)
    return read_picture(source, scratch=scratch)


def _once(
    job: Job,
    source: Source,
    change: Change,
    progress: Advance,
    write: WriteOptions,
    *,
    scratch: Scratch,
    tile: int | None,
) -> JobResult:
    def empty(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
        array = scratch.empty(shape, dtype, str(job.source))
        _announce(array, job, scratch)
        return array

    name = f"{job.target}{job.suffix}"
    picture = without_needless_alpha(read_source(source, scratch), name)
    _announce(picture.pixels, job, scratch)
    if job.in_place and picture.dropped and not job.drop_rest:
        raise ImageError(
            f"{job.source} holds more than the picture, which would be lost in place: "
            f"{', '.join(picture.dropped)}; write to another file, or use --drop-rest"
        )
    shape = change.shape(picture)
    scratch.check_count(shape, "the result")
    check_holds(name, shape, picture.pixels.dtype, write)
    pixels, notes = change(picture, progress, empty, tile)
    result = replace(picture, pixels=pixels)
    if job.target == STREAM:
        written = send_picture(result, output_stream(job), job.suffix, write)
    else:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        written = write_picture(result, job.target, write)
    notes = picture.notes + notes + written
    return JobResult(job.source, job.target, width=shape[1], height=shape[0], notes=notes)


def _folder_for(job: Job) -> Path:
    """Where scratch files go: beside the output, or above its folder as long as that is not made."""
    if job.target == STREAM:
        return Path(tempfile.gettempdir())
    parent = job.target.absolute().parent
    return next((folder for folder in (parent, *parent.parents) if folder.is_dir()), parent)


def _announce(pixels: Array, job: Job, scratch: Scratch) -> None:
    # At once and not with the other notes, after the work: it takes room on a disk meanwhile.
    if scratch.takes(pixels.nbytes):
        height, width = pixels.shape[:2]
        print(
            f"srcnn: note: {job.source}: {width}x{height} pixels lie in a scratch file of "
            f"{gigabytes(pixels.nbytes)} in {scratch.folder}",
            file=sys.stderr,
            flush=True,
        )
