"""Poor copies of good pictures, written as files: what `srcnn data degrade` does."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.data.batch import Outcome, attempt_all, check_stems, prepare_folder
from srcnn.data.degradations import Step, degraded, network_input, parse_chain
from srcnn.data.planes import displayed, eight_bit, planes_of
from srcnn.degrade import mod_crop
from srcnn.errors import UsageError
from srcnn.files import Picture, list_pictures, write_picture
from srcnn.resize import imresize
from srcnn.types import Progress


@dataclass(frozen=True)
class Spoiling:
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


def spoil_folder(
    folder: Path,
    out: Path,
    spoiling: Spoiling,
    *,
    hr_out: Path | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Write a degraded PNG of each picture, under its stem; one bad picture does not stop the rest.

    Args:
        folder: good pictures.
        out: folder of the results.
        spoiling: what happens to each.
        hr_out: folder for the good pictures as they were cut to the scale; none by default.
        processes: see `map_in_order`.
        progress: called with (done, total).

    Raises:
        UsageError: a degradation that cannot be meant, scale 1 without one, or an output folder that is an
            input.
        DataError: two pictures of one stem, or a folder that cannot be written to.
        ImageError: a folder without pictures.
    """
    chain = parse_chain(spoiling.steps)
    if spoiling.scale == 1 and any(s.kind in ("shrink", "subsample") and not s.numbers for s in chain):
        raise UsageError("expected a scale above 1, or steps that say what to do, got neither")
    sources = list_pictures(folder)
    check_stems(sources)
    for target in filter(None, (out, hr_out)):
        prepare_folder(target, folder, *([out] if target is hr_out else []))
    work = functools.partial(_spoil_file, out=out, hr_out=hr_out, spoiling=spoiling)
    return attempt_all(work, sources, processes=processes, progress=progress)


def spoil(
    pixels: npt.NDArray[np.uint8], spoiling: Spoiling, name: str = ""
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """One picture: (poor, good), both 8-bit grey or RGB, the good one cut to a multiple of the scale.

    Args:
        pixels: (H, W) or (H, W, 3) uint8.
        spoiling: what happens to it.
        name: seeds the noise.
    """
    if spoiling.grey:
        pixels = planes_of(pixels, "grey")
    good = mod_crop(pixels, spoiling.scale)
    chain = parse_chain(spoiling.steps)
    if chain == (Step("shrink"),):
        poor = imresize(good, 1 / spoiling.scale)  # on 8 bits, rounded after each pass, as MATLAB does it
        if spoiling.same_size:
            poor = imresize(poor, spoiling.scale, shape=good.shape[:2])
        return poor, good
    return _through(good, chain, spoiling, name), good


def _through(
    good: npt.NDArray[np.uint8], chain: Sequence[Step], spoiling: Spoiling, name: str
) -> npt.NDArray[np.uint8]:
    planes = good if good.ndim == 2 else planes_of(good, "rgb")
    run = network_input if spoiling.same_size else degraded
    poor = displayed(run(planes, chain, scale=spoiling.scale, color="rgb", name=name), "rgb")
    return np.clip(np.floor(poor * 255 + 0.5), 0, 255).astype(np.uint8)


def _spoil_file(source: Path, *, out: Path, hr_out: Path | None, spoiling: Spoiling) -> tuple[Path, ...]:
    poor, good = spoil(eight_bit(source), spoiling, source.stem)
    targets = []
    for folder, pixels in ((out, poor), (hr_out, good)):
        if folder is not None:
            targets.append(folder / f"{source.stem}.png")
            write_picture(Picture(pixels), targets[-1])
    return tuple(targets)
