"""Read a picture, check that the result can be written, change it, write it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from srcnn.files import Picture, Pixels, WriteOptions, check_holds, read_picture, write_picture
from srcnn.jobs.plan import Job
from srcnn.jobs.results import Made


class Change(Protocol):
    """What is done to the pixels of a picture."""

    def shape(self, picture: Picture) -> tuple[int, ...]:
        """Shape of the result; raises what is known to be wrong before any work."""
        ...

    def __call__(self, picture: Picture, progress: Callable[[float], None]) -> tuple[Pixels, tuple[str, ...]]:
        """The result, and notes on what was changed knowingly."""
        ...


def change_picture(
    job: Job, change: Change, progress: Callable[[float], None], *, write: WriteOptions
) -> Made:
    """Do one job whose result is another picture with the same things belonging to it.

    Args:
        job: what to read and write.
        change: what is done to the pixels.
        progress: called with the part that is done.
        write: how the result is written.

    Raises:
        ImageError: a picture that cannot be read, or a result that cannot be held or written.
    """
    picture = read_picture(job.source)
    shape = change.shape(picture)
    check_holds(job.target, shape, picture.pixels.dtype, write)
    pixels, notes = change(picture, progress)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    written = write_picture(replace(picture, pixels=pixels), job.target, write)
    return Made(shape[1], shape[0], picture.notes + notes + written)
