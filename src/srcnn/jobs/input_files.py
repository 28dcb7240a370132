"""Files that the arguments of a command stand for: files, patterns and trees of folders."""

import glob
import os
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from srcnn.errors import ImageError, os_errors_as
from srcnn.files import PICTURE_SUFFIXES

Found = tuple[Path, Path]
"""A file, and the folder that its place in the tree is counted from."""


def find(argument: str, *, recursive: bool, leave_out: Path | None = None) -> Iterator[Found]:
    """Files that one argument of a command stands for, in order of their names.

    A file, or a name that does not exist, stands for itself. A folder stands for the files in it, with
    ``recursive`` for those below it too. Otherwise a name with ``*``, ``?`` or ``[`` is a pattern, in which
    ``**`` stands for any number of folders; the tree is counted from the part before the pattern. Patterns
    go through links to folders, and with ``**`` each file is found once.

    Args:
        argument: as the user typed it.
        recursive: look into the folders of folders.
        leave_out: a folder that is not looked into: the outputs' own, where it lies within the argument's
            folder, or within the part before a pattern.

    Raises:
        ImageError: a folder that cannot be read, or a pattern without a match.
    """
    path = Path(argument)
    if stands_for_itself(argument):
        yield path, path.parent
    elif path.is_dir():
        yield from _walk(path, path, recursive, _resolved(leave_out))
    else:
        yield from _matches(argument, recursive, _resolved(leave_out))


def stands_for_itself(argument: str) -> bool:
    """Whether an argument names one file, and not what lies in a folder or matches a pattern."""
    if argument == "-":
        return True
    return not Path(argument).is_dir() and (os.path.lexists(argument) or not glob.has_magic(argument))


def is_picture(path: Path) -> bool:
    """Whether a file that nobody named is taken for a picture: by its suffix."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def _matches(pattern: str, recursive: bool, leave_out: Path | None) -> Iterator[Found]:
    steady, parts = [], Path(pattern).parts
    for part in parts:
        if glob.has_magic(part):
            break
        steady.append(part)
    root = Path(*steady)
    matches = sorted(set(_expanded(pattern)))
    within = leave_out is not None and root.resolve() in leave_out.parents
    matches = [path for path in matches if not _goes_round(path, root)]
    found = [path for path in matches if not (within and leave_out in _folders_of(path))]
    if not found:
        where = f" outside {leave_out}" if matches else ""
        raise ImageError(f"expected files that match {pattern}{where}, got none")
    files = (file for path in found for file in _files(path, root, recursive, leave_out))
    yield from _once(files, root) if "**" in parts else files


def _expanded(pattern: str) -> Iterator[Path]:
    """What a pattern matches; ``**`` comes to each folder once, where ``glob`` follows circles of links."""
    parts = Path(pattern).parts
    if "**" not in parts:
        yield from map(Path, glob.iglob(pattern))  # noqa: PTH207 - Path.glob takes no absolute one
        return
    place = parts.index("**")
    rest = "/".join(parts[place + 1 :])
    if rest and pattern.endswith(("/", os.sep)):  # folders alone
        rest += "/"
    for start in _expanded(str(Path(*parts[:place]))):
        for folder in _folders(start):
            if rest:
                yield from _expanded(os.path.join(glob.escape(str(folder)), rest))  # noqa: PTH118 - keeps the last slash
            else:
                yield folder


def _folders(start: Path) -> Iterator[Path]:
    """A folder and those below it, through links too, each once; one around it is none of them."""
    is_folder = os.path.isdir  # `Path.is_dir` raises of a link to where nobody may look
    own, links = deque([start] if is_folder(start) else []), deque[Path]()
    seen = set(start.resolve().parents) if own else set[Path]()
    while own or links:
        folder = (own or links).popleft()  # by its own name, if it has one here
        if (place := folder.resolve()) in seen:
            continue
        seen.add(place)
        yield folder
        with suppress(OSError):  # as ``glob``
            for path in sorted(folder.iterdir()):
                if not path.name.startswith(".") and is_folder(path):
                    (links if path.is_symlink() else own).append(path)


def _once(files: Iterable[Found], root: Path) -> Iterable[Found]:
    """Each file by one name: its own below ``root``, or the first that leads there through links."""
    own = root.resolve()
    names: dict[Path, Found] = {}
    for path, _ in files:
        place = path.parent.resolve() / path.name
        if place not in names or place == own / path.relative_to(root):
            names[place] = path, root
    return sorted(names.values())


def _files(path: Path, root: Path, recursive: bool, leave_out: Path | None) -> Iterator[Found]:
    if path.is_dir():
        yield from _walk(path, root, recursive, leave_out)
    else:
        yield path, root


def _goes_round(path: Path, root: Path) -> bool:
    """Whether a match below ``root`` goes through a link to a folder that the link lies in."""
    for place in (path, *path.parents):
        if place == root:
            break
        if place.is_symlink() and place.is_dir():
            folder, target = place.parent.resolve(), place.resolve()
            if target in (folder, *folder.parents):
                return True
    return False


def _walk(folder: Path, root: Path, recursive: bool, leave_out: Path | None) -> Iterator[Found]:
    with os_errors_as(ImageError, f"cannot look into the folder {folder}"):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    below = []
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        # A link to a folder is a folder's name, not a picture's, and is not followed: links can form circles.
        if not path.is_dir():
            yield path, root
        elif recursive and not entry.is_symlink() and path.resolve() != leave_out:
            below.append(path)
    for path in below:
        yield from _walk(path, root, recursive, leave_out)


def _folders_of(path: Path) -> list[Path]:
    """The folders that a match lies in, itself among them if it is one; a link lies where it stands."""
    folder = (path if path.is_dir() else path.parent).resolve()
    return [folder, *folder.parents]


def _resolved(folder: Path | None) -> Path | None:
    return None if folder is None else folder.resolve()
