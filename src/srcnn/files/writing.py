"""Writing pictures, whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srcnn.atomic import written_aside
from srcnn.errors import ImageError, UsageError
from srcnn.files.formats import WRITTEN, Picture, Pixels, StrPath, check_holds, is_grey, reason, vips_reason

if TYPE_CHECKING:
    from pyvips import Image as VipsImage


def write_picture(picture: Picture, path: StrPath, *, quality: int = 95) -> tuple[str, ...]:
    """Write a picture in the format of the path's suffix.

    The file is written aside in the same folder, synced, and renamed over ``path``.

    Args:
        picture: see `Picture`.
        path: ends in one of `WRITABLE_SUFFIXES`; its folder exists.
        quality: 1 to 100, for JPEG (4:4:4), WebP (lossless at 100) and AVIF (4:4:4).

    Returns:
        Notes on what was changed knowingly, such as 16 bits becoming 8.

    Raises:
        UsageError: a suffix that is not written, or a quality outside 1 to 100.
        ImageError: the format cannot hold the picture, or the file cannot be written.
    """
    import pyvips

    path = Path(path)
    check_quality(quality)
    notes = check_holds(path, picture.pixels.shape, picture.pixels.dtype)
    suffix = path.suffix.lower()
    pixels = picture.pixels
    if pixels.dtype == np.uint16 and WRITTEN[suffix].bits == 8:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    icc = picture.icc
    if icc is not None and not _profile_fits(icc, is_grey(pixels.shape) and WRITTEN[suffix].grey):
        notes += ("the colour profile is left out: it is not one for the channels of this file",)
        icc = None
    image = _to_vips(pixels, icc)
    try:
        if path.exists() and not path.is_file():
            raise ImageError(f"cannot write {path}: it exists and is not a file")
        # By descriptor, as libvips reads options out of names such as "a[1].png".
        with written_aside(path) as aside, aside.open("x+b") as file:
            target = pyvips.Target.new_to_descriptor(file.fileno())
            image.write_to_target(target, suffix, **_options(image, suffix, quality))
    except OSError as error:
        raise ImageError(f"cannot write {path}: {reason(error)}") from error
    except pyvips.Error as error:
        raise ImageError(f"cannot write {path}: {vips_reason(error)}") from error
    return notes


def check_quality(quality: int) -> None:
    """Refuse a quality outside 1 to 100 with a `UsageError`."""
    if not 1 <= quality <= 100:
        raise UsageError(f"expected a quality of 1 to 100, got {quality}")


def _profile_fits(icc: bytes, grey: bool) -> bool:
    # Bytes 16 to 19 of a profile name its colour space (ICC.1:2022, 7.2.8).
    return icc[16:20] == (b"GRAY" if grey else b"RGB ")


def _to_vips(pixels: Pixels, icc: bytes | None) -> "VipsImage":
    import pyvips

    height, width, bands = pixels.shape if pixels.ndim == 3 else (*pixels.shape, 1)
    depth, kinds = ("uchar", ("b-w", "srgb")) if pixels.dtype == np.uint8 else ("ushort", ("grey16", "rgb16"))
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).data, width, height, bands, depth)
    # Without the interpretation libvips writes 16-bit samples as 8-bit ones.
    image = image.copy(interpretation=kinds[bands > 2])
    if icc is not None:
        profile: Any = icc  # pyvips' annotation of values leaves bytes out
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image


def _options(image: "VipsImage", suffix: str, quality: int) -> dict[str, Any]:
    # keep="icc": otherwise libvips invents an EXIF block with a resolution of 25.4 dpi.
    match WRITTEN[suffix].name:
        case "PNG":  # on an enlarged photograph half the bytes of libvips' default, in the same time
            return {"keep": "icc", "compression": 3, "filter": "all"}
        case "JPEG":
            return {"keep": "icc", "Q": quality, "subsample_mode": "off", "optimize_coding": True}
        case "TIFF":
            large = image.width * image.height * image.bands * 2 >= 2**32
            return {"keep": "icc", "compression": "deflate", "predictor": "horizontal", "bigtiff": large}
        case "WebP" if quality == 100:
            return {"keep": "icc", "lossless": True, "exact": True}
        case "WebP":
            return {"keep": "icc", "Q": quality, "smart_subsample": True}
        case _:  # AVIF; effort 2 of 9 takes an eighth of the default's time
            bitdepth = 12 if image.format == "ushort" else 8
            return {"keep": "icc", "Q": quality, "subsample_mode": "off", "effort": 2, "bitdepth": bitdepth}
