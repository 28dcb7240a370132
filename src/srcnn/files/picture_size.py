"""The size of a picture from its header, without decoding it."""

import struct

from srcnn.files.vips_messages import prepare_messages


def picture_size(content: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels that a file claims, before its orientation is applied.

    Args:
        content: the file.

    Returns:
        None where there is no telling: no picture, or a format whose header is not looked into (JPEG XL).
    """
    import pyvips

    if content[:2] == b"BM" and len(content) >= 26:
        width, height = struct.unpack_from("<ii", content, 18)
        return abs(width), abs(height)  # a negative height: rows from the top
    prepare_messages()
    try:
        image = pyvips.Image.new_from_buffer(content, "", access="sequential")
    except pyvips.Error:
        return None
    return image.width, image.height
