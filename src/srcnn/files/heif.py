"""HEIC and other HEIF through libheif, with the extra "phone"."""

from typing import IO, Any

import numpy as np
import numpy.typing as npt

from srcnn.errors import ImageError
from srcnn.files.color_space import ColorSpace
from srcnn.files.icc import profile_is_whole
from srcnn.files.metadata import exif_resolution, upright_exif
from srcnn.files.phone import HEIF_PACKAGE, check_phone
from srcnn.files.picture import Picture
from srcnn.files.scratch import Scratch, check_fits
from srcnn.files.xmp import upright_xmp
from srcnn.types import Pixels

# Brands (ISO/IEC 23008-12, annexes B and E); libvips reads AVIF, which may have some of them too.
_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1")
)
_AVIF = frozenset((b"avif", b"avis"))
# What libheif's wrapper raises.
_BROKEN = (
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    SyntaxError,
    EOFError,
    MemoryError,
    TypeError,
)


def is_heif(head: bytes) -> bool:
    """Whether a file that begins so is HEIF, and not AVIF."""
    if head[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
    return bool(brands & _BRANDS) and not brands & _AVIF


def read_heif(
    file: IO[bytes], name: str, color: ColorSpace | None, scratch: Scratch | None = None
) -> Picture:
    """Read the primary picture; libheif has turned it the right way up.

    Args:
        file: at its start.
        name: of the file, for errors.
        color: what the samples mean, from the file's header.
        scratch: says how many pixels there may be.

    Raises:
        ImageError: a broken one, one that does not fit into memory, or no libheif.
    """
    check_phone(HEIF_PACKAGE, name, "HEIC or other HEIF")
    import pillow_heif

    try:
        images = pillow_heif.open_heif(file, convert_hdr_to_8bit=False)
        image = images[images.primary_index]
        width, height = image.size
        deep = image.mode.endswith((";10", ";12", ";16"))
        channels = len(image.mode.split(";")[0])
        check_fits(width * height * channels * (2 if deep else 1), (height, width), name, scratch)
        pixels = np.array(image)
    except _BROKEN as error:
        raise ImageError(
            f"expected a whole HEIF picture, got {name}, which is truncated, broken or of a coding that is "
            f"not supported ({' '.join(str(error).split())})"
        ) from error
    info: dict[str, Any] = image.info
    notes = []
    exif = upright_exif(info["exif"]) if info.get("exif") else None
    if info.get("exif") and exif is None:
        notes.append("the EXIF block is broken and left out")
    icc = info.get("icc_profile") or None
    if icc is not None and not profile_is_whole(icc):
        icc = None
        notes.append("the colour profile is broken and left out")
    bits = int(info.get("bit_depth", 16))
    if deep and bits < 16:
        pixels = _full(pixels, bits)
    dropped = _dropped(len(images), info)
    return Picture(
        _straight(pixels) if image.premultiplied_alpha else pixels,
        icc=icc,
        exif=exif,
        xmp=upright_xmp(info["xmp"]) if info.get("xmp") else None,
        resolution=exif_resolution(exif) if exif else None,
        notes=tuple(f"left out: {what}" for what in dropped) + tuple(notes),
        dropped=dropped,
        color=None if icc is not None else color,
    )


def _dropped(images: int, info: dict[str, Any]) -> tuple[str, ...]:
    found = []
    if images > 1:
        found.append(f"{images - 1} of {images} pictures")
    if info.get("depth_images"):
        found.append("the depth map")
    found += [f"an auxiliary picture ({kind.rsplit(':', 1)[-1]})" for kind in info.get("aux", {})]
    return tuple(found)


def _full(samples: npt.NDArray[np.uint16], bits: int) -> npt.NDArray[np.uint16]:
    """16 bits of 10 or 12, which libheif's wrapper only shifts up, so that white stays white."""
    return np.rint((samples >> (16 - bits)) * (65535 / (2**bits - 1))).astype(np.uint16)


def _straight(pixels: Pixels) -> Pixels:
    """Color that opacity has been multiplied into, without it."""
    white = np.iinfo(pixels.dtype).max
    alpha = pixels[..., -1:].astype(np.float64)
    color = np.divide(
        pixels[..., :-1] * float(white), alpha, out=np.zeros(pixels[..., :-1].shape), where=alpha > 0
    )
    return np.concatenate([np.rint(color.clip(0, white)).astype(pixels.dtype), pixels[..., -1:]], 2)
