"""What ``srcnn upscale`` does to a picture."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from srcnn.back_projection import check_steps
from srcnn.enlargement import check_enlarges, upscale
from srcnn.errors import UsageError
from srcnn.files import Picture, WriteOptions
from srcnn.files.picture_formats import DEFAULTS
from srcnn.jobs.outcome import JobResult, Made, Outcome
from srcnn.jobs.picture_change import Means, Source, change_picture, open_source
from srcnn.jobs.plan import Job
from srcnn.jobs.request import Request, as_settings, process_files, share_of_memory
from srcnn.jobs.restore_job import Restoration, RestoreOptions, Restorers, told
from srcnn.jobs.runner import Progress
from srcnn.model import Model, load_model
from srcnn.pixels import AlphaMode, check_alpha_mode
from srcnn.scales import TWICE, Size, check_passes, output_size, step_scale
from srcnn.system import usable_cores
from srcnn.tiling import tile_size
from srcnn.types import Pixels
from srcnn.weights import Weights
from srcnn.zoo import find_model, is_file_name


@dataclass(frozen=True)
class UpscaleOptions:
    """How pictures are enlarged.

    Attributes:
        size: how large they are to become.
        model: see `srcnn.load_model`; of a name such as ``9-5-5``, the weights nearest to the scale.
        engine: see `srcnn.engines.create_engine`; None is the default one.
        ensemble: the mean over the 8 flips and rotations; 8 times slower, a little better.
        passes: equal steps to reach the scale in; see `srcnn.upscale`.
        back_projection: steps after each pass; see `srcnn.upscale`.
        alpha: what becomes of opacity; see `srcnn.upscale`.
        restore: undo JPEG's damage first, by the quality that a file's own tables tell.
        quality_of: what quality all pictures had, whatever their files say; with ``restore``.
        tile: side of the pieces that are worked on, in output pixels; see `srcnn.upscale`.
        write: how results are written.
        max_memory: bytes that pixels may take, in all workers together; by default a quarter of the
            machine's. See `srcnn.jobs.change_picture`.

    Raises:
        UsageError: an option that cannot be meant.
    """

    size: Size = TWICE
    model: str | os.PathLike[str] | Weights = "9-5-5"
    engine: str | None = None
    ensemble: bool = False
    passes: int | None = None
    back_projection: int = 0
    alpha: AlphaMode = "network"
    restore: bool = False
    quality_of: int | None = None
    tile: int | None = None
    write: WriteOptions = DEFAULTS
    max_memory: int | None = None

    def __post_init__(self) -> None:
        check_steps(self.back_projection)
        check_passes(self.passes)
        check_alpha_mode(self.alpha)
        if self.tile is not None:
            tile_size(self.tile)
        if self.quality_of is not None and not self.restore:
            raise UsageError("use --damage-quality with --restore")
        self.restoring()

    def restoring(self) -> RestoreOptions | None:
        """How pictures are restored before they are enlarged; None if they are not."""
        if not self.restore:
            return None
        return RestoreOptions(
            quality_of=self.quality_of, engine=self.engine, ensemble=self.ensemble, tile=self.tile
        )


def upscale_files(
    request: Request,
    options: UpscaleOptions,
    *,
    progress: Progress | None = None,
    report: Callable[[JobResult], None] | None = None,
) -> Outcome:
    """Upscale pictures from files to files.

    Args:
        request: which pictures, and where to.
        options: how.
        progress: see `srcnn.jobs.runner.Progress`.
        report: called with each result as it comes.

    Returns:
        What became of each picture; the failed ones, such as those that are larger already than asked for,
        carry their error.

    Raises:
        UsageError: arguments that cannot be meant; nothing has been done then.
        ImageError: a folder without pictures, or an output folder that cannot be made or written to.
        WeightsError: weights that cannot be read.
    """
    return process_files(
        request,
        functools.partial(_Upscaling, options),
        settings=as_settings("upscale", options),
        progress=progress,
        report=report,
    )


class _Upscaling:
    """A work, as `srcnn.jobs` describes it."""

    def __init__(self, options: UpscaleOptions, workers: int) -> None:
        self.options = options
        self.memory = share_of_memory(options.max_memory, workers)
        threads = max(1, usable_cores() // workers)
        self._load = functools.cache(lambda model: load_model(model, engine=options.engine, threads=threads))
        self.net(options.size.scale or 2.0)  # now, and not picture by picture, what is unknown
        restoring = options.restoring()
        self.restorers = Restorers(restoring, threads) if restoring else None

    def net(self, scale: float) -> Model:
        """The model for a scale; each is loaded once."""
        model = self.options.model
        if isinstance(model, str) and not is_file_name(model):
            model = find_model(model, step_scale(scale, self.options.passes))
        net = self._load(model)
        check_enlarges(net)
        return net

    def __call__(self, job: Job, progress: Callable[[float], None]) -> Made:
        source = open_source(job)
        first, note = self.before(source)
        change = _Enlargement(self.options, self.net, first, note)
        write = self.options.write
        return change_picture(job, change, progress, write=write, memory=self.memory, source=source)

    def before(self, source: Source) -> tuple[Restoration | None, str]:
        """What is undone before a picture is enlarged, or a note on why nothing is."""
        if self.restorers is None:
            return None, ""
        quality = self.restorers.quality(source)
        if quality is None:
            return None, "enlarged without being restored: it is no JPEG"
        net = self.restorers.load(quality)
        if net is None:
            return None, f"enlarged without being restored: {self.restorers.too_good(quality)}"
        return Restoration(self.restorers.options, net, told(quality, net)), ""


@dataclass(frozen=True)
class _Enlargement:
    options: UpscaleOptions
    net: Callable[[float], Model]
    before: Restoration | None
    note: str

    def shape(self, picture: Picture) -> tuple[int, ...]:
        old = picture.pixels.shape
        size = output_size(old, self.options.size.factor(old))
        channels = old[2:]
        if self.options.alpha == "drop" and channels in ((2,), (4,)):
            channels = (3,) if channels == (4,) else ()
        return (*size, *channels)

    def __call__(self, picture: Picture, means: Means) -> tuple[Pixels, tuple[str, ...]]:
        options = self.options
        scale = options.size.factor(picture.pixels.shape)
        notes = [self.note] if self.note else []
        given, part = picture.pixels, 0.0
        if self.before is not None:
            part = 1 / (1 + scale**2)  # of the work, which goes by the pixels
            given, restored = self.before(
                picture, replace(means, progress=lambda done: means.progress(done * part))
            )
            notes += restored
        pixels = upscale(
            given,
            scale,
            model=self.net(scale),
            ensemble=options.ensemble,
            passes=options.passes,
            back_projection=options.back_projection,
            alpha=options.alpha,
            tile=means.tile or options.tile,
            progress=lambda done, total: means.progress(part + (1 - part) * done / total),
            empty=means.empty,
        )
        if pixels.shape[2:] != picture.pixels.shape[2:]:
            notes.append("transparency is dropped, as asked")
        return pixels, tuple(notes)
