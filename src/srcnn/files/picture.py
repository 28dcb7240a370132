"""What a picture is to this package, and how one is to be written."""

import re
from dataclasses import dataclass

from srcnn.errors import UsageError
from srcnn.files.color_space import ColorSpace
from srcnn.types import Pixels

EXPECTED = "expected a PNG, JPEG, TIFF, WebP, AVIF, GIF, BMP, HEIC or JPEG XL picture"
SUBSAMPLINGS = ("4:4:4", "4:2:0")
DEPTHS = (8, 16)
_NAMED_COLORS = {"white": "ffffff", "black": "000000"}


@dataclass(frozen=True)
class Picture:
    """Pixels with what belongs to them.

    ``dataclasses.replace(picture, pixels=larger)`` is the larger picture with all of it.

    Attributes:
        pixels: (H, W) grey, (H, W, 2) grey and alpha, (H, W, 3) RGB or (H, W, 4) RGB and alpha;
            uint8 or uint16, the way up that a viewer shows; alpha is not premultiplied. A view of a
            scratch file where `read_picture` was given one and the picture is large.
        icc: the colour profile of the pixels, if the file had one.
        exif: the EXIF block from its byte-order mark on (TIFF 6.0, section 2), if the file had one; its
            orientation is 1 or absent, and it holds no thumbnail.
        xmp: the XMP packet, if the file had one; without orientation and thumbnail, as ``exif``.
        resolution: pixels per inch across and down, if the file says so.
        notes: what was changed knowingly on reading, in words.
        dropped: what else the file holds and this picture does not, in words: pages, frames, channels,
            further pictures, data after its end. The notes say it too.
        color: what the samples mean, if the file says so outside of a profile.
        text: keywords and texts of a PNG, such as the parameters of an image generator.
    """

    pixels: Pixels
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    resolution: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    color: ColorSpace | None = None
    text: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class WriteOptions:
    """How a picture is written.

    Attributes:
        quality: 1 to 100, for JPEG, AVIF, WebP and JPEG XL (the latter two lossless at 100).
        depth: bits a sample, 8 or 16; None is the pixels' own, or as many as the format holds. AVIF stores
            16 as 12.
        subsampling: ``"4:4:4"``, or ``"4:2:0"`` for smaller files with chroma of half the size; for JPEG and
            AVIF (a lossy WebP is always 4:2:0).
        background: (R, G, B), 0 to 255, that a picture with alpha is laid on where the format holds none;
            None refuses such a picture, since no colour is right for everybody.
        strip: leave out EXIF, XMP, text and resolution. The colour profile and the like stay: without them,
            the pixels are other colours.

    Raises:
        UsageError: a value outside of these.
    """

    quality: int = 95
    depth: int | None = None
    subsampling: str = "4:4:4"
    background: tuple[int, int, int] | None = None
    strip: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise UsageError(f"expected a quality of 1 to 100, got {self.quality}")
        if self.depth is not None and self.depth not in DEPTHS:
            raise UsageError(f"expected a depth of 8 or 16 bits, got {self.depth}")
        if self.subsampling not in SUBSAMPLINGS:
            raise UsageError(f"expected chroma of {' or '.join(SUBSAMPLINGS)}, got {self.subsampling!r}")
        if self.background is not None and not all(0 <= level <= 255 for level in self.background):
            raise UsageError(f"expected a background of levels from 0 to 255, got {self.background}")


def parse_color(text: str | None) -> tuple[int, int, int] | None:
    """(R, G, B), 0 to 255: ``ffffff``, ``#ffffff``, ``white``, ``black``.

    Raises:
        UsageError: no color.
    """
    if text is None:
        return None
    digits = _NAMED_COLORS.get(text.lower(), text.removeprefix("#"))
    if re.fullmatch(r"[0-9a-fA-F]{6}", digits) is None:
        raise UsageError(f"expected a --background such as ffffff or white, got {text!r}")
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue
