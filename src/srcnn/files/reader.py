"""Reading pictures whole, from a file or a stream."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, BinaryIO

from srcnn.errors import ImageError, os_errors_as, read_failure
from srcnn.files.bmp import read_bmp
from srcnn.files.headers import HEAD, read_header
from srcnn.files.heif import is_heif, read_heif
from srcnn.files.jxl import is_jxl, read_jxl
from srcnn.files.picture import EXPECTED, Picture
from srcnn.files.scratch import Scratch
from srcnn.files.unsupported import known_kind
from srcnn.files.vips_reader import read_vips
from srcnn.types import Pixels, StrPath

_END = b"\xff\xd9"  # of a JPEG


@contextmanager
def opened(source: StrPath | BinaryIO) -> Iterator[tuple[IO[bytes], str]]:
    """The file, and what to call it in errors; of a stream, all of its bytes.

    Raises:
        ImageError: nothing there, nothing in it, or something other than a file; and in the block, what the
            system says of reading it, such as a bad card.
    """
    if not isinstance(source, str | os.PathLike):
        name = str(getattr(source, "name", "the stream"))
        with os_errors_as(ImageError, f"cannot read {name}"):
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
        raise ImageError(read_failure(path, error, f"{EXPECTED}, got {path}")) from error
    with file, os_errors_as(ImageError, f"cannot read {path}"):
        yield file, str(path)


def read_picture(source: StrPath | BinaryIO, *, scratch: Scratch | None = None) -> Picture:
    """Read a picture whole; the first frame of an animation, the first page of a TIFF.

    Grey stays grey, 16 bits stay 16 bits, the 10 and 12 of AVIF become 16; palettes become RGB, 1 bit
    becomes 8, CMYK becomes sRGB through the file's profile. EXIF orientation is applied, and reset where
    it is written down.

    Args:
        source: a file, or a stream of the bytes of one, such as ``sys.stdin.buffer``, which is read to
            its end.
        scratch: where the pixels go if they are many; without it they are all held in memory. Formats that
            are decoded line by line (PNG and TIFF, JPEG unless progressive) then need little of it. It may
            limit how many pixels there are.

    Raises:
        ImageError: no such file, no picture, a truncated or broken one, samples that are neither
            8 nor 16 bits wide, or more pixels than the machine has room for, which is known before
            they are decoded.
    """
    with opened(source) as (file, name):
        head = file.read(HEAD)
        file.seek(0)
        if head[:2] == b"BM":
            return read_bmp(file, name, scratch)
        if is_jxl(head):
            return read_jxl(file.read(), name, scratch)
        if head[4:12] == b"ftypavis":
            raise ImageError(
                f"expected a single picture, got {name}, an animated AVIF; take one frame out of it"
            )
        if (kind := known_kind(head)) is not None:
            raise ImageError(f"{EXPECTED}, got {name}, which is {kind} and not supported")
        header = read_header(file)
        if is_heif(head):
            return read_heif(file, name, header.color, scratch)
        if header.tiff.only_thumbnail:
            raise ImageError(
                f"expected a picture, got {name}, whose only page is a thumbnail of an image below it, as in "
                "raw files, which are not supported; convert it to TIFF or PNG first"
            )
        length = file.seek(0, io.SEEK_END)
        file.seek(0)
        if header.least > length:
            raise ImageError(
                f"expected a whole picture, got {name}, which is truncated or broken (its {length:,} bytes "
                "cannot hold as many pixels as it claims); copy it again"
            )
        if header.jpeg is not None and header.jpeg.end is None and header.jpeg.complete:
            header = replace(header, notes=("the end marker is missing; all pixels are there",))
            return read_vips(_ended(file), name, header, scratch, fail_on="warning")
        return read_vips(file, name, header, scratch)


def _ended(file: IO[bytes]) -> io.BytesIO:
    """A JPEG with its end marker, which it lacks; libvips takes it for broken, whatever else it has."""
    content = file.read()
    return io.BytesIO(content.removesuffix(_END[:1]) + _END)


def read_pixels(source: StrPath | BinaryIO) -> Pixels:
    """Only the pixels of `read_picture`."""
    return read_picture(source).pixels
