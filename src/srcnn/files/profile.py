"""Colour profiles: which of them can be handed on (ICC.1:2022, section 7)."""

import struct

_HEADER = 132  # with the count of tags
_DEVICES = (b"scnr", b"mntr", b"prtr", b"spac")
_CONNECTIONS = (b"XYZ ", b"Lab ")


def profile_fits(icc: bytes, *, grey: bool) -> bool:
    """Whether a profile is one for grey, or for RGB, pixels."""
    return icc[16:20] == (b"GRAY" if grey else b"RGB ")


def profile_is_whole(icc: bytes) -> bool:
    """Whether header and table of tags are in order.

    libpng refuses to write a picture with one that is not, and other readers refuse to read it: these are its
    conditions (png.c, ``png_icc_check_header`` and ``png_icc_check_tag_table``).
    """
    if len(icc) < _HEADER:
        return False
    size, count = struct.unpack_from(">I", icc)[0], struct.unpack_from(">I", icc, 128)[0]
    aligned = icc[8] <= 3 or size % 4 == 0
    intent = struct.unpack_from(">I", icc, 64)[0] < 0xFFFF
    kind = icc[36:40] == b"acsp" and icc[12:16] in _DEVICES and icc[20:24] in _CONNECTIONS
    if not (size == len(icc) and aligned and intent and kind and _HEADER + 12 * count <= size):
        return False
    places = (struct.unpack_from(">II", icc, _HEADER + 12 * tag + 4) for tag in range(count))
    return all(start + length <= size for start, length in places)
