"""Many files: which picture goes where, and upscaling them one after another.

Nothing is read or written before all outputs are known to be distinct from each other and from every
input; after that, one bad file does not stop the rest.
"""

import functools
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from srcnn.errors import ImageError, SrcnnError, UsageError
from srcnn.files import (
    PICTURE_SUFFIXES,
    WRITABLE_SUFFIXES,
    Picture,
    Pixels,
    check_holds,
    check_suffix,
    list_pictures,
    read_picture,
    write_picture,
)
from srcnn.files.writing import check_quality
from srcnn.model import Model, load_model
from srcnn.refine import check_steps
from srcnn.upscale import check_scale, output_size, step_scale, upscale
from srcnn.weights import Weights

StrPath = str | os.PathLike[str]


@dataclass(frozen=True)
class Job:
    """One picture to read and the file to write."""

    source: Path
    target: Path


@dataclass(frozen=True)
class JobResult:
    """What became of a job.

    Attributes:
        source: the picture read.
        target: the file written, or that was to be written.
        seconds: time from reading to writing.
        width: of the output in pixels, 0 where it failed; ``height`` likewise.
        notes: what was changed knowingly, such as 16 bits becoming 8.
        error: why it failed; None when it is done.
    """

    source: Path
    target: Path
    seconds: float
    width: int = 0
    height: int = 0
    notes: tuple[str, ...] = ()
    error: str | None = None


Progress = Callable[[Job, float, int], None]
"""Called as (job, pictures done, pictures in all) while a job runs; the part of it that is done counts."""


def plan_jobs(inputs: Sequence[StrPath], out: StrPath, scale: float) -> list[Job]:
    """Which picture goes where.

    One input and an ``out`` with a picture's suffix: that file. Otherwise ``out`` is a folder (an
    existing one, one that ends in a slash, or a name without suffix), and each output is called
    after its input and the scale: ``photo.jpg`` becomes ``photo_x3.jpg``, and ``.png`` where the
    input's format is not written. A folder among the inputs stands for the pictures in it.

    Raises:
        UsageError: an empty name, an output that is an input, two inputs with one output, several
            inputs and an ``out`` that is a file's name, or a suffix that is not written.
        ImageError: a folder without pictures.
    """
    if not inputs:
        raise UsageError("expected at least one picture or folder, got none")
    if not all(os.fspath(given) for given in inputs):  # which `Path` takes for the current folder
        raise UsageError("expected pictures and folders, got an empty name")
    if not os.fspath(out):
        raise UsageError("expected an output file or folder, got an empty name")
    several = len(inputs) > 1 or Path(inputs[0]).is_dir()
    sources = list(dict.fromkeys(_pictures(inputs)))
    if _is_folder(out, several):
        jobs = [Job(source, Path(out) / _name(source, scale)) for source in sources]
    else:
        check_suffix(out)
        jobs = [Job(sources[0], Path(out))]
    _check_distinct(jobs)
    return jobs


def upscale_files(
    inputs: Sequence[StrPath],
    out: StrPath,
    scale: float,
    *,
    model: str | os.PathLike[str] | Weights | Model = "9-5-5",
    engine: str | None = None,
    ensemble: bool = False,
    passes: int | None = None,
    back_projection: int = 0,
    tile: int | None = None,
    quality: int = 95,
    progress: Progress | None = None,
    report: Callable[[JobResult], None] | None = None,
) -> list[JobResult]:
    """Upscale pictures and folders of pictures from files to files.

    Args:
        inputs: pictures and folders; never written to.
        out: see `plan_jobs`.
        scale: larger than 1.
        model: see `srcnn.load_model`; of a name such as ``9-5-5``, the weights nearest to the scale.
        engine: see `srcnn.engines.create_engine`; None is the default one.
        ensemble: the mean over the 8 flips and rotations; 8 times slower, a little better.
        passes: equal steps to reach the scale in; see `srcnn.upscale`.
        back_projection: steps after each pass; see `srcnn.upscale`.
        tile: side of the pieces that are worked on, in output pixels; see `srcnn.upscale`.
        quality: see `srcnn.files.write_picture`.
        progress: see `Progress`.
        report: called with each result as it comes.

    Returns:
        One result a picture, in order; the failed ones carry their error.

    Raises:
        UsageError: arguments that cannot be meant; nothing has been done then.
        ImageError: a folder without pictures, or an output folder that cannot be made or written to.
        WeightsError: weights that cannot be read.
    """
    check_quality(quality)
    check_scale(scale)
    check_steps(back_projection)
    jobs = plan_jobs(inputs, out, scale)
    _check_folder(jobs[0].target.parent)
    # Once for all pictures, and before the first: an unknown name is not one picture's fault.
    net = load_model(model, step_scale(scale, passes), engine=engine)
    enlarge = functools.partial(
        upscale,
        scale=scale,
        model=net,
        ensemble=ensemble,
        passes=passes,
        back_projection=back_projection,
        tile=tile,
    )
    results = []
    for number, job in enumerate(jobs):

        def tiles(done: int, total: int, number: int = number, job: Job = job) -> None:
            if progress is not None:
                progress(job, number + done / total, len(jobs))

        results.append(_run(job, scale, enlarge, quality, tiles))
        if report is not None:
            report(results[-1])
    return results


def _run(
    job: Job,
    scale: float,
    enlarge: Callable[..., Pixels],
    quality: int,
    tiles: Callable[[int, int], None],
) -> JobResult:
    started = time.perf_counter()
    try:
        picture = read_picture(job.source)
        height, width = output_size(picture.pixels.shape, scale)
        shape = (height, width, *picture.pixels.shape[2:])
        notes = picture.notes + check_holds(job.target, shape, picture.pixels.dtype)
        pixels = enlarge(picture.pixels, progress=tiles)
        job.target.parent.mkdir(parents=True, exist_ok=True)
        write_picture(Picture(pixels, picture.icc), job.target, quality=quality)
    except SrcnnError as error:
        # What is said of an array does not say which picture it was.
        named = str(job.source) in str(error) or str(job.target) in str(error)
        message = str(error) if named else f"{job.source}: {error}"
    except OSError as error:
        message = f"cannot write {job.target}: {error.strerror or error}"
    except MemoryError:
        message = f"expected memory enough for {job.source}, got none; try a smaller --tile or --scale"
    else:
        return JobResult(job.source, job.target, time.perf_counter() - started, width, height, notes)
    return JobResult(job.source, job.target, time.perf_counter() - started, error=message)


def _pictures(inputs: Sequence[StrPath]) -> Iterable[Path]:
    for given in inputs:
        path = Path(given)
        if path.is_dir():
            yield from list_pictures(path)
        else:
            yield path


def _is_folder(out: StrPath, several: bool) -> bool:
    path = Path(out)
    if os.fspath(out).endswith(("/", os.sep)) or path.is_dir():
        return True
    if several and path.suffix.lower() in PICTURE_SUFFIXES:
        raise UsageError(f"expected a folder for the outputs of several pictures, got the file name {out}")
    return several or not path.suffix


def _name(source: Path, scale: float) -> str:
    suffix = source.suffix if source.suffix.lower() in WRITABLE_SUFFIXES else ".png"
    return f"{source.stem}_x{scale:g}{suffix}"


def _check_distinct(jobs: Sequence[Job]) -> None:
    inputs = {_identity(job.source): job.source for job in jobs}
    outputs: dict[object, Path] = {}
    for job in jobs:
        identity = _identity(job.target)
        if identity in inputs:
            raise UsageError(
                f"expected outputs other than the inputs, got {job.target}, which would overwrite "
                f"{inputs[identity]}; choose another name or folder"
            )
        if identity in outputs:
            raise UsageError(
                f"expected one output for each picture, got {job.target} for both {outputs[identity]} "
                f"and {job.source}; upscale them into different folders"
            )
        outputs[identity] = job.source


def _identity(path: Path) -> object:
    """Equal for two names of one file: links, ``..``, and letter case where the system ignores it."""
    try:
        status = path.stat()
        return status.st_dev, status.st_ino
    except (OSError, ValueError):
        return os.path.normcase(os.path.realpath(path))


def _check_folder(folder: Path) -> None:
    """Refuse, before any work, a folder that cannot be made or written to."""
    existing = next((f for f in (folder, *folder.absolute().parents) if f.exists()), folder)
    if not existing.is_dir():
        raise ImageError(f"expected a folder for the output, got {folder}, where {existing} is not a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ImageError(f"expected a folder that can be written to, got {folder}: Permission denied")
