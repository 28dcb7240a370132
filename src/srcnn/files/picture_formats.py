"""What each file format can hold."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.errors import ImageError, UsageError, read_errors_as
from srcnn.files.phone import JXL_PACKAGE, check_phone
from srcnn.files.picture import Picture, WriteOptions
from srcnn.types import Pixels, StrPath

DEFAULTS = WriteOptions()


@dataclass(frozen=True)
class Format:
    """What a file format holds: longest side in pixels, transparency, a single grey channel, bits."""

    name: str
    longest: int
    alpha: bool = True
    grey: bool = True
    bits: int = 16


_PNG = Format("PNG", 2**31 - 1)
_JPEG = Format("JPEG", 65_500, alpha=False, bits=8)  # libjpeg stops a little below the format's 65,535
_TIFF = Format("TIFF", 2**31 - 1)
_WEBP = Format("WebP", 16_383, grey=False, bits=8)
_AVIF = Format("AVIF", 16_384, grey=False, bits=12)  # libvips stops here
_JXL = Format("JPEG XL", 2**30 - 1)

WRITTEN = {
    ".png": _PNG,
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".jpe": _JPEG,
    ".jfif": _JPEG,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".webp": _WEBP,
    ".avif": _AVIF,
    ".jxl": _JXL,
}
"""The format that each suffix, in lower case, is written in."""

WRITABLE_SUFFIXES = tuple(WRITTEN)
PICTURE_SUFFIXES = (*WRITABLE_SUFFIXES, ".apng", ".bmp", ".dib", ".gif", ".heic", ".heif", ".hif", ".mpo")
"""Suffixes, in lower case, that `list_pictures` takes for pictures."""


def list_pictures(folder: StrPath) -> list[Path]:
    """Picture files in a folder, by suffix and sorted by name; hidden files and subfolders are left out.

    Raises:
        ImageError: no such folder, or no pictures in it.
    """
    folder = Path(folder)
    with read_errors_as(ImageError, folder, f"expected a folder of pictures, got {folder}"):
        found = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".") and path.is_file()
        )
    if not found:
        raise ImageError(
            f"expected pictures ({', '.join(PICTURE_SUFFIXES)}) in {folder}, got none; "
            "subfolders are not searched"
        )
    return found


def other_files(folder: StrPath) -> list[Path]:
    """Files in a folder that `list_pictures` leaves out by suffix, by name; hidden ones do not count."""
    return sorted(
        path
        for path in Path(folder).iterdir()
        if path.suffix.lower() not in PICTURE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def check_suffix(path: StrPath) -> str:
    """The suffix of ``path`` in lower case, if pictures can be written under it.

    Raises:
        UsageError: any other suffix.
        ImageError: JPEG XL without the extra that writes it.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in WRITTEN:
        raise UsageError(
            f"expected an output that ends in {', '.join(WRITABLE_SUFFIXES)}, got {Path(path).name!r}"
        )
    if WRITTEN[suffix] is _JXL:
        check_phone(JXL_PACKAGE, str(path), "JPEG XL")
    return suffix


def check_holds(
    path: StrPath,
    shape: tuple[int, ...],
    dtype: npt.DTypeLike = np.uint8,
    options: WriteOptions = DEFAULTS,
) -> tuple[str, ...]:
    """Whether the format named by ``path`` can hold pixels of this kind; to be asked before any work.

    Args:
        path: the output; its suffix names the format.
        shape: shape of the pixels, as in `Picture`.
        dtype: uint8 or uint16.
        options: how they are to be written.

    Returns:
        Notes on what will be changed knowingly, such as 16 bits becoming 8; `write_picture` says them too.

    Raises:
        UsageError: a suffix that is not written.
        ImageError: too many pixels on a side, an alpha channel where there can be none and no background
            is given, or more bits asked for than the format holds.
    """
    target = WRITTEN[check_suffix(path)]
    height, width = shape[:2]
    if max(height, width) > target.longest:
        raise ImageError(
            f"expected at most {target.longest} pixels on a side of a {target.name} file, "
            f"got {width}x{height} for {path}; write PNG or TIFF"
        )
    notes: list[str] = []
    if has_alpha(shape) and not target.alpha:
        if options.background is None:
            raise ImageError(
                f"expected no transparency in a {target.name} file, got an alpha channel for {path}; "
                "write PNG, TIFF, WebP or AVIF, or use --background"
            )
        notes.append(f"transparency is laid on a background: {target.name} holds none")
    if options.depth == 16 and target.bits == 8:
        raise ImageError(f"expected a format of 16 bits, got {target.name} for {path}; write PNG or TIFF")
    bits = options.depth or 8 * np.dtype(dtype).itemsize
    if bits > target.bits:
        notes.append(f"16 bits are rounded to {target.bits}, the most that {target.name} holds")
    elif bits < 8 * np.dtype(dtype).itemsize:
        notes.append("16 bits are rounded to 8, as asked")
    if is_grey(shape) and not target.grey:
        notes.append(f"grey is stored as three equal channels: {target.name} holds no grey")
    return tuple(notes)


def is_grey(shape: tuple[int, ...]) -> bool:
    """Whether pixels of this shape are grey, with or without alpha."""
    return len(shape) == 2 or shape[2] < 3


def has_alpha(shape: tuple[int, ...]) -> bool:
    """Whether pixels of this shape have an opacity channel."""
    return len(shape) == 3 and shape[2] in (2, 4)


def without_opaque_alpha(pixels: Pixels) -> Pixels:
    """The same pixels, without their alpha channel if it is opaque everywhere: that is no transparency.

    Args:
        pixels: uint8 or uint16, as in `Picture`.
    """
    if not has_alpha(pixels.shape) or pixels[..., -1].min() < np.iinfo(pixels.dtype).max:
        return pixels
    return pixels[..., 0] if pixels.shape[2] == 2 else pixels[..., :3]


def without_needless_alpha(picture: Picture, path: StrPath) -> Picture:
    """The picture as `without_opaque_alpha`, if the format named by ``path`` holds no alpha.

    Raises:
        UsageError: a suffix that is not written.
    """
    if WRITTEN[check_suffix(path)].alpha:
        return picture
    return replace(picture, pixels=without_opaque_alpha(picture.pixels))
