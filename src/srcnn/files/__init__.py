"""Pictures on disk: bit depth, alpha, colour profiles, orientation, limits of each format.

Reads PNG, JPEG, TIFF, WebP, AVIF and GIF through libvips and BMP through Pillow (libvips cannot);
writes PNG, JPEG, TIFF, WebP and AVIF. A file is known by its content when read, by its suffix when
written. What a format cannot hold is refused or told in a note, never dropped in silence.
"""

from srcnn.files.formats import (
    PICTURE_SUFFIXES,
    WRITABLE_SUFFIXES,
    Picture,
    Pixels,
    check_holds,
    check_suffix,
    list_pictures,
)
from srcnn.files.reading import read_picture, read_pixels
from srcnn.files.writing import write_picture

__all__ = [
    "PICTURE_SUFFIXES",
    "WRITABLE_SUFFIXES",
    "Picture",
    "Pixels",
    "check_holds",
    "check_suffix",
    "list_pictures",
    "read_picture",
    "read_pixels",
    "write_picture",
]
