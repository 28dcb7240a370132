"""What libvips says: of an error why, of a file what is odd about it, in the file's own bytes."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

# libvips reports oddities of files (a wrong profile, a strange tag) as log records of pyvips; without
# this, Python prints records that nobody handles on stderr.
logging.getLogger("pyvips").addHandler(logging.NullHandler())
# Of tags, and of a tile that has no bytes by intent (a sparse TIFF of GDAL).
_HARMLESS = re.compile(r"\btags?\b|directory|Invalid tile byte count", re.IGNORECASE)

# libvips gathers the messages of all threads in one place.
_LOCK = RLock()


def prepare_messages() -> None:
    """Forget what libvips said before, and let it say what it likes; to be called before it gets a file.

    It gathers messages, also those of files that it reads all the same, and hands them out with the next
    error. It repeats names that stand in files, such as that of a profile, which pyvips takes for UTF-8:
    where they are not, Python prints a traceback, although nobody asked for the record.
    """
    import pyvips

    with _LOCK:
        pyvips.vips_lib.vips_error_clear()
    pyvips._to_string = _text  # what the handler of log records looks up


@contextmanager
def own_messages() -> Iterator[None]:
    """`prepare_messages`, and other threads wait with it until the block ends."""
    with _LOCK:
        prepare_messages()
        yield


def _text(said: Any) -> str:
    import pyvips

    return "" if said == pyvips.ffi.NULL else pyvips.ffi.string(said).decode(errors="backslashreplace")


def vips_reason(error: Exception) -> str:
    """The line of a libvips message that says why; the first one only names the call that failed."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and "bad seek" not in line]
    return lines[1] if len(lines) > 1 else "".join(lines)


def lost_tile() -> str | None:
    """What libvips has said of a tile of a TIFF in `own_messages`; it puts black there and goes on."""
    import pyvips

    lines = [line.strip() for line in _text(pyvips.vips_lib.vips_error_buffer()).splitlines()]
    lost = (line for line in lines if line.startswith("tiff2vips: ") and not _HARMLESS.search(line))
    return next(lost, None)
