"""What libvips does not tell of a file: a resolution that it states, colors, text, what follows."""

import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from srcnn.files.color_space import ColorSpace
from srcnn.files.heif_boxes import read_heif_color
from srcnn.files.jpeg_markers import Buffer, JpegFacts, Rest, read_jpeg_facts, read_other, read_rest
from srcnn.files.png_chunks import SIGNATURE, Text, read_png_facts
from srcnn.files.tiff import TiffFacts, read_tiff_facts

HEAD = 64
_JPEG = b"\xff\xd8\xff"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class Header:
    """What stands before the pixels.

    Attributes:
        resolution: the file states one outside EXIF; otherwise, libvips fills in what it takes for granted.
        frames: pictures in an animated PNG, of which libvips tells nothing.
        exif: the EXIF block of a TIFF.
        least: bytes that the file must have for as many pixels as it claims; 0 where there is no telling.
        color: what the samples mean, of a PNG, HEIF or AVIF.
        text: keywords and texts of a PNG.
        tiff: facts of a TIFF.
        jpeg: facts of a JPEG.
        rest: what comes after the end of a JPEG, PNG or WebP.
        dropped: what the file holds beside the picture, in words.
        notes: what else is to be said.
    """

    resolution: bool = False
    frames: int = 1
    exif: bytes | None = None
    least: int = 0
    color: ColorSpace | None = None
    text: tuple[Text, ...] = ()
    tiff: TiffFacts = field(default_factory=TiffFacts)
    jpeg: JpegFacts | None = None
    rest: Rest = field(default_factory=Rest)
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_header(file: IO[bytes]) -> Header:
    """Look at the header of a picture and go back to its start; a broken one says nothing."""
    head = file.read(HEAD)
    header = Header()
    if head.startswith(SIGNATURE):
        png = read_png_facts(file)
        rest = _after(file, png.end)
        header = Header(
            png.resolution,
            png.frames,
            least=png.least,
            color=png.color,
            text=png.text,
            rest=rest,
            dropped=png.dropped,
        )
    elif head.startswith(b"RIFF"):
        size = int.from_bytes(head[4:8], "little")
        header = Header(rest=_after(file, 8 + size + size % 2))
    elif head.startswith(_TIFF):
        file.seek(0)
        facts = read_tiff_facts(file)
        header = Header(
            facts.resolution, exif=facts.exif, least=facts.least, tiff=facts, dropped=facts.dropped
        )
    elif head.startswith(_JPEG):
        jfif = head[2:4] == b"\xff\xe0" and head[6:11] == b"JFIF\0"  # T.871, 10.1
        header = _jpeg(file, jfif and head[13:14] in (b"\1", b"\2"))
    elif head[4:8] == b"ftyp":
        header = Header(color=read_heif_color(file))
    file.seek(0)
    return header


def _after(file: IO[bytes], end: int | None) -> Rest:
    """What comes after the end of a picture; padding is nothing."""
    if end is None:
        return Rest()
    file.seek(end)
    return read_other(file.read())


def _jpeg(file: IO[bytes], resolution: bool) -> Header:
    with _content(file) as content:
        facts = read_jpeg_facts(content)
        rest = Rest() if facts.end is None else read_rest(content, facts.end)
    dropped = ("the extended XMP (such as a depth map)",) if facts.extended_xmp else ()
    notes = ("the comment is left out",) if facts.comment else ()
    return Header(resolution, jpeg=facts, rest=rest, dropped=dropped, notes=notes)


@contextmanager
def _content(file: IO[bytes]) -> Iterator[Buffer]:
    if isinstance(file, io.BytesIO):
        yield file.getvalue()
        return
    try:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:  # a file system that maps nothing, such as some of FUSE
        file.seek(0)
        yield file.read()
        return
    with mapped as content:
        yield content
