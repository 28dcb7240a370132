"""Chunks of PNG (PNG, third edition) that libvips neither reads nor writes: frames, colors, and text."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from srcnn.files.color_space import CodePoints, ColorSpace

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIRST = 33  # where chunks begin, after the signature and IHDR
_IN_METRES = 1
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_DEFLATE = 1032  # a byte unfolds to so many at most: 258 in two bits
_FIXED = 100_000  # of gAMA and cHRM
_LONGEST_TEXT = 2**20  # bytes; of one chunk, unfolded
_MOST_TEXT = 2**23  # bytes; of all of them
_MOST_TEXTS = 1000
_KEYWORD = 80  # bytes of the longest, with the zero after it
_BLOCK = 2**20
_XMP = "XML:com.adobe.xmp"
_RAW = "Raw profile type "  # metadata as text, of ImageMagick

Text = tuple[str, str]
"""Keyword and text of a PNG."""


@dataclass
class PngFacts:
    """What the chunks of a PNG tell; see `srcnn.files.headers.Header`; ``end`` is where it ends."""

    resolution: bool = False
    frames: int = 1
    least: int = 0
    color: ColorSpace | None = None
    text: tuple[Text, ...] = ()
    end: int | None = None
    dropped: tuple[str, ...] = ()


def read_png_facts(file: IO[bytes]) -> PngFacts:
    """Read the chunks; as far as they go in a broken file."""
    facts, pixels = PngFacts(), False
    color: dict[str, Any] = {}
    texts = _Texts()
    for kind, position, length in _chunks(file):
        pixels = pixels or kind == b"IDAT"
        if kind == b"IEND":
            facts.end = position + length + 4
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            texts.add(kind, file, position, length)
        elif pixels:
            continue
        elif kind == b"IHDR" and length == 13:
            width, height, bits, color_type = struct.unpack(">IIBB", _content(file, position, 10))
            facts.least = height * (width * bits * _SAMPLES.get(color_type, 0) // 8) // _DEFLATE
        elif kind == b"pHYs" and length == 9:
            facts.resolution = _content(file, position + 8, 1) == bytes([_IN_METRES])
        elif kind == b"acTL" and length == 8:
            (facts.frames,) = struct.unpack(">I", _content(file, position, 4))
        elif length in _COLOR_LENGTHS.get(kind, ()):
            color |= _color(kind, _content(file, position, length))
    facts.color = ColorSpace(**color) if color else None
    facts.text = tuple(texts.kept)
    facts.dropped = ("text that is broken or very long",) if texts.is_more else ()
    return facts


_COLOR_LENGTHS = {b"cICP": (4,), b"gAMA": (4,), b"cHRM": (32,), b"sRGB": (1,), b"mDCV": (24,), b"cLLI": (8,)}


def _color(kind: bytes, content: bytes) -> dict[str, Any]:
    match kind:
        case b"cICP":
            primaries, transfer, matrix, full_range = content
            points = CodePoints(primaries, transfer, full_range == 1)
            return {"code_points": points} if matrix == 0 else {}
        case b"gAMA":
            (gamma,) = struct.unpack(">I", content)
            return {"gamma": gamma / _FIXED} if gamma else {}
        case b"cHRM":
            return {"chromaticities": tuple(value / _FIXED for value in struct.unpack(">8I", content))}
        case b"sRGB":
            return {"intent": content[0]} if content[0] < 4 else {}
        case b"mDCV":
            return {"mastering": content}
        case _:
            return {"light_level": content}


@dataclass
class _Texts:
    """The texts of a PNG that are whole and not too long or too many; ``is_more``: there are others."""

    kept: list[Text] = field(default_factory=list)
    is_more: bool = False
    _count: int = 0
    _room: int = _MOST_TEXT

    def add(self, kind: bytes, file: IO[bytes], position: int, length: int) -> None:
        """Read a chunk, if there is room for it and it is no metadata, which libvips reads."""
        keyword = _content(file, position, min(length, _KEYWORD)).partition(b"\0")[0].decode("latin-1")
        if keyword == _XMP or keyword.startswith(_RAW):
            return
        longest = min(_LONGEST_TEXT, self._room)
        self._count += 1
        found = None
        if self._count <= _MOST_TEXTS and length <= longest:
            found = _decoded_text(kind, _content(file, position, length), longest)
            # What is broken may have been unfolded in vain.
            self._room -= min(longest, _DEFLATE * length) if found is None else len(found[1])
        if found is None:
            self.is_more = True
        else:
            self.kept.append(found)


def _decoded_text(kind: bytes, content: bytes, longest: int) -> Text | None:
    """Keyword and text (PNG 3, 11.3.3); None of a broken one, and of one that unfolds to too many bytes."""
    keyword, _, rest = content.partition(b"\0")
    if not 0 < len(keyword) < _KEYWORD or min(keyword) < ord(" "):
        return None
    try:
        if kind == b"tEXt":
            return keyword.decode("latin-1"), rest.decode("latin-1")
        if kind == b"zTXt":
            return keyword.decode("latin-1"), _unfolded(rest[1:], longest).decode("latin-1")
        packed = rest[:1] == b"\1"
        _language, _translated, text = rest[2:].split(b"\0", 2)
        return keyword.decode("latin-1"), (_unfolded(text, longest) if packed else text).decode("utf-8")
    except (ValueError, zlib.error):
        return None


def _unfolded(packed: bytes, longest: int) -> bytes:
    stream = zlib.decompressobj()
    text = stream.decompress(packed, longest + 1)
    if not stream.eof or len(text) > longest:
        raise ValueError("a text that is broken or very long")
    return text


def _chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """(name, position of the content, length) of the chunks of a PNG (PNG 3, 5.3)."""
    position = len(SIGNATURE)
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        (length,) = struct.unpack(">I", head[:4])
        yield head[4:], position + 8, length
        if head[4:] == b"IEND":
            return
        position += 12 + length


def _content(file: IO[bytes], position: int, length: int) -> bytes:
    file.seek(position)
    return file.read(length).ljust(length, b"\0")


def complete_png(
    file: IO[bytes], color: ColorSpace | None, text: tuple[Text, ...], *, profile: bool, resolution: bool
) -> None:
    """Add colors and text to a PNG that libvips has written, and take back a resolution that it has invented.

    Args:
        file: the PNG, open for reading and writing.
        color: what the samples mean, if that is known.
        text: keywords and texts.
        profile: the file has a profile, beside which there is no sRGB chunk.
        resolution: the resolution in the file is meant.
    """
    if not resolution:
        _unset_resolution(file)
    chunks = [*(_color_chunks(color, profile) if color else ()), *map(_text_chunk, text)]
    if chunks:
        _insert(file, _FIRST, b"".join(_chunk(kind, content) for kind, content in chunks))


def _color_chunks(color: ColorSpace, profile: bool) -> Iterator[tuple[bytes, bytes]]:
    if (points := color.code_points) is not None:
        yield b"cICP", bytes([points.primaries, points.transfer, 0, points.full_range])
    if color.mastering is not None:
        yield b"mDCV", color.mastering
    if color.light_level is not None:
        yield b"cLLI", color.light_level
    if color.intent is not None and not profile:
        yield b"sRGB", bytes([color.intent])
    if color.gamma is not None:
        yield b"gAMA", struct.pack(">I", round(color.gamma * _FIXED))
    if color.chromaticities is not None:
        yield b"cHRM", struct.pack(">8I", *(round(value * _FIXED) for value in color.chromaticities))


def _text_chunk(text: Text) -> tuple[bytes, bytes]:
    keyword, content = text
    try:
        return b"tEXt", keyword.encode("latin-1") + b"\0" + content.encode("latin-1")
    except UnicodeEncodeError:
        return b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + content.encode("utf-8")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _insert(file: IO[bytes], position: int, content: bytes) -> None:
    """Put bytes into a file; those behind move, from the last on."""
    end = file.seek(0, 2)
    while end > position:
        start = max(position, end - _BLOCK)
        file.seek(start)
        block = file.read(end - start)
        file.seek(start + len(content))
        file.write(block)
        end = start
    file.seek(position)
    file.write(content)


def _unset_resolution(file: IO[bytes]) -> None:
    """Write that the unit is unknown instead of metres."""
    for kind, position, length in _chunks(file):
        if kind == b"pHYs":
            content = _content(file, position, length)[:-1] + b"\0"
            file.seek(position)
            file.write(content + struct.pack(">I", zlib.crc32(kind + content)))
            return
