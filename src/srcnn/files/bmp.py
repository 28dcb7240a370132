"""Reading BMP through Pillow, which libvips cannot."""

from typing import IO, TYPE_CHECKING, Any

import numpy as np

from srcnn.errors import ImageError
from srcnn.files.picture import Picture
from srcnn.files.scratch import Scratch, check_fits

if TYPE_CHECKING:
    from PIL.BmpImagePlugin import BmpImageFile

_KEPT = {"L": "L", "1": "L", "RGBA": "RGBA"}
_NOTES = {"P": "the palette is converted to RGB", "1": "1 bit a sample become 8"}


def read_bmp(file: IO[bytes], name: str, scratch: Scratch | None = None) -> Picture:
    """Read a BMP; it holds neither profile nor EXIF.

    Raises:
        ImageError: a truncated or broken one, or one that does not fit into memory or ``scratch``.
    """
    from PIL import BmpImagePlugin

    try:
        # Not through `Image.open`, which has a limit of its own.
        image = BmpImagePlugin.BmpImageFile(file)
        kept = _KEPT.get(image.mode, "RGB")
        _check_length(image, file)
        check_fits(image.width * image.height * len(kept), (image.height, image.width), name, scratch)
        image.load()
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, OverflowError, MemoryError) as error:
        raise ImageError(f"expected a whole BMP picture, got {name} ({error}); copy it again") from error
    note = _NOTES.get(image.mode)
    dpi = image.info.get("dpi")
    return Picture(
        np.array(image.convert(kept)),
        resolution=dpi if dpi and min(dpi) > 0 else None,
        notes=(note,) if note else (),
    )


def _check_length(image: "BmpImageFile", file: IO[bytes]) -> None:
    """Refuse a height that the file is too short for, which Pillow would make room for first."""
    tile: Any = image.tile[0]
    codec, _, offset, arguments = tile
    available = file.seek(0, 2) - offset
    # A row's bytes, or at most 255 pixels for each pair of bytes of a run.
    needed = arguments[1] * image.height if codec == "raw" else image.width * image.height // 128
    if needed > available:
        raise ValueError(f"{available:,} bytes of pixels are too few for {image.width}x{image.height}")
