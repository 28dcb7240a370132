"""Pictures that hold a pair side by side: made from two folders, and split into two."""

import functools
from pathlib import Path

import numpy as np

from srcnn.data.batch import FileResult, attempt_all, check_none_exists, prepare_folder
from srcnn.data.match import match_folders
from srcnn.data.pair_sources import Side, split_halves
from srcnn.data.planes import eight_bit, of_one_kind
from srcnn.errors import DataError
from srcnn.files import Picture, list_pictures, write_picture
from srcnn.resize import imresize
from srcnn.types import Progress


def make_pairs(
    hr: Path,
    lr: Path,
    out: Path,
    *,
    hr_side: Side = "left",
    overwrite: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Write a PNG with both halves for each picture of two folders, under the stem of HR.

    A small LR is enlarged with bicubic to the size of HR.

    Raises:
        DataError: pictures without a partner, or a folder that cannot be written to.
        UsageError: ``out`` is one of the folders, or a file there would be replaced.
        ImageError: a folder without pictures.
    """
    match = match_folders(hr, lr)
    if match.hr_only or match.lr_only:
        raise DataError(f"expected a partner for each picture of {hr} and {lr}, got {match}")
    prepare_folder(out, hr, lr)
    if not overwrite:
        check_none_exists(_target(out, path) for path, _ in match.pairs)
    work = functools.partial(_make, partners=dict(match.pairs), out=out, hr_side=hr_side)
    return attempt_all(work, [path for path, _ in match.pairs], processes=processes, progress=progress)


def split_pairs(
    folder: Path,
    hr_out: Path,
    lr_out: Path,
    *,
    hr_side: Side = "left",
    overwrite: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Write the two halves of each picture of a folder as PNG files into two folders.

    Raises:
        UsageError: an output folder that is the input, both are one, or a file there would be replaced.
        DataError: a folder that cannot be written to.
        ImageError: a folder without pictures.
    """
    sources = list_pictures(folder)
    prepare_folder(hr_out, folder)
    prepare_folder(lr_out, folder, hr_out)
    if not overwrite:
        check_none_exists(_target(out, path) for path in sources for out in (hr_out, lr_out))
    work = functools.partial(_split, hr_out=hr_out, lr_out=lr_out, hr_side=hr_side)
    return attempt_all(work, sources, processes=processes, progress=progress)


def _make(source: Path, *, partners: dict[Path, Path], out: Path, hr_side: Side) -> tuple[Path, ...]:
    hr, lr = eight_bit(source), eight_bit(partners[source])
    if lr.shape[:2] != hr.shape[:2]:
        if lr.shape[0] > hr.shape[0] or lr.shape[1] > hr.shape[1]:
            raise DataError(f"expected LR no larger than {source}, got {partners[source]}")
        lr = imresize(lr, shape=(hr.shape[0], hr.shape[1]))
    hr, lr = of_one_kind(hr, lr)
    both = (hr, lr) if hr_side == "left" else (lr, hr)
    target = _target(out, source)
    write_picture(Picture(np.concatenate(both, axis=1)), target)
    return (target,)


def _split(source: Path, *, hr_out: Path, lr_out: Path, hr_side: Side) -> tuple[Path, ...]:
    targets = _target(hr_out, source), _target(lr_out, source)
    for target, pixels in zip(targets, split_halves(eight_bit(source), source, hr_side), strict=True):
        write_picture(Picture(np.ascontiguousarray(pixels)), target)
    return targets


def _target(out: Path, source: Path) -> Path:
    return out / f"{source.stem}.png"
