"""What ``srcnn upscale`` does to a picture."""

import functools
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from srcnn.engines.base import usable_cores
from srcnn.files import Picture, Pixels, WriteOptions
from srcnn.files.formats import DEFAULTS
from srcnn.jobs.pictures import change_picture
from srcnn.jobs.plan import Job
from srcnn.jobs.request import Request, process_files
from srcnn.jobs.results import JobResult, Made, Outcome
from srcnn.jobs.running import Progress
from srcnn.model import Model, load_model
from srcnn.refine import check_steps
from srcnn.upscale import check_scale, output_size, step_scale, upscale
from srcnn.weights import Weights


@dataclass(frozen=True)
class UpscaleOptions:
    """How pictures are enlarged.

    Attributes:
        scale: larger than 1.
        model: see `srcnn.load_model`; of a name such as ``9-5-5``, the weights nearest to the scale.
        engine: see `srcnn.engines.create_engine`; None is the default one.
        ensemble: the mean over the 8 flips and rotations; 8 times slower, a little better.
        passes: equal steps to reach the scale in; see `srcnn.upscale`.
        back_projection: steps after each pass; see `srcnn.upscale`.
        tile: side of the pieces that are worked on, in output pixels; see `srcnn.upscale`.
        write: how results are written.

    Raises:
        UsageError: an option that cannot be meant.
    """

    scale: float = 2.0
    model: str | os.PathLike[str] | Weights = "9-5-5"
    engine: str | None = None
    ensemble: bool = False
    passes: int | None = None
    back_projection: int = 0
    tile: int | None = None
    write: WriteOptions = DEFAULTS

    def __post_init__(self) -> None:
        check_scale(self.scale)
        check_steps(self.back_projection)
        step_scale(self.scale, self.passes)


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
        progress: see `srcnn.jobs.running.Progress`.
        report: called with each result as it comes.

    Returns:
        What became of each picture; the failed ones carry their error.

    Raises:
        UsageError: arguments that cannot be meant; nothing has been done then.
        ImageError: a folder without pictures, or an output folder that cannot be made or written to.
        WeightsError: weights that cannot be read.
    """
    return process_files(
        request,
        functools.partial(_Upscaling, options),
        settings=asdict(replace(options, model=str(options.model))),
        progress=progress,
        report=report,
    )


class _Upscaling:
    """A work, as `srcnn.jobs` describes it."""

    def __init__(self, options: UpscaleOptions, workers: int) -> None:
        self.options = options
        threads = max(1, usable_cores() // workers)
        self.net = load_model(
            options.model, step_scale(options.scale, options.passes), engine=options.engine, threads=threads
        )

    def __call__(self, job: Job, progress: Callable[[float], None]) -> Made:
        return change_picture(job, _Enlargement(self.options, self.net), progress, write=self.options.write)


@dataclass(frozen=True)
class _Enlargement:
    options: UpscaleOptions
    net: Model

    def shape(self, picture: Picture) -> tuple[int, ...]:
        return (*output_size(picture.pixels.shape, self.options.scale), *picture.pixels.shape[2:])

    def __call__(self, picture: Picture, progress: Callable[[float], None]) -> tuple[Pixels, tuple[str, ...]]:
        options = self.options
        pixels = upscale(
            picture.pixels,
            options.scale,
            model=self.net,
            ensemble=options.ensemble,
            passes=options.passes,
            back_projection=options.back_projection,
            tile=options.tile,
            progress=lambda done, total: progress(done / total),
        )
        return pixels, ()
