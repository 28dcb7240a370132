"""Pictures on disk: bit depth, alpha, colour profiles, metadata, orientation, limits of each format.

Reads PNG, JPEG, TIFF, WebP, AVIF and GIF through libvips and BMP through Pillow (libvips cannot);
writes PNG, JPEG, TIFF, WebP and AVIF. A file is known by its content when read, by its suffix when
written. What a format cannot hold is refused or reported in a note, never dropped silently.

::

    with sys.stdin.buffer as stream:
        picture = read_picture(stream)
    larger = dataclasses.replace(picture, pixels=srcnn.upscale(picture.pixels, 2))
    notes = picture.notes + write_picture(larger, "larger.tif", WriteOptions(depth=16))
"""

from srcnn.files.jpeg_tables import JpegQuality, jpeg_quality, read_jpeg_quality
from srcnn.files.picture import Picture, WriteOptions, parse_color
from srcnn.files.picture_formats import (
    PICTURE_SUFFIXES,
    WRITABLE_SUFFIXES,
    check_holds,
    check_suffix,
    list_pictures,
    other_files,
    without_needless_alpha,
    without_opaque_alpha,
)
from srcnn.files.reader import read_picture, read_pixels
from srcnn.files.scratch import Scratch
from srcnn.files.writer import send_picture, write_picture

__all__ = [
    "PICTURE_SUFFIXES",
    "WRITABLE_SUFFIXES",
    "JpegQuality",
    "Picture",
    "Scratch",
    "WriteOptions",
    "check_holds",
    "check_suffix",
    "jpeg_quality",
    "list_pictures",
    "other_files",
    "parse_color",
    "read_jpeg_quality",
    "read_picture",
    "read_pixels",
    "send_picture",
    "without_needless_alpha",
    "without_opaque_alpha",
    "write_picture",
]
