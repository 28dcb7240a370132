"""What a file is by its first bytes, where it has no name that tells."""

from srcnn.files.headers import HEAD
from srcnn.files.heif import is_heif
from srcnn.files.jxl import is_jxl

LENGTH = HEAD
"""Bytes that `suffix_of` looks at."""
_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", ".png"),
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"II*\0", ".tif"),
    (0, b"MM\0*", ".tif"),
    (0, b"II+\0", ".tif"),
    (0, b"MM\0+", ".tif"),
    (8, b"WEBP", ".webp"),
    (0, b"GIF8", ".gif"),
    (0, b"BM", ".bmp"),
)


def suffix_of(head: bytes) -> str:
    """The usual suffix, with its dot, of a picture that begins with ``head``; empty for anything else.

    It only says what the file wants to be; `srcnn.files.read_picture` finds out whether it is.
    """
    found = next((suffix for at, magic, suffix in _SIGNATURES if head[at:].startswith(magic)), "")
    if found:
        return found
    if is_heif(head):
        return ".heic"
    if head[4:8] == b"ftyp" and b"avif" in head:
        return ".avif"
    return ".jxl" if is_jxl(head) else ""
