"""What libvips does not tell of a file: whether it states a resolution, how many frames a PNG has."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from srcnn.files.tiff import read_tiff_facts

HEAD = 16
_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_IN_METRES = 1
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_DEFLATE = 1032  # a byte unfolds to so many at most: 258 in two bits


@dataclass(frozen=True)
class Header:
    """What stands before the pixels.

    Attributes:
        resolution: the file states one outside EXIF; otherwise, libvips fills in what it takes for granted.
        frames: pictures in an animated PNG, of which libvips tells nothing.
        palette: the pixels of a TIFF are those of a palette.
        exif: the EXIF block of a TIFF.
        least: bytes that the file must have for as many pixels as it claims; 0 where there is no telling.
    """

    resolution: bool = False
    frames: int = 1
    palette: bool = False
    exif: bytes | None = None
    least: int = 0


def read_header(file: IO[bytes]) -> Header:
    """Look at the header of a picture and go back to its start; a broken one says nothing."""
    head = file.read(HEAD)
    header = Header()
    if head.startswith(_PNG):
        header = _png(file)
    elif head.startswith(_TIFF):
        file.seek(0)
        facts = read_tiff_facts(file)
        header = Header(facts.resolution, palette=facts.palette, exif=facts.exif, least=facts.least)
    elif head[2:4] == b"\xff\xe0" and head[6:11] == b"JFIF\0":  # T.871, 10.1
        header = Header(head[13:14] in (b"\1", b"\2"))
    file.seek(0)
    return header


def _png(file: IO[bytes]) -> Header:
    resolution, frames, least = False, 1, 0
    for kind, position, length in _chunks(file):
        if kind == b"IHDR" and length == 13:
            file.seek(position)
            width, height, bits, color = struct.unpack(">IIBB", file.read(10).ljust(10, b"\0"))
            least = height * (width * bits * _SAMPLES.get(color, 0) // 8) // _DEFLATE
        elif kind == b"pHYs" and length == 9:
            file.seek(position + 8)
            resolution = file.read(1) == bytes([_IN_METRES])
        elif kind == b"acTL" and length == 8:
            file.seek(position)
            (frames,) = struct.unpack(">I", file.read(4).ljust(4, b"\0"))
    return Header(resolution, frames, least=least)


def _chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """(name, position of the content, length) of the chunks of a PNG before its pixels (PNG 3, 5.3)."""
    position = len(_PNG)
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
            return
        (length,) = struct.unpack(">I", head[:4])
        yield head[4:], position + 8, length
        position += 12 + length


def unset_png_resolution(file: IO[bytes]) -> None:
    """Take back the resolution that libvips invents in a PNG: "unit unknown" instead of metres."""
    for kind, position, length in _chunks(file):
        if kind == b"pHYs":
            file.seek(position)
            content = file.read(length)[:-1] + b"\0"
            file.seek(position)
            file.write(content + struct.pack(">I", zlib.crc32(kind + content)))
            return
