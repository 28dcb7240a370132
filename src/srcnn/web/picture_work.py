"""What a worker process of the service does: any picture with any options."""

import functools
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from srcnn.errors import ImageError, PixelLimitError, SrcnnError
from srcnn.files import WriteOptions
from srcnn.jobs import Job, JobResult, RestoreOptions, UpscaleOptions, Work, change_picture
from srcnn.jobs.outcome import Advance
from srcnn.jobs.picture_change import share_of_memory
from srcnn.jobs.restore_job import Unchanged
from srcnn.jobs.worker import ChangeFile

_KEPT = 8  # sets of options whose models stay loaded
_PREVIEW = WriteOptions(depth=8, strip=True)
CANCELLED = "cancelled"


@dataclass(frozen=True)
class PictureJob(Job):
    """A job that says itself what is done."""

    work: Work = field(default_factory=UpscaleOptions)


@dataclass(frozen=True)
class TooLarge(JobResult):
    """The result of a picture that has too many pixels."""


@dataclass(frozen=True)
class Preview:
    """A `Work`: the same picture as a PNG of 8 bits, which every browser shows."""

    max_memory: int
    max_pixels: int

    def settings(self) -> dict[str, Any]:
        """See `Work`."""
        return {}

    def prepare(self, workers: int) -> ChangeFile:
        """See `Work`."""
        memory = share_of_memory(self.max_memory, workers)

        def change(job: Job, progress: Advance) -> JobResult:
            return change_picture(
                job, Unchanged(""), progress, write=_PREVIEW, memory=memory, max_pixels=self.max_pixels
            )

        return change


@dataclass(frozen=True)
class PictureWork:
    """A `Work` whose jobs are `PictureJob`.

    A job whose source disappears is cancelled: it ends at its next tile.
    """

    def settings(self) -> dict[str, Any]:
        """See `Work`."""
        return {}

    def prepare(self, workers: int) -> ChangeFile:
        """See `Work`; what most requests ask for is loaded at once."""

        @functools.lru_cache(_KEPT)
        def prepared(work: Work) -> ChangeFile:
            return work.prepare(workers)

        with suppress(SrcnnError):
            prepared(UpscaleOptions())
            prepared(RestoreOptions())

        def change(job: Job, progress: Advance) -> JobResult:
            assert isinstance(job, PictureJob)

            def advance(part: float) -> None:
                if not job.source.exists():
                    raise ImageError(f"{job.source}: {CANCELLED}")
                progress(part)

            try:
                return prepared(job.work)(job, advance)
            except PixelLimitError as error:
                return TooLarge(job.source, job.target, error=str(error))

        return change
