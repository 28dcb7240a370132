"""What ``srcnn restore`` does to a picture, and ``srcnn upscale --restore`` does first."""

import functools
import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from srcnn.atomic import write_bytes
from srcnn.errors import ImageError, UsageError
from srcnn.files import Picture, WriteOptions, jpeg_quality
from srcnn.files.picture_formats import DEFAULTS, WRITTEN, check_suffix
from srcnn.jobs.outcome import JobResult, Made, Outcome
from srcnn.jobs.picture_change import (
    Change,
    Means,
    Source,
    change_picture,
    open_source,
    read_source,
    scratch_for,
)
from srcnn.jobs.plan import STREAM, Job
from srcnn.jobs.request import Request, as_settings, process_files, share_of_memory
from srcnn.jobs.runner import Progress
from srcnn.model import Model
from srcnn.restoration import load_restorer, restore
from srcnn.system import usable_cores
from srcnn.types import Pixels
from srcnn.weights import Weights
from srcnn.zoo import is_whole_name, restored_qualities


@dataclass(frozen=True)
class RestoreOptions:
    """How pictures are restored.

    Attributes:
        model: see `srcnn.restore`; of a name such as ``9-5-5``, the weights for each JPEG's quality.
        quality_of: what quality all pictures had, whatever their files say; for pictures that were JPEGs and
            are saved in another format since.
        engine: see `srcnn.engines.create_engine`; None is the default one.
        ensemble: the mean over the 8 flips and rotations; 8 times slower, a little better.
        tile: side of the pieces that are worked on; see `srcnn.restore`.
        write: how results are written.
        max_memory: see `srcnn.jobs.UpscaleOptions`.

    Raises:
        UsageError: an option that cannot be meant.
    """

    model: str | os.PathLike[str] | Weights = "9-5-5"
    quality_of: int | None = None
    engine: str | None = None
    ensemble: bool = False
    tile: int | None = None
    write: WriteOptions = DEFAULTS
    max_memory: int | None = None

    def __post_init__(self) -> None:
        if self.quality_of not in (None, *range(1, 101)):
            raise UsageError(f"expected a JPEG quality of 1 to 100, got {self.quality_of}")


def restore_files(
    request: Request,
    options: RestoreOptions,
    *,
    progress: Progress | None = None,
    report: Callable[[JobResult], None] | None = None,
) -> Outcome:
    """Restore pictures from files to files.

    A JPEG of a better quality than weights are shipped for becomes its own output: a copy to the byte, or
    the same pixels where another format is asked for.

    Args:
        request: which pictures, and where to.
        options: how.
        progress: see `srcnn.jobs.runner.Progress`.
        report: called with each result as it comes.

    Returns:
        What became of each picture; the failed ones, those that never were JPEGs among them, carry their
        error.

    Raises:
        UsageError: arguments that cannot be meant; nothing has been done then.
        ImageError: a folder without pictures, or an output folder that cannot be made or written to.
        WeightsError: weights that cannot be read.
    """
    return process_files(
        request,
        functools.partial(_Restoring, options),
        settings=as_settings("restore", options),
        progress=progress,
        report=report,
    )


class Restorers:
    """The models that pictures need, each loaded once.

    Args:
        options: how.
        threads: of each model.

    Attributes:
        by_quality: the model is a name that stands for several, one for each quality.
        best: the best quality that there are weights for.

    Raises:
        UsageError: an unknown model, one that does not restore, or one that a quality means nothing to.
        WeightsError: weights that cannot be read.
    """

    def __init__(self, options: RestoreOptions, threads: int) -> None:
        self.options = options
        name = options.model if isinstance(options.model, str) else ""
        self.by_quality = bool(name) and not is_whole_name(name)
        if options.quality_of is not None and not self.by_quality:
            raise UsageError("expected a quality or a model that is for one damage alone, got both")
        self.load = functools.cache(
            lambda quality: load_restorer(options.model, quality, engine=options.engine, threads=threads)
        )
        self.best = restored_qualities(name)[-1] if self.by_quality else 100
        self.load(self.best if self.by_quality else None)  # now, and not picture by picture, what is unknown

    def quality(self, source: Source) -> int | None:
        """The quality a picture is restored from; None where it never was a JPEG, or goes through one model.

        Raises:
            ImageError: a file that cannot be read.
        """
        return (self.options.quality_of or quality_in(source)) if self.by_quality else None

    def too_good(self, quality: int | None) -> str:
        """Why a JPEG is not restored, as a note on it."""
        return f"its quality of {quality} is above {self.best}, the best that is restored"


class _Restoring:
    """A work, as `srcnn.jobs` describes it."""

    def __init__(self, options: RestoreOptions, workers: int) -> None:
        self.options = options
        self.restorers = Restorers(options, max(1, usable_cores() // workers))
        self.memory = share_of_memory(options.max_memory, workers)

    def __call__(self, job: Job, progress: Callable[[float], None]) -> Made:
        source = open_source(job)
        quality = self.restorers.quality(source)
        if quality is None and self.restorers.by_quality:
            raise ImageError(
                f"expected a JPEG, got {job.source}, which is none; if it was one once, say its quality with "
                "--damage-quality"
            )
        net = self.restorers.load(quality)
        if net is None:
            return self._leave(job, source, self.restorers.too_good(quality), progress)
        return self._change(job, source, Restoration(self.options, net, told(quality, net)), progress)

    def _leave(self, job: Job, source: Source, why: str, progress: Callable[[float], None]) -> Made:
        note = f"left as it is: {why}"
        write = self.options.write
        if write.depth or write.strip or _format_of(job, source) is not WRITTEN[check_suffix(_name(job))]:
            return self._change(job, source, _Nothing(note), progress)
        # So that no broken file is handed on.
        height, width = read_source(source, scratch_for(job, self.memory)).pixels.shape[:2]
        if not job.in_place:
            _copy(source, job)
        return Made(width, height, (note,))

    def _change(self, job: Job, source: Source, change: Change, progress: Callable[[float], None]) -> Made:
        write = self.options.write
        return change_picture(job, change, progress, write=write, memory=self.memory, source=source)


def quality_in(source: Source) -> int | None:
    """The quality that a JPEG's own tables tell; None of another format.

    Raises:
        ImageError: a file that cannot be read.
    """
    if isinstance(source, io.BytesIO):
        source.seek(0)
    return jpeg_quality(source)


def _format_of(job: Job, source: Source) -> object:
    """One of the formats that are written, or None."""
    return WRITTEN.get(".jpg" if quality_in(source) is not None else job.source.suffix.lower())


def _name(job: Job) -> str:
    return f"{job.target}{job.suffix}"


def _copy(source: Source, job: Job) -> None:
    content = source.getvalue() if isinstance(source, io.BytesIO) else source.read_bytes()
    if job.target == STREAM:
        sys.stdout.buffer.write(content)
        return
    job.target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(content, job.target)


def told(quality: int | None, net: Model) -> str:
    """What was done to a picture, as a note on it."""
    before = "" if quality is None else f"JPEG of quality {quality}, "
    return f"{before}restored with {net.card.name}"


@dataclass(frozen=True)
class Restoration:
    """A change that restores with one model, and says so in a note."""

    options: RestoreOptions
    net: Model
    note: str

    def shape(self, picture: Picture) -> tuple[int, ...]:
        """That of the picture."""
        return picture.pixels.shape

    def __call__(self, picture: Picture, means: Means) -> tuple[Pixels, tuple[str, ...]]:
        """The restored pixels, and the note."""
        pixels = restore(
            picture.pixels,
            model=self.net,
            ensemble=self.options.ensemble,
            tile=means.tile or self.options.tile,
            progress=lambda done, total: means.progress(done / total),
            empty=means.empty,
        )
        return pixels, (self.note,)


@dataclass(frozen=True)
class _Nothing:
    note: str

    def shape(self, picture: Picture) -> tuple[int, ...]:
        return picture.pixels.shape

    def __call__(self, picture: Picture, means: Means) -> tuple[Pixels, tuple[str, ...]]:
        return picture.pixels, (self.note,)
