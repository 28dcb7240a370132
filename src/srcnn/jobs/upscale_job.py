"""What ``srcnn upscale`` does to a picture."""

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from srcnn.back_projection import check_steps
from srcnn.enlargement import check_enlarges, upscale
from srcnn.errors import UsageError
from srcnn.files import Picture, WriteOptions
from srcnn.files.picture_formats import DEFAULTS
from srcnn.jobs.journal import settings_of
from srcnn.jobs.outcome import Advance, JobResult
from srcnn.jobs.picture_change import Source, change_picture, open_source, share_of_memory
from srcnn.jobs.plan import Job
from srcnn.jobs.restore_job import Restoration, RestoreOptions, Restorers
from srcnn.model import Model, load_model
from srcnn.pixels import AlphaMode, check_alpha_mode
from srcnn.scales import TWICE, Size, check_passes, output_size, step_scale
from srcnn.system import Empty, usable_cores
from srcnn.tiling import tile_size
from srcnn.types import Pixels
from srcnn.weights import Weights
from srcnn.zoo import find_model, is_file_name

MODES: dict[str, tuple[str, bool]] = {
    "fast": ("9-1-5", False),
    "balanced": ("9-5-5", False),
    "best": ("best", True),
}
"""Model and ensemble of each mode of quality."""


def choose_network(mode: str | None, model: str | None, ensemble: bool) -> tuple[str, bool]:
    """Model and ensemble, from the mode of quality or from their own options.

    Raises:
        UsageError: an unknown mode, or both.
    """
    if mode is None:
        return model or "9-5-5", ensemble
    if mode not in MODES:
        raise UsageError(f"expected a quality mode of {', '.join(MODES)}, got {mode!r}")
    if model is not None or ensemble:
        name, averaged = MODES[mode]
        meaning = f"--model {name}{' --ensemble' if averaged else ''}"
        other = "--model" if model is not None else "--ensemble"
        raise UsageError(f"use either --quality-mode or {other}; {mode} stands for {meaning}")
    return MODES[mode]


@dataclass(frozen=True)
class UpscaleOptions:
    """How pictures are enlarged: a `Work`.

    A picture that is as large already as asked for is an error in its result.

    Attributes:
        size: how large they are to become.
        model: see `srcnn.load_model`; of a name such as ``9-5-5``, the weights nearest to the scale.
        engine: see `srcnn.engines.create_engine`; None is the default one.
        threads: of the network; by default the cores, shared among the workers.
        ensemble: the mean over the 8 flips and rotations; 8 times slower, a little better.
        passes: equal steps to reach the scale in; see `srcnn.upscale`.
        back_projection: steps after each pass; see `srcnn.upscale`.
        alpha: how opacity is enlarged; see `srcnn.upscale`.
        restore: undo JPEG's damage first, by the quality that a file's own tables tell.
        quality_of: the JPEG quality of all pictures, whatever their files say; with ``restore``.
        tile: side of the pieces that are worked on, in output pixels; see `srcnn.upscale`.
        write: how results are written.
        max_memory: bytes that pixels may take, in all workers together; by default `memory_budget`. See
            `change_picture`.
        max_pixels: of a picture, and of its result; None is no limit.

    Raises:
        UsageError: an invalid option.
    """

    size: Size = TWICE
    model: str | os.PathLike[str] | Weights = "9-5-5"
    engine: str | None = None
    threads: int | None = None
    ensemble: bool = False
    passes: int | None = None
    back_projection: int = 0
    alpha: AlphaMode = "network"
    restore: bool = False
    quality_of: int | None = None
    tile: int | None = None
    write: WriteOptions = DEFAULTS
    max_memory: int | None = None
    max_pixels: int | None = None

    def __post_init__(self) -> None:
        check_steps(self.back_projection)
        check_passes(self.passes)
        check_alpha_mode(self.alpha)
        if self.tile is not None:
            tile_size(self.tile)
        if self.quality_of is not None and not self.restore:
            raise UsageError("use --damage-quality with --restore")
        self.restoring()

    def settings(self) -> dict[str, Any]:
        """See `Work`."""
        return settings_of("upscale", self)

    def prepare(self, workers: int) -> "_UpscaleFile":
        """See `Work`."""
        return _UpscaleFile(self, workers)

    def restoring(self) -> RestoreOptions | None:
        """How pictures are restored before they are enlarged; None if they are not."""
        if not self.restore:
            return None
        return RestoreOptions(
            quality_of=self.quality_of,
            engine=self.engine,
            threads=self.threads,
            ensemble=self.ensemble,
            tile=self.tile,
        )


class _UpscaleFile:
    """Upscales one file; see `ChangeFile`."""

    def __init__(self, options: UpscaleOptions, workers: int) -> None:
        self.options = options
        self.memory = share_of_memory(options.max_memory, workers)
        threads = options.threads or max(1, usable_cores() // workers)
        self._load = functools.cache(
            lambda path: load_model(path or options.model, engine=options.engine, threads=threads)
        )
        self.net(options.size.scale or 2.0)  # now, and not picture by picture, what is unknown
        restoring = options.restoring()
        self.restorers = Restorers(restoring, threads) if restoring else None

    def net(self, scale: float) -> Model:
        """The model for a scale; each is loaded once."""
        model = self.options.model
        path = None
        if isinstance(model, str) and not is_file_name(model):
            path = find_model(model, step_scale(scale, self.options.passes))
        net = self._load(path)
        check_enlarges(net)
        return net

    def __call__(self, job: Job, progress: Advance) -> JobResult:
        source = open_source(job)
        first, note = self.before(source)
        change = _Enlargement(self.options, self.net, first, note)
        return change_picture(
            job,
            change,
            progress,
            write=self.options.write,
            memory=self.memory,
            max_pixels=self.options.max_pixels,
            source=source,
        )

    def before(self, source: Source) -> tuple[Restoration | None, str]:
        """What is undone before a picture is enlarged, or a note on why nothing is."""
        if self.restorers is None:
            return None, ""
        quality = self.restorers.quality(source)
        if quality is None:
            return None, "enlarged without being restored: it is no JPEG"
        if self.restorers.load(quality) is None:
            return None, f"enlarged without being restored: {self.restorers.too_good(quality)}"
        return Restoration(self.restorers, quality), ""


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

    def __call__(
        self, picture: Picture, progress: Advance, empty: Empty, tile: int | None
    ) -> tuple[Pixels, tuple[str, ...]]:
        options = self.options
        scale = options.size.factor(picture.pixels.shape)
        notes = [self.note] if self.note else []
        source, part = picture.pixels, 0.0
        if self.before is not None:
            part = 1 / (1 + scale**2)  # of the work, which goes by the pixels
            source, restored = self.before(picture, lambda done: progress(done * part), empty, tile)
            notes += restored
        pixels = upscale(
            source,
            scale,
            model=self.net(scale),
            ensemble=options.ensemble,
            passes=options.passes,
            back_projection=options.back_projection,
            alpha=options.alpha,
            tile=tile or options.tile,
            progress=lambda done, total: progress(part + (1 - part) * done / total),
            empty=empty,
        )
        if pixels.shape[2:] != picture.pixels.shape[2:]:
            notes.append("transparency is dropped, as asked")
        return pixels, tuple(notes)
