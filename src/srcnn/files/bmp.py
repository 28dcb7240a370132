"""Reading BMP through Pillow, which libvips cannot."""

from typing import IO

import numpy as np

from srcnn.errors import ImageError
from srcnn.files.picture import Picture
from srcnn.files.scratch import check_fits

_KEPT = {"L": "L", "1": "L", "RGBA": "RGBA"}
_NOTES = {"P": "the palette is converted to RGB", "1": "1 bit a sample become 8"}


def read_bmp(file: IO[bytes], name: str) -> Picture:
    """Read a BMP; it holds neither profile nor EXIF.

    Raises:
        ImageError: a truncated or broken one, or one that does not fit into memory.
    """
    from PIL import BmpImagePlugin

    try:
        # Not through `Image.open`, which has a limit of its own.
        image = BmpImagePlugin.BmpImageFile(file)
        kept = _KEPT.get(image.mode, "RGB")
        check_fits(image.width * image.height * len(kept), (image.height, image.width), name)
        image.load()
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, OverflowError) as error:
        raise ImageError(f"expected a whole BMP picture, got {name} ({error}); copy it again") from error
    note = _NOTES.get(image.mode)
    dpi = image.info.get("dpi")
    return Picture(
        np.array(image.convert(kept)),
        resolution=dpi if dpi and min(dpi) > 0 else None,
        notes=(note,) if note else (),
    )
