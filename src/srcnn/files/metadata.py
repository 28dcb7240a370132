"""EXIF of a picture that has been turned the right way up and enlarged.

EXIF is changed in place and otherwise left as it is: makers' notes in it point at bytes by their position, so
that a block that is taken apart and put together again loses them.
"""

import struct

_PREFIX = b"Exif\0\0"
_ORIENTATION = 0x0112
_THUMBNAIL_OFFSET, _THUMBNAIL_LENGTH = 0x0201, 0x0202
_RESOLUTIONS, _UNIT = (0x011A, 0x011B), 0x0128
_EXIF_DIRECTORY, _INTEROP_DIRECTORY = 0x8769, 0xA005
_LONG = 4
# Width and height in the first directory, in that of EXIF and in that of interoperability.
_SIZES = ((0x0100, 0x0101), (0xA002, 0xA003), (0x1001, 0x1002))
_UNITS = {2: 1.0, 3: 2.54}  # inches and centimetres; 1 is no unit
_ENTRY = 12


def upright_exif(block: bytes) -> bytes | None:
    """The block with orientation 1 and without thumbnail; None where it is broken.

    Args:
        block: an EXIF block, with or without the ``Exif`` that precedes it in JPEG.
    """
    exif = bytearray(block.removeprefix(_PREFIX))
    if exif[:4] not in (b"II*\0", b"MM\0*"):
        return None
    order = "<" if exif[:1] == b"I" else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", exif, 4)
        entries, link = _directory(exif, first, order)
        for position, tag in entries:
            if tag == _ORIENTATION:
                struct.pack_into(f"{order}H", exif, position + 8, 1)
        (second,) = struct.unpack_from(f"{order}I", exif, link)
        struct.pack_into(f"{order}I", exif, link, 0)
        if second:
            _erase_thumbnail(exif, second, order)
    except (struct.error, IndexError):
        return None
    return bytes(exif)


def resized_exif(block: bytes, size: tuple[int, int]) -> bytes:
    """The block of a picture that is so large now; it says no size that it did not say before.

    Args:
        block: one of `upright_exif`.
        size: (width, height) of the picture.
    """
    exif = bytearray(block)
    order = "<" if exif[:1] == b"I" else ">"
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    for sides, below in zip(_SIZES, (_EXIF_DIRECTORY, _INTEROP_DIRECTORY, None), strict=True):
        try:
            places = {tag: at for at, tag in _directory(exif, start, order)[0]}
            for tag, side in zip(sides, size, strict=True):
                if tag in places:
                    struct.pack_into(f"{order}HII", exif, places[tag] + 2, _LONG, 1, side)
            if below not in places:
                break
            (start,) = struct.unpack_from(f"{order}I", exif, places[below] + 8)
        except struct.error:
            break
    return bytes(exif)


def exif_resolution(exif: bytes) -> tuple[float, float] | None:
    """Pixels per inch across and down that a block says, if it does; it is one of `upright_exif`."""
    order = "<" if exif[:1] == b"I" else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", exif, 4)
        where = {tag: at + 8 for at, tag in _directory(exif, first, order)[0]}
        per_inch = _UNITS[struct.unpack_from(f"{order}H", exif, where[_UNIT])[0]] if _UNIT in where else 1.0
        across, down = (_rational(exif, where[tag], order) * per_inch for tag in _RESOLUTIONS)
    except (struct.error, LookupError, ZeroDivisionError):
        return None
    return across, down


def _rational(exif: bytes, position: int, order: str) -> float:
    (at,) = struct.unpack_from(f"{order}I", exif, position)
    over, under = struct.unpack_from(f"{order}II", exif, at)
    return over / under


def _directory(exif: bytes | bytearray, start: int, order: str) -> tuple[list[tuple[int, int]], int]:
    """(position, tag) of the entries of the directory at ``start``, and the position of the next one's."""
    (count,) = struct.unpack_from(f"{order}H", exif, start)
    positions = [start + 2 + _ENTRY * index for index in range(count)]
    return [
        (at, struct.unpack_from(f"{order}H", exif, at)[0]) for at in positions
    ], start + 2 + _ENTRY * count


def _erase_thumbnail(exif: bytearray, start: int, order: str) -> None:
    """Zeros over the directory at ``start`` and its picture, which is cut off where it comes last."""
    entries, end = _directory(exif, start, order)
    where = {tag: struct.unpack_from(f"{order}I", exif, at + 8)[0] for at, tag in entries}
    offset, length = where.get(_THUMBNAIL_OFFSET, 0), where.get(_THUMBNAIL_LENGTH, 0)
    exif[start : end + 4] = bytes(len(exif[start : end + 4]))
    if start < offset < len(exif):
        last = min(offset + length, len(exif))
        exif[offset:last] = bytes(last - offset)
        if last == len(exif):
            del exif[offset:]
