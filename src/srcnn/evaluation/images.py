"""Which pictures are measured: a folder, a set by name, or one picture; and reading them."""

import os
from collections import Counter
from pathlib import Path

import numpy as np

from srcnn.data.sets import DATA_VARIABLE, find_set
from srcnn.errors import DataError, reason
from srcnn.files import PICTURE_SUFFIXES, list_pictures, read_pixels, without_opaque_alpha
from srcnn.types import Levels

_EXPECTED = f"expected a picture, a folder of pictures, or the name of an image set under {DATA_VARIABLE}"


def find_pictures(data: str | os.PathLike[str]) -> tuple[str, dict[str, Path]]:
    """What the data is called, and its pictures by name.

    Names are without suffix, and with it where two files would share one.

    Raises:
        DataError: no such folder, picture or set.
        ImageError: a folder without pictures.
    """
    path = _path(data)
    paths = list_pictures(path) if path.is_dir() else [path]
    count = Counter(p.stem for p in paths)
    names = [p.stem if count[p.stem] == 1 else p.name for p in paths]
    # As it is called here, not what a link leads to; . and .. are no names.
    name = path.name if path.name.strip(".") else path.resolve().name
    return name, dict(zip(names, paths, strict=True))


def _path(data: str | os.PathLike[str]) -> Path:
    # An empty path means the current folder to pathlib; here it is a shell variable that was not set.
    if not os.fspath(data):
        raise DataError(f"{_EXPECTED}, got an empty name")
    path = Path(data)
    try:
        if path.is_dir() or (path.is_file() and path.suffix.lower() in PICTURE_SUFFIXES):
            return path
        exists = path.exists()
    except OSError as error:
        raise DataError(f"{_EXPECTED}, got {path}: {reason(error)}") from error
    if exists or path.name != os.fspath(data) or path.suffix.lower() in PICTURE_SUFFIXES:
        raise DataError(f"{_EXPECTED}, got {path}, which is {'no picture' if exists else 'not there'}")
    if not os.environ.get(DATA_VARIABLE):
        raise DataError(
            f"{_EXPECTED}, got {path}, which is not there; for a set, set {DATA_VARIABLE} to the sets' folder"
        )
    try:
        return find_set(path.name)
    except DataError as error:
        raise DataError(f"{_EXPECTED}, got {path}: {error}") from error


def read_eight_bit(path: Path) -> Levels:
    """(H, W) or (H, W, 3) pixels of a picture to measure on; an alpha channel that is opaque is dropped.

    Raises:
        DataError: transparency, or 16 bits.
        ImageError: a picture that cannot be read.
    """
    # How transparency is laid over what, and how 16 bits become 8, would be conventions of their own.
    pixels = without_opaque_alpha(read_pixels(path))
    if pixels.shape[2:] in ((2,), (4,)):
        raise DataError(f"{path} has transparency; evaluation needs opaque images: flatten it first")
    if pixels.dtype != np.uint8:
        raise DataError(f"expected pictures of 8 bits to measure on, got {path} of 16 bits; convert it first")
    return pixels.astype(np.uint8, copy=False)
