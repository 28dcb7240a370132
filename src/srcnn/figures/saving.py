"""Writing several files: all or none."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from srcnn.atomic import written_aside
from srcnn.errors import ImageError


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write files, all of them or none: the first is put in its place when the last has been written aside.

    Raises:
        ImageError: one cannot be written.
    """
    path = None
    try:
        with ExitStack() as asides:
            for path, content in contents.items():
                asides.enter_context(written_aside(path)).write_bytes(content)
    except OSError as error:
        raise ImageError(f"cannot write {path}: {error.strerror or error}") from error
