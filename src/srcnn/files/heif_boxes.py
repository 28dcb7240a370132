"""Boxes of HEIF and AVIF (ISO/IEC 14496-12, 23008-12): code points of color, and brands."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from srcnn.files.color_space import UNSPECIFIED, CodePoints, ColorSpace

_LARGEST = 2**24  # bytes of the box "meta"
_META_HEAD = 12  # its size, its name, its version
_MATRIX, _FULL_RANGE = 6, 0x80  # of what libheif writes where nothing is asked for


@dataclass(frozen=True)
class _Box:
    """A box: its name, and where it begins, where its content does, and where it ends."""

    name: bytes
    start: int
    content: int
    end: int


def read_heif_color(file: IO[bytes]) -> ColorSpace | None:
    """Code points and light levels of the primary picture; None where there are none, or of a broken file.

    With a profile in the file there are none: it goes before them (ISO/IEC 23008-12, 6.5.5).
    """
    try:
        meta = _meta(file)
        if meta is None:
            return None
        found = dict(_properties(meta[1]))
        points = found.get(b"nclx")
        color: dict[str, Any] = {} if b"prof" in found or points is None else _color(points)
    except (struct.error, IndexError):
        return None
    if b"mdcv" in found and len(found[b"mdcv"]) >= 24:
        green, blue, red, rest = (
            found[b"mdcv"][at : at + size] for at, size in ((0, 4), (4, 4), (8, 4), (12, 12))
        )
        color["mastering"] = red + green + blue + rest
    if b"clli" in found and len(found[b"clli"]) >= 4:
        # Candelas per square metre; PNG counts in ten-thousandths.
        color["light_level"] = struct.pack(
            ">2I", *(level * 10_000 for level in struct.unpack(">2H", found[b"clli"][:4]))
        )
    return ColorSpace(**color) if color else None


def _color(points: bytes) -> dict[str, Any]:
    primaries, transfer = struct.unpack(">2H", points[:4])
    if UNSPECIFIED in (primaries, transfer) or max(primaries, transfer) > 255:
        return {}
    # Decoders make RGB of full range, whatever the matrix and the range in the file.
    return {"code_points": CodePoints(primaries, transfer)}


def _meta(file: IO[bytes]) -> tuple[int, bytes] | None:
    """The position and the bytes of the box "meta"."""
    file.seek(0, 2)
    end, position = file.tell(), 0
    while position + 8 <= end:
        file.seek(position)
        head = file.read(16)
        size, name = struct.unpack(">I4s", head[:8])
        if size == 1:
            (size,) = struct.unpack(">Q", head[8:16])
        if name == b"meta" and _META_HEAD < size <= _LARGEST:
            file.seek(position)
            return position, file.read(size)
        if size < 8:
            return None
        position += size
    return None


def _boxes(content: bytes, start: int, end: int) -> Iterator[_Box]:
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", content, start)
        if size < 8 or start + size > end:
            return
        yield _Box(name, start, start + 8, start + size)
        start += size


def _inner(content: bytes, name: bytes, start: int, end: int) -> _Box | None:
    return next((box for box in _boxes(content, start, end) if box.name == name), None)


def _parts(meta: bytes) -> tuple[_Box, _Box, _Box] | None:
    """The boxes of properties: "iprp", and in it "ipco" and "ipma"."""
    outer = _inner(meta, b"iprp", _META_HEAD, len(meta))
    if outer is None:
        return None
    container = _inner(meta, b"ipco", outer.content, outer.end)
    links = _inner(meta, b"ipma", outer.content, outer.end)
    return None if container is None or links is None else (outer, container, links)


def _primary(meta: bytes) -> int | None:
    box = _inner(meta, b"pitm", _META_HEAD, len(meta))
    if box is None:
        return None
    kind = ">H" if meta[box.content] == 0 else ">I"
    return struct.unpack_from(kind, meta, box.content + 4)[0]


def _properties(meta: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, content) of properties of color: of the primary picture, or of any where it has none."""
    parts = _parts(meta)
    if parts is None:
        return
    _, container, links = parts
    boxes = list(_boxes(meta, container.content, container.end))
    mine = [boxes[index - 1] for index in _linked(meta, links, _primary(meta)) if 0 < index <= len(boxes)]
    for box in mine if any(box.name == b"colr" for box in mine) else boxes:
        if box.name == b"colr":
            kind = meta[box.content : box.content + 4]
            yield b"prof" if kind == b"rICC" else kind, meta[box.content + 4 : box.end]
        elif box.name in (b"mdcv", b"clli"):
            yield box.name, meta[box.content : box.end]


def _linked(meta: bytes, links: _Box, item: int | None) -> list[int]:
    """Numbers of the properties of an item."""
    for number, start, count, wide in _entries(meta, links):
        if number == item:
            if wide:
                return [value & 0x7FFF for value in struct.unpack_from(f">{count}H", meta, start)]
            return [value & 0x7F for value in meta[start : start + count]]
    return []


def _entries(meta: bytes, links: _Box) -> Iterator[tuple[int, int, int, bool]]:
    """(item, position of its properties, their count, whether they are of 2 bytes)."""
    wide = bool(meta[links.content + 3] & 1)
    kind = ">H" if meta[links.content] == 0 else ">I"
    (entries,) = struct.unpack_from(">I", meta, links.content + 4)
    at = links.content + 8
    for _ in range(entries):
        (number,) = struct.unpack_from(kind, meta, at)
        at += struct.calcsize(kind)
        count = meta[at]
        yield number, at + 1, count, wide
        at += 1 + count * (2 if wide else 1)


def add_code_points(file: IO[bytes], points: CodePoints) -> None:
    """Add code points to an AVIF that libvips has written, which states none.

    Args:
        file: the AVIF, open for reading and writing.
        points: what the samples mean.

    Raises:
        ValueError: a file of another structure.
    """
    found = _meta(file)
    parts = _parts(found[1]) if found is not None else None
    if found is None or parts is None:
        raise ValueError("an AVIF without properties")
    (position, meta), (outer, container, links) = found, parts
    color = b"nclx" + struct.pack(">3HB", points.primaries, points.transfer, _MATRIX, _FULL_RANGE)
    color = struct.pack(">I4s", 8 + len(color), b"colr") + color
    number = 1 + sum(1 for _ in _boxes(meta, container.content, container.end))
    entries = [entry for entry in _entries(meta, links) if entry[0] == _primary(meta)]
    if len(entries) != 1 or container.end > links.start:
        raise ValueError("an AVIF of another order")
    _, start, count, wide = entries[0]
    link = number.to_bytes(2 if wide else 1, "big")
    changed = bytearray(meta)
    changed[start - 1] = count + 1
    growth = len(color) + len(link)
    for box, more in ((outer, growth), (container, len(color)), (links, len(link))):
        struct.pack_into(">I", changed, box.start, box.end - box.start + more)
    struct.pack_into(">I", changed, 0, len(meta) + growth)
    _move_items(changed, growth)
    after = start + count * len(link)
    changed[after:after] = link
    changed[container.end : container.end] = color
    file.seek(position + len(meta))
    rest = file.read()
    file.seek(position)
    file.write(changed + rest)


def _move_items(meta: bytearray, growth: int) -> None:
    """Places of the items, which lie behind, in "iloc" (ISO/IEC 14496-12, 8.11.3) of version 0 or 1."""
    box = _inner(bytes(meta), b"iloc", _META_HEAD, len(meta))
    if box is None or meta[box.content] > 1:
        raise ValueError("an AVIF without places of items")
    version, sizes = meta[box.content], meta[box.content + 4 : box.content + 6]
    offset, length, base = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4
    index = sizes[1] & 15 if version else 0
    (items,) = struct.unpack_from(">H", meta, box.content + 6)
    at = box.content + 8
    for _ in range(items):
        at += 4 + 2 * version
        _add(meta, at, base, growth)
        (extents,) = struct.unpack_from(">H", meta, at + base)
        at += base + 2
        for _ in range(extents):
            _add(meta, at + index, offset, 0 if base else growth)
            at += index + offset + length


def _add(content: bytearray, position: int, size: int, more: int) -> None:
    value = int.from_bytes(content[position : position + size], "big") + more
    content[position : position + size] = value.to_bytes(size, "big")
