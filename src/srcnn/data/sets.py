"""Where an image set lies: a folder named like the set, somewhere shallow under the data root."""

import os
from pathlib import Path

from srcnn.errors import DataError
from srcnn.files import PICTURE_SUFFIXES

DATA_VARIABLE = "SRCNN_DATA"
_DEPTH = 3


def data_root(root: str | os.PathLike[str] | None = None) -> Path:
    """The folder that image sets are looked up under: ``root``, or the variable ``SRCNN_DATA``.

    Raises:
        DataError: neither is given, or it is no folder.
    """
    chosen = root or os.environ.get(DATA_VARIABLE)
    if not chosen:
        raise DataError(
            f"expected a folder of image sets, got none; name it with --data or the variable {DATA_VARIABLE}"
        )
    path = Path(chosen)
    if not path.is_dir():
        raise DataError(f"expected a folder of image sets, got {path}, which is not a folder")
    return path


def find_set(name: str, root: str | os.PathLike[str] | None = None) -> Path:
    """The folder of the image set ``name`` (case does not matter), at most three levels under the root.

    A folder of that name without pictures of its own is passed over.

    Raises:
        DataError: no root, or no such folder under it.
    """
    base = data_root(root)
    level = [base]
    for _ in range(_DEPTH):
        level = sorted(child for folder in level for child in _entries(folder) if child.is_dir())
        for folder in level:
            if folder.name.lower() == name.lower() and any(map(_is_picture, _entries(folder))):
                return folder
    raise DataError(f"expected a folder named {name} with pictures under {base}, found none; see --data")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise DataError(f"cannot look for image sets in {folder}: {error.strerror or error}") from error


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES
