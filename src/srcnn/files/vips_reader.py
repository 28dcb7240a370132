"""Reading pictures through libvips."""

import io
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from srcnn.errors import ImageError, os_errors_as
from srcnn.files.extra_channels import without_extra
from srcnn.files.headers import Header
from srcnn.files.icc import profile_is_whole
from srcnn.files.jpeg_markers import Rest
from srcnn.files.metadata import exif_resolution, upright_exif
from srcnn.files.picture import EXPECTED, Picture
from srcnn.files.scratch import Scratch, check_fits, raise_if_full
from srcnn.files.unsupported import unsupported_coding
from srcnn.files.vips_messages import lost_tile, own_messages, prepare_messages, vips_reason
from srcnn.files.xmp import upright_xmp
from srcnn.types import Pixels

if TYPE_CHECKING:
    from pyvips import Image as VipsImage
    from pyvips import Source as VipsSource

# libvips would also read SVG, tables of numbers and its own formats.
_LOADERS = ("png", "jpeg", "tiff", "webp", "heif", "gif", "uhdr")
_INTERPRETATIONS = ("b-w", "grey16", "srgb", "rgb16", "rgb", "multiband")
_MM = 25.4  # in an inch
_FINEST = 1e6  # pixels per inch; what claims more is broken


def read_vips(
    file: IO[bytes], name: str, header: Header, scratch: Scratch | None, fail_on: str = "error"
) -> Picture:
    """Read what libvips reads.

    Args:
        file: at its start.
        name: of the file, for errors.
        header: of the file.
        scratch: see `srcnn.files.read_picture`.
        fail_on: "warning" also refuses what libvips only warns of.

    Raises:
        ImageError: see `srcnn.files.read_picture`.
    """
    import pyvips

    try:
        options = {"page": header.tiff.page} if header.tiff.page else {}
        options |= {"fail_on": fail_on, "access": "sequential"}
        with own_messages():
            image = pyvips.Image.new_from_source(_source(file), "", **options)
        loader = str(image.get("vips-loader"))
        if not loader.startswith(_LOADERS):
            raise ImageError(f"{EXPECTED}, got {name}, which is read by {loader.removesuffix('_source')}")
        return _from_vips(image, header, name, scratch)
    except UnicodeDecodeError as error:
        # libvips repeats bytes of the file, pyvips cannot read them and leaves them for the next error.
        pyvips.vips_lib.vips_error_clear()
        raise ImageError(f"expected a whole picture, got {name}, which is broken; copy it again") from error
    except pyvips.Error as error:
        # The detail of an unknown format names the descriptor, which says nothing.
        detail = vips_reason(error)
        if "not in a known format" in detail or "not a known file format" in detail:
            raise ImageError(f"{EXPECTED}, got {name}, which is none of them") from error
        if (coding := unsupported_coding(header)) is not None:
            raise ImageError(
                f"expected a picture that can be read here, got {name}, a {coding}, which is not supported "
                f"({detail}); convert it first"
            ) from error
        raise ImageError(
            f"expected a whole picture, got {name}, which is truncated or broken ({detail}); copy it again"
        ) from error


def _source(file: IO[bytes]) -> "VipsSource":
    import pyvips

    if isinstance(file, io.BytesIO):
        return pyvips.Source.new_from_memory(file.getvalue())
    # By descriptor: given the name "a[1].png", libvips would open "a" with options.
    return pyvips.Source.new_from_descriptor(file.fileno())


def _from_vips(opened: "VipsImage", header: Header, name: str, scratch: Scratch | None) -> Picture:
    image, notes, dropped = _converted(opened, header, name)
    xmp = _field(opened, "xmp-data")
    block = _field(opened, "exif-data") or header.exif
    exif = upright_exif(block) if block else None
    if block and exif is None:
        notes.append("the EXIF block is broken and left out")
    icc = _field(image, "icc-profile-data")
    if icc is not None and not profile_is_whole(icc):
        icc = None
        notes.append("the colour profile is broken and left out")
    prepare_messages()
    is_tiff = str(opened.get("vips-loader")).startswith("tiffload")
    decoded = (_decoded_tiff if is_tiff else _decoded)(image, name, scratch)
    pixels = upright(decoded, int(_field(opened, "orientation") or 1))
    return Picture(
        pixels,
        icc=icc,
        exif=exif,
        xmp=upright_xmp(xmp) if xmp else None,
        resolution=_resolution(opened, header, exif),
        notes=tuple(notes),
        dropped=tuple(dropped),
        color=header.color,
        text=header.text,
    )


def _converted(image: "VipsImage", header: Header, name: str) -> tuple["VipsImage", list[str], list[str]]:
    """The picture as grey or RGB of 8 or 16 bits, what that changed, and what is dropped."""
    frames = max(int(_field(image, "n-pages") or 1), header.frames)
    bits = int(_field(image, "bits-per-sample") or 8)
    gain_map = ["the gain map for HDR screens"] if _field(image, "gainmap-data") else []
    dropped = [*header.dropped, *gain_map, *_described(header.rest, bool(gain_map))]
    image, channels = without_extra(image, header.tiff, name)
    dropped += channels
    notes = [f"left out: {what}" for what in dropped] + list(header.notes)
    if frames > 1:
        which = (
            "only the first"
            if header.tiff.page == 0
            else f"only page {header.tiff.page + 1}, of which the first is a thumbnail,"
        )
        notes.insert(0, f"{which} of {frames} frames or pages is used")
        dropped.insert(0, f"{frames - 1} of {frames} frames or pages")
    if _field(image, "iptc-data"):
        notes.append("the IPTC block is left out")
    if _field(image, "palette") or header.tiff.palette:
        notes.append("the palette is converted to RGB")
    elif bits < 8:
        notes.append(f"{bits} bit{'s' * (bits > 1)} a sample become 8")
    if image.interpretation == "cmyk":
        depth = 16 if image.format == "ushort" else 8
        image = image.icc_transform("srgb", embedded=True, input_profile="cmyk", depth=depth)
        notes.append("CMYK is converted to sRGB")
    if image.format not in ("uchar", "ushort"):
        raise ImageError(f"expected samples of 8 or 16 bits, got {image.format} in {name}; convert it first")
    if image.interpretation not in _INTERPRETATIONS or image.bands > 4:
        raise ImageError(
            f"expected a grey or RGB picture, got {image.bands} bands ({image.interpretation}) in {name}; "
            "convert it first"
        )
    if image.format == "ushort" and 8 < bits < 16 and str(image.get("vips-loader")).startswith("heif"):
        # libvips only shifts them up, which makes a white of 65,520 or less.
        image = ((image >> (16 - bits)) * (65535 / (2**bits - 1))).rint().cast("ushort")
    return image, notes, dropped


def _described(rest: Rest, gain_map: bool) -> list[str]:
    """What comes after a JPEG, in words; a gain map that is known is its first picture."""
    found = []
    if (count := rest.pictures - gain_map) > 0:
        plural = "s" if count > 1 else ""
        found.append(f"{count} further picture{plural} after it (MPO, a gain map or a depth map)")
    if rest.video:
        found.append("the video after it (a motion photo)")
    if rest.size:
        found.append(f"{rest.size:,} bytes after its end")
    return found


def _decoded_tiff(image: "VipsImage", name: str, scratch: Scratch | None) -> Pixels:
    with own_messages():
        decoded = _decoded(image, name, scratch)
        lost = lost_tile()
    if lost is not None:
        raise ImageError(
            f"expected a whole picture, got {name}, which is truncated or broken ({lost}); copy it again"
        )
    return decoded


def _decoded(image: "VipsImage", name: str, scratch: Scratch | None) -> Pixels:
    import pyvips

    # pyvips makes a number without axes of a single grey pixel.
    shape = (image.height, image.width, *((image.bands,) if image.bands > 1 else ()))
    dtype = np.dtype(np.uint8 if image.format == "uchar" else np.uint16)
    size = image.width * image.height * image.bands * dtype.itemsize
    if scratch is not None:
        scratch.check_count(shape, name)
    if scratch is not None and scratch.takes(size):
        with scratch.file(size, name) as file:
            try:
                image.write_to_target(pyvips.Target.new_to_descriptor(file.fileno()), ".raw")
            except pyvips.Error:
                with os_errors_as(ImageError, f"cannot write the scratch file of {name} in {scratch.folder}"):
                    raise_if_full(file)
                raise
            return np.memmap(file, dtype, "r+", shape=shape)
    check_fits(size, shape, name)
    return np.frombuffer(image.write_to_memory(), dtype).reshape(shape)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Pixels the way up that an EXIF orientation of 1 to 8 says (CIPA DC-008, 4.6.4)."""
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    # Turning a scratch file would need a second one; a view of it will do.
    return pixels if isinstance(pixels, np.memmap) else np.ascontiguousarray(pixels)


def _resolution(image: "VipsImage", header: Header, exif: bytes | None) -> tuple[float, float] | None:
    # As libvips has it for JPEG, EXIF goes before JFIF; for WebP and AVIF it does not look there.
    stated = exif_resolution(exif) if exif else None
    if header.resolution and (stated is None or not _is_jpeg(image)):
        stated = image.xres * _MM, image.yres * _MM
    return stated if stated is not None and min(stated) > 0 and max(stated) <= _FINEST else None


def _is_jpeg(image: "VipsImage") -> bool:
    return str(image.get("vips-loader")).startswith(("jpeg", "uhdr"))


def _field(image: "VipsImage", name: str) -> Any:
    return image.get(name) if image.get_typeof(name) else None
