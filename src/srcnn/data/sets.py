"""Where an image set lies: a folder named like the set, somewhere shallow under the data root."""

import os
from collections.abc import Iterator
from pathlib import Path

from srcnn.errors import DataError, os_errors_as
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


def find_set(name: str, root: str | os.PathLike[str] | None = None, *, part: str | None = None) -> Path:
    """The folder of the image set ``name`` (case does not matter), at most three levels under the root.

    ``name`` may hold slashes, as in ``Mine/train``. A folder of that name without pictures of its own, or
    in its subfolder ``part``, is passed over.

    Raises:
        DataError: no root, or no such folder under it.
    """
    base = data_root(root)
    for folder in _folders(base):
        pictures = folder / part if part else folder
        if _ends_with(folder, name) and pictures.is_dir() and any(map(_is_picture, _entries(pictures))):
            return folder
    inside = f" with pictures in {part}" if part else " with pictures"
    raise DataError(
        f"expected a folder named {name}{inside} under {base}, found none; check the name and the folder"
    )


def set_folder(name: str, root: str | os.PathLike[str] | None = None) -> Path:
    """A folder by its path, or a set by its name as in `find_set`.

    Raises:
        DataError: neither.
    """
    path = Path(name)
    if path.is_dir():
        return path
    if path.exists() or (not root and not os.environ.get(DATA_VARIABLE)):
        raise DataError(
            f"expected a folder of pictures or the name of a set, got {name}; "
            f"for names, say where sets lie with --data or the variable {DATA_VARIABLE}"
        )
    return find_set(name, root)


def find_file(name: str, root: str | os.PathLike[str] | None = None) -> Path:
    """A file of that name (case does not matter) under the root, or in the folders `find_set` looks through.

    Raises:
        DataError: no root, or no such file under it.
    """
    base = data_root(root)
    for folder in [base, *_folders(base)]:
        for path in sorted(_entries(folder)):
            if _ends_with(path, name) and path.is_file():
                return path
    raise DataError(f"expected a file named {name} under {base}, found none; check the name and the folder")


def _folders(base: Path) -> Iterator[Path]:
    level = [base]
    for _ in range(_DEPTH):
        level = sorted(child for folder in level for child in _entries(folder) if _is_open(child))
        yield from level


def _ends_with(path: Path, name: str) -> bool:
    wanted = [part.lower() for part in Path(name).parts]
    return [part.lower() for part in path.parts[-len(wanted) :]] == wanted


def _entries(folder: Path) -> list[Path]:
    with os_errors_as(DataError, f"cannot look for image sets in {folder}"):
        return list(folder.iterdir())


def _is_open(path: Path) -> bool:
    # A folder of somebody else's beside the sets, such as lost+found, is no reason to stop.
    return path.is_dir() and os.access(path, os.R_OK | os.X_OK)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_SUFFIXES
