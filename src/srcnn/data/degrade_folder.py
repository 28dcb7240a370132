"""LR copies of HR pictures, written as files: what `srcnn data degrade` does."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srcnn.color import rounded
from srcnn.data.batch import FileResult, attempt_all, check_none_exists, check_stems, prepare_folder
from srcnn.data.degradations import Step, check_factor, degraded, network_input, parse_chain
from srcnn.data.planes import displayed, eight_bit, planes_of
from srcnn.degrade import mod_crop
from srcnn.files import Picture, list_pictures, write_picture
from srcnn.resize import imresize
from srcnn.types import Levels, Progress


@dataclass(frozen=True)
class DegradeOptions:
    """What happens to each picture.

    Attributes:
        scale: HR is cut to a multiple of it; also what ``shrink`` alone shrinks by.
        steps: the degradation, see `srcnn.data.degradations`; none: shrunk as MATLAB does it on 8 bits.
        same_size: enlarge the result to the size of HR.
        grey: work on full-range grey instead of RGB.
    """

    scale: int = 1
    steps: tuple[str, ...] = ()
    same_size: bool = False
    grey: bool = False


def degrade_folder(
    folder: Path,
    out: Path,
    options: DegradeOptions,
    *,
    hr_out: Path | None = None,
    overwrite: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Write a degraded PNG of each HR picture, under its stem; one bad picture does not stop the rest.

    ``hr_out`` is a folder for the HR pictures as they were cut to the scale; ``processes`` and ``progress``
    as in `map_in_order`.

    Raises:
        UsageError: an invalid degradation, scale 1 without one, an output folder that is an input,
            or a picture that exists.
        DataError: two pictures of one stem, or a folder that cannot be written to.
        ImageError: a folder without pictures.
    """
    check_factor(parse_chain(options.steps), options.scale)
    sources = list_pictures(folder)
    check_stems(sources)
    for target in filter(None, (out, hr_out)):
        prepare_folder(target, folder, *([out] if target is hr_out else []))
    if not overwrite:
        check_none_exists(
            target / f"{source.stem}.png" for target in (out, hr_out) if target for source in sources
        )
    work = functools.partial(_degrade_file, out=out, hr_out=hr_out, options=options)
    return attempt_all(work, sources, processes=processes, progress=progress)


def degrade_picture(pixels: Levels, options: DegradeOptions, name: str = "") -> tuple[Levels, Levels]:
    """LR and HR of one picture, (H, W) or (H, W, 3) uint8, HR cut to a multiple of the scale.

    ``name`` seeds the noise.
    """
    if options.grey:
        pixels = planes_of(pixels, "grey")
    hr = mod_crop(pixels, options.scale)
    chain = parse_chain(options.steps)
    if chain == (Step("shrink"),):
        lr = imresize(hr, 1 / options.scale)  # on 8 bits, rounded after each pass, as MATLAB does it
        if options.same_size:
            lr = imresize(lr, options.scale, shape=hr.shape[:2])
        return lr, hr
    return _run(hr, chain, options, name), hr


def _run(hr: Levels, chain: Sequence[Step], options: DegradeOptions, name: str) -> Levels:
    planes = hr if hr.ndim == 2 else planes_of(hr, "rgb")
    run = network_input if options.same_size else degraded
    lr = displayed(run(planes, chain, scale=options.scale, color="rgb", name=name), "rgb")
    return rounded(lr).astype(np.uint8)


def _degrade_file(
    source: Path, *, out: Path, hr_out: Path | None, options: DegradeOptions
) -> tuple[Path, ...]:
    lr, hr = degrade_picture(eight_bit(source), options, source.stem)
    targets = []
    for folder, pixels in ((out, lr), (hr_out, hr)):
        if folder is not None:
            targets.append(folder / f"{source.stem}.png")
            write_picture(Picture(pixels), targets[-1])
    return tuple(targets)
