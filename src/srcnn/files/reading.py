"""Reading pictures whole."""

import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from srcnn.errors import ImageError
from srcnn.files.formats import Picture, Pixels, StrPath, reason, vips_reason

if TYPE_CHECKING:
    from pyvips import Image as VipsImage

# libvips would also read SVG, tables of numbers and its own formats.
_LOADERS = ("png", "jpeg", "tiff", "webp", "heif", "gif")
_EXPECTED = "expected a PNG, JPEG, TIFF, WebP, AVIF, GIF or BMP picture"


def read_picture(path: StrPath) -> Picture:
    """Read a picture whole; the first frame of an animation, the first page of a TIFF.

    Grey stays grey, 16 bits stay 16 bits; palettes become RGB, 1 bit becomes 8, CMYK becomes sRGB
    through the file's profile. EXIF orientation is applied.

    Raises:
        ImageError: no such file, no picture, a truncated or broken one, or samples that are neither
            8 nor 16 bits wide.
    """
    path = Path(path)
    with _opened(path) as file:
        magic = file.read(2)
        file.seek(0)
        return _read_bmp(file, path) if magic == b"BM" else _read_vips(file, path)


def read_pixels(path: StrPath) -> Pixels:
    """Only the pixels of `read_picture`."""
    return read_picture(path).pixels


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        # Asked before opening: a pipe without a writer would block, a device may never end.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device or a pipe"
            raise ImageError(f"{_EXPECTED}, got {path}, which is {kind}")
        if status.st_size == 0:
            raise ImageError(f"{_EXPECTED}, got {path}, which is empty")
        file = path.open("rb")
    except (OSError, ValueError) as error:
        raise ImageError(f"{_EXPECTED}, got {path}: {reason(error)}") from error
    with file:
        yield file


def _read_vips(file: IO[bytes], path: Path) -> Picture:
    import pyvips

    try:
        # By descriptor: given the name "a[1].png", libvips would open "a" with options.
        source = pyvips.Source.new_from_descriptor(file.fileno())
        image = pyvips.Image.new_from_source(source, "", fail_on="error", access="sequential")
        loader = str(image.get("vips-loader"))
        if not loader.startswith(_LOADERS):
            raise ImageError(f"{_EXPECTED}, got {path}, which is read by {loader.removesuffix('_source')}")
        return _from_vips(image.copy_memory(), path)
    except pyvips.Error as error:
        # The detail of an unknown format names the descriptor, which says nothing.
        detail = vips_reason(error)
        if "not in a known format" in detail or "not a known file format" in detail:
            raise ImageError(f"{_EXPECTED}, got {path}, which is none of them") from error
        raise ImageError(
            f"expected a whole picture, got {path}, which is truncated or broken ({detail}); copy it again"
        ) from error


def _from_vips(image: "VipsImage", path: Path) -> Picture:
    notes: list[str] = []
    frames = int(_field(image, "n-pages") or 1)
    if frames > 1:
        notes.append(f"only the first of {frames} frames or pages is used")
    if image.interpretation == "cmyk":
        image = image.icc_transform("srgb", embedded=True, input_profile="cmyk", depth=8)
        notes.append("CMYK is converted to sRGB")
    if image.format not in ("uchar", "ushort"):
        raise ImageError(f"expected samples of 8 or 16 bits, got {image.format} in {path}; convert it first")
    if image.interpretation not in ("b-w", "grey16", "srgb", "rgb16", "rgb", "multiband") or image.bands > 4:
        raise ImageError(
            f"expected a grey or RGB picture, got {image.bands} bands ({image.interpretation}) in {path}; "
            "convert it first"
        )
    image = image.autorot()
    # pyvips makes a number without axes of a single grey pixel.
    shape = (image.height, image.width, *((image.bands,) if image.bands > 1 else ()))
    pixels = np.ascontiguousarray(image.numpy()).reshape(shape)
    return Picture(pixels, _field(image, "icc-profile-data"), tuple(notes))


def _field(image: "VipsImage", name: str) -> Any:
    return image.get(name) if image.get_typeof(name) else None


def _read_bmp(file: IO[bytes], path: Path) -> Picture:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=["BMP"])
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError(f"expected a whole BMP picture, got {path} ({error}); copy it again") from error
    kept = {"L": "L", "1": "L", "RGBA": "RGBA"}.get(image.mode, "RGB")
    return Picture(np.array(image.convert(kept)))
