"""JPEG XL through libjxl, with the extra "phone"."""

from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.errors import ImageError
from srcnn.files.color_space import LINEAR, SRGB, CodePoints, ColorSpace
from srcnn.files.icc import code_points_of, profile_is_whole
from srcnn.files.metadata import exif_resolution, upright_exif
from srcnn.files.phone import JXL_PACKAGE, check_phone
from srcnn.files.picture import Picture
from srcnn.files.scratch import Scratch, check_fits
from srcnn.files.xmp import upright_xmp
from srcnn.types import Pixels

_CODESTREAM, _CONTAINER = b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"  # ISO/IEC 18181-2, 9.1
_CREATOR = b"jxl "  # of profiles that libjxl makes of code points
_BYTE = 8
_MOST_PIXELS = 2**21  # in 3 bytes: a group of 1024x1024 takes 12 bits in the table of contents (18181-1, F.3)


def is_jxl(head: bytes) -> bool:
    """Whether a file that begins so is JPEG XL."""
    return head.startswith((_CODESTREAM, _CONTAINER))


def read_jxl(content: bytes, name: str, scratch: Scratch | None = None) -> Picture:
    """Read a JPEG XL; libjxl has turned it the right way up.

    Raises:
        ImageError: a broken one, one that does not fit into memory or ``scratch``, samples of floating
            point, or no libjxl.
    """
    check_phone(JXL_PACKAGE, name, "JPEG XL")
    import pyjpegxl

    try:
        if not _boxes_fit(content):
            raise ValueError("a box that is longer than the file")
        facts = pyjpegxl.probe(content)
        if 3 * facts.width * facts.height > len(content) * _MOST_PIXELS:
            raise ValueError("too few bytes for as many pixels as it claims")
        channels = facts.num_color_channels + facts.has_alpha
        size = facts.width * facts.height * channels * (1 if facts.bits_per_sample <= _BYTE else 2)
        check_fits(size, (facts.height, facts.width), name, scratch)
        facts, pixels = pyjpegxl.decode_to_numpy(content)
    except (RuntimeError, ValueError, MemoryError, OverflowError) as error:
        raise ImageError(
            f"expected a whole JPEG XL picture, got {name}, which is truncated or broken ({error}); "
            "copy it again"
        ) from error
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"expected samples of 8 or 16 bits, got {pixels.dtype} in {name}; convert it first")
    notes: list[str] = []
    exif = upright_exif(facts.exif) if facts.exif else None
    if facts.exif and exif is None:
        notes.append("the EXIF block is broken and left out")
    icc, color = facts.icc, None
    if icc is not None and not profile_is_whole(icc):
        icc = None
        notes.append("the colour profile is broken and left out")
    elif icc is not None and icc[4:8] == _CREATOR:
        icc, color = None, _stated(icc)
    if color is not None and color.code_points == CodePoints(1, LINEAR):
        # Lossy, with a profile that libjxl cannot put into numbers: it gives light, for which 8 bits are few.
        pixels, color = _of_light(pyjpegxl.decode_to_numpy(content, dtype="float32")[1], pixels.dtype), None
        notes.append("the colours are converted to sRGB, as libjxl does not give them in their own profile")
    return Picture(
        np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels),
        icc=icc,
        exif=exif,
        xmp=upright_xmp(facts.xmp) if facts.xmp else None,
        resolution=exif_resolution(exif) if exif else None,
        notes=tuple(notes),
        color=color,
    )


def _boxes_fit(content: bytes) -> bool:
    """Whether no box of a container ends beyond the file, for which the decoder would wait without end."""
    position = 0 if content.startswith(_CONTAINER) else len(content)
    while position + 8 <= len(content):
        size = int.from_bytes(content[position : position + 4], "big")
        if size == 0:  # up to the end
            return True
        if size == 1:
            size = int.from_bytes(content[position + 8 : position + 16], "big")
        if size < 8 or position + size > len(content):
            return False
        position += size
    return True


def _stated(icc: bytes) -> ColorSpace | None:
    """What a profile states that libjxl has made; it describes sRGB of grey in words alone."""
    points = code_points_of(icc)
    if points is None and icc[16:20] == b"GRAY" and "SRG".encode("utf-16-be") in icc:
        points = CodePoints(*SRGB)
    return None if points is None else ColorSpace(points)


def _of_light(light: npt.NDArray[Any], depth: npt.DTypeLike) -> Pixels:
    """SRGB (IEC 61966-2-1) of linear light, with or without alpha."""
    channels = light.shape[2]
    light = light.clip(0, 1)
    color = light[..., : channels - (channels in (2, 4))]
    color[...] = np.where(color <= 0.0031308, color * 12.92, 1.055 * color ** (1 / 2.4) - 0.055)
    return np.rint(light * np.iinfo(depth).max).astype(depth)


def encode_jxl(pixels: Pixels, quality: int, *, exif: bytes | None, xmp: bytes | None) -> bytes:
    """A JPEG XL file of sRGB; lossless at quality 100.

    Args:
        pixels: uint8 or uint16, as in `Picture`.
        quality: 1 to 100, as libjxl counts.
        exif: as in `Picture`.
        xmp: as in `Picture`.

    Raises:
        ImageError: what libjxl refuses.
    """
    import pyjpegxl

    lossless = quality == 100
    try:
        # Not with a profile, which would go into a box that other programs do not know.
        return pyjpegxl.encode_from_numpy(
            np.ascontiguousarray(pixels),
            lossless=lossless,
            quality=0.0 if lossless else _distance(quality),
            speed=pyjpegxl.EncoderSpeed.Falcon,
            exif=exif,
            xmp=xmp,
        )
    except (RuntimeError, ValueError) as error:
        raise ImageError(f"cannot write JPEG XL: {error}") from error


def _distance(quality: int) -> float:
    """Butteraugli's distance for a quality (libjxl, ``JxlEncoderDistanceFromQuality``)."""
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality**2 - 23 / 20 * quality + 25
