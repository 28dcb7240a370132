"""EXIF in TIFF, which libvips neither reads nor writes, and a resolution that is not known.

A TIFF holds the camera and the dates in its own directory, and the rest in directories of EXIF and GPS that
this one points at (CIPA DC-008, 4.6.3).
"""

import io
import struct
import warnings
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Exif
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

_PHOTOMETRIC, _PALETTE, _YCBCR = 262, 3, 6
_COLORS = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3}  # channels of color by photometric interpretation
_BITS, _COMPRESSION = 258, 259
_SAMPLES, _EXTRA_SAMPLES, _UNSPECIFIED = 277, 338, 0
_SUBFILE, _OLD_SUBFILE, _REDUCED = 254, 255, 1  # the lowest bit of the former, 2 in the latter
_SUB_IMAGES, _LAYERS = 330, 37724
_PAGES = 1000  # looked at for the one that is no thumbnail
# The most that a byte can unfold to: none, LZW with codes of 12 bits for up to 4,096 bytes, deflate with 258
# bytes in two bits, PackBits with 128 in two bytes. Others have no bound.
_RATIOS = {1: 1, 5: 2731, 8: 1032, 32946: 1032, 32773: 64}
_RESOLUTION, _RESOLUTION_UNIT, _NO_UNIT = 282, 296, 1
# Description, make, model, software, date, artist, host computer, copyright: no matter of the pixels.
_TEXTS = (270, 271, 272, 305, 306, 315, 316, 33432)
_DIRECTORIES = (0x8769, 0x8825)  # EXIF, GPS
_INTEROP = 0xA005
_HEAD = 16
# What Pillow raises on broken directories.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
)


@dataclass(frozen=True)
class _Layout:
    """Where things are in a TIFF, or in a BigTIFF, which has longer fields."""

    order: str = "<"
    link: int = 4
    pointer: str = "I"
    count: str = "H"
    record: int = 12
    value: int = 8

    @staticmethod
    def of(head: bytes) -> "_Layout":
        order = "<" if head[:2] == b"II" else ">"
        return replace(_BIG if struct.unpack(f"{order}H", head[2:4]) == (43,) else _Layout(), order=order)

    def pack(self, kind: str, value: int) -> bytes:
        return struct.pack(self.order + kind, value)

    def number(self, file: IO[bytes], kind: str) -> int:
        return struct.unpack(self.order + kind, file.read(struct.calcsize(kind)))[0]

    def records(self, directory: IO[bytes]) -> dict[int, bytes]:
        """The records of the directory that a file stands at, by tag."""
        found = [directory.read(self.record) for _ in range(self.number(directory, self.count))]
        return {struct.unpack(f"{self.order}H", record[:2])[0]: record for record in found}


_BIG = _Layout(link=8, pointer="Q", count="Q", record=20, value=12)


@dataclass(frozen=True)
class TiffFacts:
    """What libvips does not tell of a TIFF.

    Attributes:
        exif: its EXIF block.
        palette: its pixels are those of a palette.
        resolution: it states one, with a unit.
        least: bytes that the file must have for as many pixels as it claims.
        page: the first one that is no thumbnail of another.
        only_thumbnail: there is none such; the picture is in a directory below, as in raw files.
        extra: the kind of each channel beside color: 0 unspecified, 1 associated alpha, 2 alpha.
        samples: channels.
        dropped: what the page holds beside pixels that are read.
        compression: its number.
        bits: of a sample.
    """

    exif: bytes | None = None
    palette: bool = False
    resolution: bool = False
    least: int = 0
    page: int = 0
    only_thumbnail: bool = False
    extra: tuple[int, ...] = ()
    samples: int = 0
    dropped: tuple[str, ...] = ()
    compression: int = 1
    bits: int = 8


def read_tiff_facts(file: IO[bytes]) -> TiffFacts:
    """Read the directory of the picture; nothing from a broken one, since libvips is the judge of that."""
    from PIL import Image, TiffImagePlugin

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            head = file.read(_HEAD)
            layout = _Layout.of(head)
            # Not through `Image.open`, which refuses kinds of pixels that libvips reads.
            tags = TiffImagePlugin.ImageFileDirectory_v2(head[: 2 * layout.link])
            first = tags.next
            page, start = _picture_page(tags, file)
            blocks = []
            for directory in dict.fromkeys((start, first)):
                exif = Image.Exif()
                exif.endian, exif.bigtiff = layout.order, layout.link == _BIG.link
                exif.load_from_fp(file, directory)
                blocks.append(_chosen(exif))
            return TiffFacts(
                next(filter(None, blocks), None),
                tags.get(_PHOTOMETRIC) == _PALETTE,
                _RESOLUTION in tags and tags.get(_RESOLUTION_UNIT) != _NO_UNIT,
                _least(tags),
                page,
                _is_reduced(tags) and _SUB_IMAGES in tags,
                _extra(tags),
                int(tags.get(_SAMPLES, 1)),
                _dropped(tags),
                int(tags.get(_COMPRESSION, 1)),
                _bits(tags),
            )
        except _BROKEN:
            return TiffFacts()


def _picture_page(tags: "ImageFileDirectory_v2", file: IO[bytes]) -> tuple[int, int]:
    """Number and position of the first page that is no thumbnail, or of the first; ``tags`` hold it then."""
    first = start = tags.next
    room = file.seek(0, io.SEEK_END)
    for page in range(_PAGES):
        file.seek(start)
        tags.load(file)
        if not _is_reduced(tags):
            return page, start
        room -= file.tell() - start
        if not tags.next or room < 0:  # longer than the file together: they stand in a circle
            break
        start = tags.next
    file.seek(first)
    tags.load(file)
    return 0, first


def _is_reduced(tags: "ImageFileDirectory_v2") -> bool:
    """Whether a page says of itself that it is a smaller copy of another (TIFF 6.0, NewSubfileType)."""
    return bool(int(tags.get(_SUBFILE, 0)) & _REDUCED) or tags.get(_OLD_SUBFILE) == 2


def _extra(tags: "ImageFileDirectory_v2") -> tuple[int, ...]:
    """Kinds of the channels beside color; where the file does not say, they are unspecified."""
    samples, colors = int(tags.get(_SAMPLES, 1)), _COLORS.get(int(tags.get(_PHOTOMETRIC, 1)))
    count = 0 if colors is None else max(0, samples - colors)
    stated: Any = tags.get(_EXTRA_SAMPLES, ())
    kinds = [int(kind) for kind in (stated if isinstance(stated, tuple) else (stated,))]
    return tuple((kinds + [_UNSPECIFIED] * count)[:count])


def _dropped(tags: "ImageFileDirectory_v2") -> tuple[str, ...]:
    known = ((_LAYERS, "the layers of Photoshop"), (_SUB_IMAGES, "the images below the page"))
    return tuple(what for tag, what in known if tag in tags)


def _least(tags: "ImageFileDirectory_v2") -> int:
    if tags.get(_PHOTOMETRIC) == _YCBCR:  # may have fewer samples than pixels
        return 0
    width, height, samples = (int(tags.get(tag, 1)) for tag in (256, 257, 277))
    ratio = _RATIOS.get(int(tags.get(_COMPRESSION, 1)))
    return 0 if ratio is None else width * height * samples * _bits(tags) // 8 // ratio


def _bits(tags: "ImageFileDirectory_v2") -> int:
    return int(tags.get(_BITS, (1,))[0])


def _chosen(found: "Exif") -> bytes | None:
    from PIL import Image

    exif = Image.Exif()
    texts = _texts(found)
    directories = _directories(found)
    for tag, value in texts.items():
        exif[tag] = value
    for tag, directory in directories.items():
        exif.get_ifd(tag).update(directory)
    return exif.tobytes() if texts or directories else None


class _Text(str):
    """Text that Pillow has read as Latin-1: the same bytes are written, not ``?`` for what is no ASCII."""

    __slots__ = ()

    def encode(self, encoding: str = "latin-1", errors: str = "strict") -> bytes:
        """The bytes that were read, whatever Pillow asks for."""
        return super().encode("latin-1", errors)


def _written(value: Any) -> Any:
    """A value of a directory as it is to be given to Pillow, so that letters of any encoding stay."""
    if isinstance(value, str):
        return _Text(value)
    if isinstance(value, dict):
        return {tag: _written(inner) for tag, inner in value.items()}
    return tuple(map(_written, value)) if isinstance(value, tuple) else value


def _texts(exif: "Exif") -> dict[int, Any]:
    return {tag: _written(exif[tag]) for tag in _TEXTS if tag in exif}


def _directories(exif: "Exif") -> dict[int, dict[int, Any]]:
    """The directories of EXIF and GPS as far as they are there, with interoperability inside the former."""
    found = {tag: dict(exif.get_ifd(tag)) for tag in _DIRECTORIES}
    if _INTEROP in found[_DIRECTORIES[0]]:
        found[_DIRECTORIES[0]][_INTEROP] = dict(exif.get_ifd(_INTEROP))
    return {tag: _written(directory) for tag, directory in found.items() if directory}


def complete_tiff(file: IO[bytes], exif: bytes | None, *, resolution: bool) -> bool:
    """Add EXIF to a TIFF that libvips has written, and take back a resolution that it has invented.

    The directory is written anew at the end, as its records are in order and leave no room; what they point
    at stays where it is.

    Args:
        file: the TIFF, open for reading and writing.
        exif: the block to add, if there is one.
        resolution: the resolution in the file is meant.

    Returns:
        Whether all of it could be done: not where the block is broken.
    """
    file.seek(0)
    head = file.read(_HEAD)
    layout = _Layout.of(head)
    file.seek(layout.link)
    file.seek(layout.number(file, layout.pointer))
    records = layout.records(file)
    if not resolution:
        unit = records[_RESOLUTION_UNIT]
        records[_RESOLUTION_UNIT] = (
            unit[: layout.value] + layout.pack("H", _NO_UNIT) + unit[layout.value + 2 :]
        )
    added = _add_exif(file, exif, head, layout) if exif is not None else {}
    start = _end(file)
    file.write(layout.pack(layout.count, len(records | added)))
    file.writelines(record for _, record in sorted((added | records).items()))
    file.write(layout.pack(layout.pointer, 0))
    file.seek(layout.link)
    file.write(layout.pack(layout.pointer, start))
    return exif is None or bool(added)


def _add_exif(file: IO[bytes], exif: bytes, head: bytes, layout: _Layout) -> dict[int, bytes]:
    """Write what the block holds at the end of the file; records that point at it, none of a broken block."""
    from PIL import Image, TiffImagePlugin

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            block = Image.Exif()
            block.load(exif)
            directory = TiffImagePlugin.ImageFileDirectory_v2(head[: 2 * layout.link])
            for tag, value in {**_texts(block), **_directories(block)}.items():
                directory[tag] = value
            content = directory.tobytes(_end(file))
        except _BROKEN:
            return {}
    file.write(content)
    return layout.records(io.BytesIO(content))


def _end(file: IO[bytes]) -> int:
    """Go to the end of the file, made even: directories begin at even positions."""
    file.seek(0, 2)
    file.write(b"\0" * (file.tell() % 2))
    return file.tell()
