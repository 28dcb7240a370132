"""Writing pictures, whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

import numpy as np

from srcnn.atomic import written_aside
from srcnn.errors import ImageError, os_errors_as
from srcnn.files.color_tags import color_to_write
from srcnn.files.heif_boxes import add_code_points
from srcnn.files.icc import is_srgb
from srcnn.files.jxl import encode_jxl
from srcnn.files.metadata import resized_exif, upright_exif
from srcnn.files.picture import Picture, WriteOptions
from srcnn.files.picture_formats import DEFAULTS, WRITTEN, check_holds, check_suffix, without_needless_alpha
from srcnn.files.png_chunks import complete_png
from srcnn.files.scratch import raise_if_full
from srcnn.files.tiff import complete_tiff
from srcnn.files.vips_messages import prepare_messages, vips_reason
from srcnn.files.xmp import resized_xmp
from srcnn.types import Pixels, StrPath

if TYPE_CHECKING:
    from pyvips import Image as VipsImage

_MM_PER_INCH = 25.4
_UNSAID = 72.0  # pixels per inch, what EXIF takes for granted (CIPA DC-008, 4.6.4)
_OPTIMIZED = 2**24  # pixels
_LARGEST_BLOCK = 60_000  # bytes of EXIF in any format and of XMP in JPEG that libvips writes


def write_picture(picture: Picture, path: StrPath, options: WriteOptions = DEFAULTS) -> tuple[str, ...]:
    """Write a picture in the format of the path's suffix, with all that belongs to it.

    The file is written aside in the same folder, synced, and renamed over ``path``. The pixels are read
    where they are, in a scratch file too; no copy of them is made.

    Args:
        picture: see `Picture`.
        path: ends in one of `WRITABLE_SUFFIXES`; its folder exists.
        options: see `WriteOptions`.

    Returns:
        Notes on what was changed knowingly and on what the format cannot hold; those of `check_holds` first.

    Raises:
        UsageError: a suffix that is not written.
        ImageError: the format cannot hold the picture, or the file cannot be written.
    """
    path = Path(path)
    picture = without_needless_alpha(picture, path)
    notes = check_holds(path, picture.pixels.shape, picture.pixels.dtype, options)
    with _failing(f"cannot write {path}"):
        if path.exists() and not path.is_file():
            raise ImageError(f"cannot write {path}: it exists and is not a file")
        with written_aside(path) as aside, aside.open("x+b") as file:
            notes += _write(picture, file, check_suffix(path), options)
    return notes


def send_picture(
    picture: Picture, stream: BinaryIO, suffix: str, options: WriteOptions = DEFAULTS
) -> tuple[str, ...]:
    """Write a picture to a stream, such as ``sys.stdout.buffer``; nothing before it is whole.

    Args:
        picture: see `Picture`.
        stream: takes bytes; it is not closed.
        suffix: one of `WRITABLE_SUFFIXES`, which names the format.
        options: see `WriteOptions`.

    Returns:
        Notes, as of `write_picture`.

    Raises:
        UsageError: a suffix that is not written.
        ImageError: the format cannot hold the picture, or the stream takes no more.
    """
    named = f"output{suffix}"
    picture = without_needless_alpha(picture, named)
    notes = check_holds(named, picture.pixels.shape, picture.pixels.dtype, options)
    with _failing("cannot write the picture to the stream"), tempfile.TemporaryFile() as file:
        notes += _write(picture, file, check_suffix(named), options)
        file.seek(0)
        shutil.copyfileobj(file, stream)
        stream.flush()
    return notes


@contextmanager
def _failing(message: str) -> Iterator[None]:
    """Errors of the system and of libvips in one line."""
    import pyvips

    prepare_messages()
    try:
        with os_errors_as(ImageError, message):
            yield
    except pyvips.Error as error:
        raise ImageError(f"{message}: {vips_reason(error)}") from error


def _write(picture: Picture, file: IO[bytes], suffix: str, options: WriteOptions) -> tuple[str, ...]:
    """Write to an empty file; notes on what belongs to the pixels."""
    import pyvips

    target = WRITTEN[suffix]
    image, notes = _attached(_fitted(_to_vips(picture.pixels), suffix, options), picture, suffix, options)
    if target.name == "JPEG XL":
        icc_notes = ()
        if image.get_typeof("icc-profile-data") and not is_srgb(_get_blob(image, "icc-profile-data")):
            image = _in_srgb(image)
            icc_notes = ("the colours are converted to sRGB: JPEG XL is written without a profile",)
        file.write(_jxl(image, options))
        return notes + icc_notes
    # By descriptor, as libvips reads options out of names such as "a[1].png".
    output = pyvips.Target.new_to_descriptor(file.fileno())
    try:
        image.write_to_target(output, suffix, **_settings(image, picture, target.name, options))
    except pyvips.Error:
        raise_if_full(file)
        raise
    return notes + _completed(file, image, picture, target.name, options)


def _in_srgb(image: "VipsImage") -> "VipsImage":
    """The image in sRGB by its profile, as grey where it is."""
    depth = 8 if image.format == "uchar" else 16
    color = image[: image.bands - 1] if image.hasalpha() else image
    converted = color.icc_transform("srgb", embedded=True, depth=depth)
    if color.bands == 1:
        converted = converted[0]
    return converted.bandjoin(image[image.bands - 1]) if image.hasalpha() else converted


def _jxl(image: "VipsImage", options: WriteOptions) -> bytes:
    shape = (image.height, image.width, *((image.bands,) if image.bands > 1 else ()))
    samples = np.frombuffer(
        image.write_to_memory(), np.uint8 if image.format == "uchar" else np.uint16
    ).reshape(shape)
    exif, xmp = (_get_blob(image, name) for name in ("exif-data", "xmp-data"))
    return encode_jxl(samples, options.quality, exif=exif, xmp=xmp)


def _completed(
    file: IO[bytes], image: "VipsImage", picture: Picture, name: str, options: WriteOptions
) -> tuple[str, ...]:
    """Put right what libvips has written of the metadata; notes on what that could not do."""
    resolution = None if options.strip else picture.resolution
    if name == "PNG":
        complete_png(
            file,
            picture.color,
            () if options.strip else picture.text,
            profile=bool(image.get_typeof("icc-profile-data")),
            resolution=resolution is not None or bool(image.get_typeof("exif-data")),
        )
    elif name == "AVIF" and picture.color is not None and picture.color.code_points is not None:
        add_code_points(file, picture.color.code_points)
    elif name == "TIFF":
        exif: Any = image.get("exif-data") if image.get_typeof("exif-data") else None
        if (exif or resolution is None) and not complete_tiff(file, exif, resolution=resolution is not None):
            return ("the EXIF block is left out: it is broken",)
    return ()


def _to_vips(pixels: Pixels) -> "VipsImage":
    import pyvips

    height, width, bands = pixels.shape if pixels.ndim == 3 else (*pixels.shape, 1)
    depth, kinds = ("uchar", ("b-w", "srgb")) if pixels.dtype == np.uint8 else ("ushort", ("grey16", "rgb16"))
    image = pyvips.Image.new_from_memory(np.ascontiguousarray(pixels).data, width, height, bands, depth)
    # Without the interpretation libvips writes 16-bit samples as 8-bit ones.
    return image.copy(interpretation=kinds[bands > 2])


def _fitted(image: "VipsImage", suffix: str, options: WriteOptions) -> "VipsImage":
    """The bits, and the channels, that the format holds and the options ask for."""
    target = WRITTEN[suffix]
    if image.hasalpha() and not target.alpha:
        image = _flattened(image, options.background or (0, 0, 0))
    bits = min(options.depth or 16, target.bits)
    grey = image.bands < 3
    if image.format == "ushort" and bits == 8:
        # floor((x + 128) / 257), which is nearest; a little more than 128 against the rounding of floats.
        image = image.linear([1 / 257], [128.25 / 257]).cast("uchar")
        return image.copy(interpretation="b-w" if grey else "srgb")
    if image.format == "uchar" and options.depth == 16:
        image = (image * 257).cast("ushort")
    if image.format == "ushort" and target.bits == 12:
        # libvips cuts four bits off; this rounds to the nearest of 12 before.
        image = (image * (4095 / 65535)).rint().cast("ushort") << 4
    return image if image.format == "uchar" else image.copy(interpretation="grey16" if grey else "rgb16")


def _flattened(image: "VipsImage", background: tuple[int, int, int]) -> "VipsImage":
    white = 255 if image.format == "uchar" else 65535
    if image.bands == 2 and len(set(background)) > 1:
        image = image[0].bandjoin([image[0], image[0], image[1]])
    levels = [float(level * (white // 255)) for level in background]
    return image.flatten(background=levels[: image.bands - 1], max_alpha=white)


def _attached(
    image: "VipsImage", picture: Picture, suffix: str, options: WriteOptions
) -> tuple["VipsImage", tuple[str, ...]]:
    """The image with its profile and metadata, and notes on what stays out."""
    target = WRITTEN[suffix]
    image = image.copy()
    icc, color_notes = color_to_write(picture, target.name, grey=image.bands < 3 and target.grey)
    notes = list(color_notes)
    if icc is not None:
        _set_blob(image, "icc-profile-data", icc)
    if options.strip:
        return image, tuple(notes)
    if picture.text and target.name != "PNG":
        keywords = ", ".join(dict.fromkeys(keyword for keyword, _ in picture.text))
        notes.append(f"the text of the PNG is left out ({keywords}): {target.name} holds none")
    size = image.width, image.height
    if picture.exif is not None:
        if upright_exif(picture.exif) is None:
            notes.append("the EXIF block is left out: it is broken")
        elif len(picture.exif) > _LARGEST_BLOCK:
            notes.append(f"the EXIF block is left out: its {len(picture.exif):,} bytes are too many")
        else:
            _set_blob(image, "exif-data", resized_exif(picture.exif, size))
    if picture.xmp is not None:
        if target.name == "JPEG" and len(picture.xmp) > _LARGEST_BLOCK:
            notes.append(f"the XMP packet is left out: its {len(picture.xmp):,} bytes are too many for JPEG")
        else:
            _set_blob(image, "xmp-data", resized_xmp(picture.xmp, size))
    return _with_resolution(image, picture, target.name), tuple(notes)


def _with_resolution(image: "VipsImage", picture: Picture, name: str) -> "VipsImage":
    across, down = picture.resolution or (_UNSAID, _UNSAID)
    if picture.resolution is None and (picture.exif is None or name == "TIFF"):
        return image
    import pyvips

    image = image.copy(xres=across / _MM_PER_INCH, yres=down / _MM_PER_INCH)
    image.set_type(pyvips.GValue.gstr_type, "resolution-unit", "in")
    return image


def _set_blob(image: "VipsImage", name: str, content: bytes) -> None:
    import pyvips

    value: Any = content  # pyvips' annotation of values leaves bytes out
    image.set_type(pyvips.GValue.blob_type, name, value)


def _get_blob(image: "VipsImage", name: str) -> Any:
    return image.get(name) if image.get_typeof(name) else None


def _settings(image: "VipsImage", picture: Picture, name: str, options: WriteOptions) -> dict[str, Any]:
    """How libvips is to write."""
    chroma = "off" if options.subsampling == "4:4:4" else "on"
    keep = {"keep": _kept(image, picture, name, options)}
    match name:
        case "PNG":  # a photograph in half of libvips' default bytes, and sooner; all filters save 0.3 % more
            return keep | {"compression": 3, "filter": "paeth"}
        case "JPEG":
            # Optimal codes save a few percent, and take 12 bytes of memory a pixel.
            optimize = image.width * image.height <= _OPTIMIZED
            return keep | {"Q": options.quality, "subsample_mode": chroma, "optimize_coding": optimize}
        case "TIFF":
            large = image.width * image.height * image.bands * 2 >= 2**32
            return keep | {"compression": "deflate", "predictor": "horizontal", "bigtiff": large}
        case "WebP" if options.quality == 100:
            return keep | {"lossless": True, "exact": True}
        case "WebP":
            return keep | {"Q": options.quality, "smart_subsample": True}
        case _:  # AVIF; effort 2 of 9 takes an eighth of the default's time
            bitdepth = 12 if image.format == "ushort" else 8
            return keep | {"Q": options.quality, "subsample_mode": chroma, "effort": 2, "bitdepth": bitdepth}


def _kept(image: "VipsImage", picture: Picture, name: str, options: WriteOptions) -> int:
    """What libvips is to write beside pixels, as its flags.

    With the flag of EXIF it invents a block where there is none. That is of use for a resolution alone, where
    there is no other place for it: in WebP, in AVIF, and in JPEG, which it writes without a JFIF header.
    """
    from pyvips.enums import ForeignKeep

    kept = ForeignKeep.ICC | ForeignKeep.XMP
    placeless = picture.resolution is not None and not options.strip and name in ("WebP", "AVIF", "JPEG")
    return kept | ForeignKeep.EXIF if image.get_typeof("exif-data") or placeless else kept
