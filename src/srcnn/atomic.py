"""Files that are whole or absent: written aside in the same folder, then renamed. Folders to write to."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from srcnn.errors import FailureError, ImageError, os_errors_as

_PREFIX = ".srcnn-"
_ASIDE = re.compile(re.escape(_PREFIX) + r"[0-9a-f]{16}(\.[^.]*)?")
_BEING_WRITTEN: set[Path] = set()
_ABANDONED = 24 * 3600.0
"""Seconds after which a file aside that nothing has changed is taken for a killed process's, locks or not."""
_TRIES, _PAUSE = 50, 0.01
"""How often a lock with others is asked for, and the seconds between."""


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A path beside ``path``, with its suffix, to write to; it becomes ``path`` when the block ends well.

    Where it replaces a file it gets that one's permissions; where ``path`` is a symbolic link, the file
    that it points to is written.

    On any error, Ctrl-C included, the file aside is removed and ``path`` is left as it was. Meanwhile the
    folder is locked against `remove_leftovers` of others, where the system can.

    Raises:
        OSError: as the file system says.
    """
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    # A short name of its own: a long one made longer could exceed what the file system allows.
    aside = path.with_name(f"{_PREFIX}{secrets.token_hex(8)}{path.suffix}")
    _BEING_WRITTEN.add(aside)
    try:
        with _folder_locked(path.parent, alone=False):
            yield aside
            with aside.open("rb+") as file:
                os.fsync(file.fileno())
            if path.is_file():
                # What nobody else may read stays so when it is replaced.
                shutil.copymode(path, aside)
            aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    finally:
        _BEING_WRITTEN.discard(aside)


def remove_unfinished() -> None:
    """Remove the files aside that this process is writing, before it ends without unwinding.

    For handlers of signals: an exception that one raises is lost where it falls into a callback from C.
    """
    for aside in list(_BEING_WRITTEN):
        aside.unlink(missing_ok=True)


def write_bytes(content: bytes, path: Path) -> None:
    """Write a whole file, or leave what was there.

    Raises:
        OSError: as the file system says.
    """
    with written_aside(path) as aside:
        aside.write_bytes(content)


def remove_leftovers(folder: Path) -> None:
    """Remove files aside that a killed process has left in a folder, if there is such a folder.

    Those of a process that lives stay. Where it cannot be known, since somebody writes into the folder or
    there are no locks, what was changed within a day stays.

    Raises:
        OSError: as the file system says.
    """
    if not folder.is_dir():
        return
    # Listed before the lock: what is begun while it is held is not among them.
    asides = [path for path in folder.iterdir() if _ASIDE.fullmatch(path.name)]
    with _folder_locked(folder, alone=True) as nobody_writes:
        for path in asides:
            if nobody_writes or _is_abandoned(path):
                path.unlink(missing_ok=True)


def _is_abandoned(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _ABANDONED
    except FileNotFoundError:  # it has just become what it was to be
        return False


@contextmanager
def _folder_locked(folder: Path, *, alone: bool) -> Iterator[bool]:
    """Lock a folder, alone without waiting or with others; False where that fails or is not known here.

    The lock is on the folder itself, so that it needs no file, and ends with the process.
    """
    descriptor = _open_folder(folder)
    try:
        yield descriptor is not None and _flocked(descriptor, alone)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open_folder(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens none
        return None


def _flocked(descriptor: int, alone: bool) -> bool:
    try:
        import fcntl
    except ImportError:
        return False
    operation = (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB
    for _ in range(1 if alone else _TRIES):
        try:
            fcntl.flock(descriptor, operation)
        except BlockingIOError:  # somebody removes leftovers, which takes milliseconds
            time.sleep(_PAUSE)
        except OSError:
            return False
        else:
            return True
    return False


def lock(file: IO[str] | IO[bytes]) -> bool:
    """Lock the file until it is closed, or its process ends; False where another one has it locked.

    True where the system has no locks.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def check_folder(folder: Path, kind: type[FailureError]) -> None:
    """Refuse, before any work, a folder that cannot be made or written to.

    Raises:
        FailureError: of the ``kind`` given.
    """
    existing = next((f for f in (folder, *folder.absolute().parents) if f.exists()), folder)
    if not existing.is_dir():
        raise kind(f"expected a folder for the output, got {folder}, where {existing} is not a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise kind(f"expected a folder that can be written to, got {folder}: Permission denied")


def make_folder(folder: Path, kind: type[FailureError]) -> Path:
    """The folder itself, made with those above it if need be, see `check_folder`."""
    check_folder(folder, kind)
    with os_errors_as(kind, f"cannot make the folder {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write files, all of them or none: the first is put in its place when the last has been written aside.

    Raises:
        ImageError: one cannot be written.
    """
    with ExitStack() as asides:
        for path, content in contents.items():
            asides.enter_context(os_errors_as(ImageError, f"cannot write {path}"))
            asides.enter_context(written_aside(path)).write_bytes(content)
