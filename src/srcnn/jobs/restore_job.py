"""What ``srcnn restore`` does to a picture, and ``srcnn upscale --restore`` does first."""

import functools
import io
import os
from dataclasses import dataclass
from typing import Any

from srcnn.atomic import write_bytes
from srcnn.errors import ImageError, UsageError
from srcnn.files import Picture, WriteOptions, jpeg_quality
from srcnn.files.picture_formats import DEFAULTS, WRITTEN, check_suffix
from srcnn.jobs.journal import settings_of
from srcnn.jobs.outcome import Advance, JobResult
from srcnn.jobs.picture_change import (
    Change,
    Source,
    change_picture,
    open_source,
    output_stream,
    read_source,
    scratch_for,
    share_of_memory,
)
from srcnn.jobs.plan import STREAM, Job
from srcnn.model import Model
from srcnn.restoration import has_color, load_restorer, restore
from srcnn.system import Empty, usable_cores
from srcnn.types import Pixels
from srcnn.weights import Weights
from srcnn.zoo import is_whole_name, restored_qualities


@dataclass(frozen=True)
class RestoreOptions:
    """How pictures are restored, at the same size: a `Work`.

    A JPEG of a better quality than weights are shipped for becomes its own output: a copy to the byte, or
    the same pixels where another format is asked for. A picture that is no JPEG is an error in its result,
    unless ``quality_of`` or one whole model says what it went through.

    Attributes:
        model: see `srcnn.restore`; of a name such as ``9-5-5``, the weights for each JPEG's quality.
        quality_of: what quality all pictures had, whatever their files say; for pictures that were JPEGs and
            are saved in another format since.
        engine: see `srcnn.engines.create_engine`; None is the default one.
        threads: of the network; by default the cores, shared among the workers.
        ensemble: the mean over the 8 flips and rotations; 8 times slower, a little better.
        tile: side of the pieces that are worked on; see `srcnn.restore`.
        write: how results are written.
        max_memory: as in `UpscaleOptions`.
        max_pixels: as in `UpscaleOptions`.

    Raises:
        UsageError: an invalid option.
    """

    model: str | os.PathLike[str] | Weights = "9-5-5"
    quality_of: int | None = None
    engine: str | None = None
    threads: int | None = None
    ensemble: bool = False
    tile: int | None = None
    write: WriteOptions = DEFAULTS
    max_memory: int | None = None
    max_pixels: int | None = None

    def __post_init__(self) -> None:
        if self.quality_of not in (None, *range(1, 101)):
            raise UsageError(f"expected a JPEG quality of 1 to 100, got {self.quality_of}")

    def settings(self) -> dict[str, Any]:
        """See `Work`."""
        return settings_of("restore", self)

    def prepare(self, workers: int) -> "_RestoreFile":
        """See `Work`."""
        return _RestoreFile(self, workers)


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
            lambda quality, color=False: load_restorer(
                options.model, quality, color=color, engine=options.engine, threads=threads
            )
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


class _RestoreFile:
    """Restores one file; see `ChangeFile`."""

    def __init__(self, options: RestoreOptions, workers: int) -> None:
        self.options = options
        self.restorers = Restorers(options, options.threads or max(1, usable_cores() // workers))
        self.memory = share_of_memory(options.max_memory, workers)

    def __call__(self, job: Job, progress: Advance) -> JobResult:
        source = open_source(job)
        quality = self.restorers.quality(source)
        if quality is None and self.restorers.by_quality:
            raise ImageError(
                f"expected a JPEG, got {job.source}, which is none; if it was one once, give its quality "
                "with --damage-quality"
            )
        if self.restorers.load(quality) is None:
            return self._leave(job, source, self.restorers.too_good(quality), progress)
        return self._change(job, source, Restoration(self.restorers, quality), progress)

    def _leave(self, job: Job, source: Source, why: str, progress: Advance) -> JobResult:
        note = f"left as it is: {why}"
        write = self.options.write
        if write.depth or write.strip or _format_of(job, source) is not WRITTEN[check_suffix(_name(job))]:
            return self._change(job, source, Unchanged(note), progress)
        # So that no broken file is handed on.
        scratch = scratch_for(job, self.memory, self.options.max_pixels)
        height, width = read_source(source, scratch).pixels.shape[:2]
        if not job.in_place:
            _copy(source, job)
        return JobResult(job.source, job.target, width=width, height=height, notes=(note,))

    def _change(self, job: Job, source: Source, change: Change, progress: Advance) -> JobResult:
        return change_picture(
            job,
            change,
            progress,
            write=self.options.write,
            memory=self.memory,
            max_pixels=self.options.max_pixels,
            source=source,
        )


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
        output_stream(job).write(content)
        return
    job.target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(content, job.target)


def note_of(quality: int | None, net: Model) -> str:
    """What was done to a picture, as a note on it."""
    before = "" if quality is None else f"JPEG of quality {quality}, "
    return f"{before}restored with {net.card.name}"


@dataclass(frozen=True)
class Restoration:
    """A change that restores with the model for a quality and the picture's colour, and says so in a note."""

    restorers: Restorers
    quality: int | None

    def shape(self, picture: Picture) -> tuple[int, ...]:
        """That of the picture."""
        return picture.pixels.shape

    def __call__(
        self, picture: Picture, progress: Advance, empty: Empty, tile: int | None
    ) -> tuple[Pixels, tuple[str, ...]]:
        """The restored pixels, and the note."""
        options = self.restorers.options
        net = self.restorers.load(self.quality, has_color(picture.pixels))
        assert net is not None
        pixels = restore(
            picture.pixels,
            model=net,
            ensemble=options.ensemble,
            tile=tile or options.tile,
            progress=lambda done, total: progress(done / total),
            empty=empty,
        )
        return pixels, (note_of(self.quality, net),)


@dataclass(frozen=True)
class Unchanged:
    """A change that changes no pixel; ``note`` says why."""

    note: str

    def shape(self, picture: Picture) -> tuple[int, ...]:
        """That of the picture."""
        return picture.pixels.shape

    def __call__(
        self, picture: Picture, progress: Advance, empty: Empty, tile: int | None
    ) -> tuple[Pixels, tuple[str, ...]]:
        """The pixels as they are, and the note."""
        return picture.pixels, (self.note,)
