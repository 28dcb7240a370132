"""Opening what may be a picture: a file that is one, or a stream."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from srcnn.errors import ImageError
from srcnn.files.formats import StrPath, reason

EXPECTED = "expected a PNG, JPEG, TIFF, WebP, AVIF, GIF or BMP picture"


@contextmanager
def opened(source: StrPath | BinaryIO) -> Iterator[tuple[IO[bytes], str]]:
    """The file, and what to call it in errors; of a stream, all of its bytes.

    Raises:
        ImageError: nothing there, nothing in it, or something other than a file.
    """
    if not isinstance(source, str | os.PathLike):
        name = str(getattr(source, "name", "the stream"))
        content = source.read()
        if not content:
            raise ImageError(f"{EXPECTED}, got {name}, which is empty")
        yield io.BytesIO(content), name
        return
    path = Path(source)
    try:
        # Asked before opening: a pipe without a writer would block, a device may never end.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device or a pipe"
            raise ImageError(f"{EXPECTED}, got {path}, which is {kind}")
        if status.st_size == 0:
            raise ImageError(f"{EXPECTED}, got {path}, which is empty")
        file = path.open("rb")
    except (OSError, ValueError) as error:
        raise ImageError(f"{EXPECTED}, got {path}: {reason(error)}") from error
    with file:
        yield file, str(path)
