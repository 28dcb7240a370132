"""The global heaps of an HDF5 file, looked at before the HDF5 library does.

Text of any length lies in them, such as Keras' ``model_config``. Where an object in one says that it has no
size, the library looks for the next one at the same place without end. HDF5 File Format Specification
Version 3.0, section III.E.
"""

import struct

from srcnn.errors import WeightsError

_SIGNATURE = b"GCOL\1\0\0\0"
_HEADER = 16


def check_heaps(content: bytes) -> None:
    """Refuse heaps that the library would not come to the end of.

    Raises:
        WeightsError: objects of no size, or beyond the end of their heap.
    """
    start = content.find(_SIGNATURE)
    while start >= 0:
        if not _ends(content, start):
            raise WeightsError("expected a whole HDF5 file, got a broken or truncated one")
        start = content.find(_SIGNATURE, start + 1)


def _ends(content: bytes, start: int) -> bool:
    try:
        (size,) = struct.unpack_from("<Q", content, start + 8)
        at, end = start + _HEADER, start + size
        # What is left at the end and too small for an object's header is none.
        while at + _HEADER <= end:
            index, length = struct.unpack_from("<H6xQ", content, at)
            step = _HEADER + (length + 7) // 8 * 8 if index else length  # free space counts its header
            if step < _HEADER:
                return False
            at += step
    except struct.error:
        return False
    return at <= end
