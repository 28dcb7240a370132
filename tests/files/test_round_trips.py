"""Every format by depth, channels, profile, EXIF and orientation, read back by another library."""

import io
import itertools
import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

from srcnn.errors import ImageError
from srcnn.files import Picture, WriteOptions, read_picture, write_picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GREY = SRGB[:16] + b"GRAY" + SRGB[20:]  # this package looks at nothing else
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/' xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6'/>"
RESOLUTION = (300.0, 200.0)
SUFFIXES = (".png", ".jpg", ".tif", ".webp", ".avif")
LOSSLESS = (".png", ".tif", ".webp")
TURNED = {1: lambda pixels: pixels, 6: lambda pixels: np.rot90(pixels, -1), 2: lambda pixels: pixels[:, ::-1]}

MAKE, MODEL, ORIENTATION, EXIF, GPS = 0x010F, 0x0110, 0x0112, 0x8769, 0x8825
TAKEN, EXPOSURE, MAKER_NOTE, WIDTH = 0x9003, 0x829A, 0x927C, 0xA002


def exif_block(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[MAKE], exif[MODEL], exif[ORIENTATION] = "Maker", "Model 1", orientation
    exif[0x011A], exif[0x011B], exif[0x0128] = *RESOLUTION, 2
    exif.get_ifd(EXIF)[TAKEN] = "2020:02:03 04:05:06"
    exif.get_ifd(EXIF)[EXPOSURE] = IFDRational(1, 250)
    exif.get_ifd(EXIF)[MAKER_NOTE] = b"their own \x00\x01\x02 notes"
    exif.get_ifd(EXIF)[WIDTH] = 12345
    exif.get_ifd(GPS)[1], exif.get_ifd(GPS)[2] = "N", (48.0, 12.0, 3.5)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def smooth(channels: int, dtype: type, height: int = 18, width: int = 26) -> np.ndarray:
    """Slow ramps, which lossy formats keep; opacity is nowhere 0, where colours may be lost."""
    y, x = np.mgrid[:height, :width]
    planes = [40 + 4 * x, 60 + 5 * y, 200 - 3 * x - y, 90 + 2 * x + 3 * y]
    chosen = {1: planes[:1], 2: [planes[0], planes[3]], 3: planes[:3], 4: planes}[channels]
    pixels = np.stack(chosen, -1)[..., 0] if channels == 1 else np.stack(chosen, -1)
    return pixels.astype(np.uint8) if dtype == np.uint8 else (pixels * 257 + 100).astype(np.uint16)


def source(path: Path, pixels: np.ndarray, icc: bytes | None, exif: bytes | None) -> Picture:
    """A file with what belongs to the picture, as another program might have left it."""
    write_picture(Picture(pixels, icc, exif, XMP, RESOLUTION), path)
    return read_picture(path)


def other_pixels(path: Path) -> np.ndarray:
    """Pixels as tifffile or Pillow reads them; of 16 bits in colour, Pillow gives the upper 8."""
    if path.suffix == ".tif":
        return tifffile.imread(path)
    with Image.open(path) as image:
        image.load()
        return np.asarray(image)


CELLS = [
    (suffix, dtype, channels, with_icc, with_exif, orientation)
    for suffix, dtype, channels, with_icc, with_exif, orientation in itertools.product(
        SUFFIXES, (np.uint8, np.uint16), (1, 2, 3, 4), (False, True), (False, True), TURNED
    )
    if not (suffix == ".jpg" and channels in (2, 4))
    if with_exif or orientation == 1
]


@pytest.mark.parametrize(("suffix", "dtype", "channels", "with_icc", "with_exif", "orientation"), CELLS)
def test_round_trip(tmp_path: Path, suffix, dtype, channels, with_icc, with_exif, orientation):
    pixels = smooth(channels, dtype)
    profile = (GREY if channels < 3 else SRGB) if with_icc else None
    block = exif_block(orientation) if with_exif else None
    picture = source(tmp_path / "in.png", pixels, profile, block)
    path = tmp_path / f"out{suffix}"
    notes = write_picture(picture, path, WriteOptions(quality=100))

    expected = TURNED[orientation](pixels)
    grey_lost = channels < 3 and suffix in (".webp", ".avif")
    check_pixels(other_pixels(path), expected, suffix)
    if (suffix, dtype, channels) != (".tif", np.uint16, 2):  # which Pillow does not open
        with Image.open(path) as image:
            assert image.info.get("icc_profile") == (None if grey_lost else profile)
            check_exif(image, expected.shape, with_exif)
            check_resolution(image, suffix)
    assert any("grey is stored" in note for note in notes) == (channels < 3 and suffix in (".webp", ".avif"))
    assert any("profile" in note for note in notes) == (grey_lost and with_icc)
    assert any("rounded" in note for note in notes) == (dtype == np.uint16 and suffix not in (".png", ".tif"))

    again = read_picture(path)
    assert again.resolution == pytest.approx(RESOLUTION, abs=0.01)
    assert again.xmp == XMP.replace(b"'6'", b"'1'")
    assert (again.exif is not None) == (with_exif or suffix in (".jpg", ".webp", ".avif"))


def check_pixels(found: np.ndarray, expected: np.ndarray, suffix: str) -> None:
    if suffix in (".webp", ".avif") and (expected.ndim == 2 or expected.shape[2] == 2):
        expected = np.dstack(
            [expected if expected.ndim == 2 else expected[..., 0]] * 3
            + ([expected[..., 1]] if expected.ndim == 3 else [])
        )
    if suffix == ".png" and expected.ndim == 3 and expected.shape[2] == 2 and found.shape[2] == 4:
        found = found[..., 2:]  # Pillow makes RGBA of grey and alpha of 16 bits
    assert found.shape == expected.shape
    if expected.dtype == np.uint16 and found.dtype == np.uint8:
        nearest = (expected >> 8) if suffix == ".png" else (expected.astype(np.uint32) + 128) // 257
        expected = nearest.astype(np.uint8)
    assert found.dtype == expected.dtype
    if suffix in LOSSLESS:
        np.testing.assert_array_equal(found, expected)
    else:
        assert np.abs(found.astype(int) - expected).max() <= 4


def check_resolution(image: Image.Image, suffix: str) -> None:
    if suffix in (".png", ".tif"):
        assert image.info["dpi"] == pytest.approx(RESOLUTION, abs=0.01)
    else:
        exif = image.getexif()
        found = [float(exif[tag]) * (2.54 if exif[0x0128] == 3 else 1) for tag in (0x011A, 0x011B)]
        assert found == pytest.approx(RESOLUTION, abs=0.01)


def check_exif(image: Image.Image, shape: tuple[int, ...], with_exif: bool) -> None:
    exif = image.getexif()
    assert exif.get(ORIENTATION, 1) == 1
    if not with_exif:
        assert MAKE not in exif
        return
    assert (exif[MAKE], exif[MODEL]) == ("Maker", "Model 1")
    inner = exif.get_ifd(EXIF)
    assert (inner[TAKEN], inner[EXPOSURE]) == ("2020:02:03 04:05:06", IFDRational(1, 250))
    assert inner[MAKER_NOTE] == b"their own \x00\x01\x02 notes"
    assert inner[WIDTH] == shape[1]
    assert exif.get_ifd(GPS)[2] == (48.0, 12.0, 3.5)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_the_same(tmp_path: Path):
    picture = Picture(smooth(3, np.uint8), SRGB, exif_block(1), XMP, RESOLUTION)
    for suffix in SUFFIXES:
        write_picture(picture, tmp_path / f"a{suffix}")
    command = [
        "exiftool",
        "-json",
        "-n",
        "-warning",
        "-Make",
        "-DateTimeOriginal",
        "-GPSLatitude",
        "-XResolution",
    ]
    found = subprocess.run([*command, str(tmp_path)], capture_output=True, check=True).stdout
    rows = json.loads(found)
    assert len(rows) == len(SUFFIXES)
    for row in rows:
        name = row.pop("SourceFile")
        assert row.get("Warning", "[minor]").startswith("[minor]"), name  # a note of no known maker is minor
        assert (row["Make"], row["DateTimeOriginal"]) == ("Maker", "2020:02:03 04:05:06"), name
        assert row["GPSLatitude"] == pytest.approx(48 + 12 / 60 + 3.5 / 3600), name
        assert row["XResolution"] == 300, name


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_strip_leaves_pixels_and_profile(tmp_path: Path, suffix):
    picture = Picture(smooth(3, np.uint8), SRGB, exif_block(1), XMP, RESOLUTION)
    write_picture(picture, tmp_path / f"a{suffix}", WriteOptions(strip=True))
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert image.info["icc_profile"] == SRGB
        assert "dpi" not in image.info
        assert not {MAKE, EXIF, GPS} & set(image.getexif())
    again = read_picture(tmp_path / f"a{suffix}")
    assert (again.xmp, again.exif, again.resolution) == (None, None, None)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_invented(tmp_path: Path, suffix):
    write_picture(Picture(smooth(3, np.uint8)), tmp_path / f"a{suffix}")
    with Image.open(tmp_path / f"a{suffix}") as image:
        assert not {"dpi", "exif", "icc_profile", "xmp"} & set(image.info)
    again = read_picture(tmp_path / f"a{suffix}")
    assert (again.icc, again.exif, again.xmp, again.resolution, again.notes) == (None, None, None, None, ())


@pytest.mark.parametrize("suffix", [".png", ".tif", ".avif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_depth_of_16_is_exact_from_8_bits(tmp_path: Path, suffix, channels):
    eight = smooth(channels, np.uint8)
    write_picture(Picture(eight), tmp_path / f"a{suffix}", WriteOptions(depth=16, quality=100))
    found = read_picture(tmp_path / f"a{suffix}").pixels
    assert found.dtype == np.uint16
    if suffix != ".avif":
        np.testing.assert_array_equal(found, eight.astype(np.uint16) * 257)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_depth_of_8_takes_the_nearest_of_every_16_bit_value(tmp_path: Path, channels):
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    pixels = values if channels == 1 else np.stack([values] * channels, -1)
    (note,) = write_picture(Picture(pixels), tmp_path / "a.png", WriteOptions(depth=8))
    assert note == "16 bits are rounded to 8, as asked"
    with Image.open(tmp_path / "a.png") as image:
        found = np.asarray(image)
    np.testing.assert_array_equal(found, np.floor(pixels / 257 + 0.5).astype(np.uint8))


def test_avif_of_12_bits_keeps_black_and_white(tmp_path: Path):
    ends = np.zeros((16, 32, 3), np.uint16)
    ends[:, 16:] = 65535
    write_picture(Picture(ends), tmp_path / "a.avif", WriteOptions(quality=100))
    found = read_picture(tmp_path / "a.avif").pixels
    assert found.dtype == np.uint16
    assert (found[8, 4].tolist(), found[8, 28].tolist()) == ([0] * 3, [65535] * 3)


def test_a_16_bit_png_is_16_bits_in_the_file(tmp_path: Path):
    write_picture(Picture(smooth(3, np.uint16)), tmp_path / "a.png")
    assert struct.unpack(">BB", (tmp_path / "a.png").read_bytes()[24:26]) == (16, 2)


@pytest.mark.parametrize("channels", [1, 3])
def test_an_opaque_alpha_channel_is_no_transparency(tmp_path: Path, channels: int):
    pixels = smooth(channels, np.uint8).reshape(*smooth(channels, np.uint8).shape[:2], channels)
    opaque = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=-1)
    assert write_picture(Picture(opaque), tmp_path / "opaque.jpg") == ()
    write_picture(Picture(np.squeeze(pixels)), tmp_path / "plain.jpg")
    assert (tmp_path / "opaque.jpg").read_bytes() == (tmp_path / "plain.jpg").read_bytes()
    opaque[3, 3, -1] = 254
    with pytest.raises(ImageError, match="alpha channel"):
        write_picture(Picture(opaque), tmp_path / "clear.jpg")


def test_transparency_is_laid_on_a_background_for_jpeg_when_asked(tmp_path: Path):
    half = np.full((16, 16, 4), (255, 0, 0, 128), np.uint8)
    notes = write_picture(Picture(half), tmp_path / "a.jpg", WriteOptions(background=(255, 255, 255)))
    assert notes == ("transparency is laid on a background: JPEG holds none",)
    with Image.open(tmp_path / "a.jpg") as image:
        assert np.abs(np.asarray(image).astype(int) - (255, 127, 127)).max() <= 3
    grey = np.full((16, 16, 2), (65535, 0), np.uint16)
    write_picture(Picture(grey), tmp_path / "b.jpg", WriteOptions(background=(0, 0, 255)))
    with Image.open(tmp_path / "b.jpg") as image:
        assert np.abs(np.asarray(image).astype(int) - (0, 0, 255)).max() <= 3


def test_chroma_of_half_the_size_when_asked(tmp_path: Path):
    for subsampling, first in (("4:4:4", (1, 1)), ("4:2:0", (2, 2))):
        write_picture(Picture(smooth(3, np.uint8)), tmp_path / "a.jpg", WriteOptions(subsampling=subsampling))
        with Image.open(io.BytesIO((tmp_path / "a.jpg").read_bytes())) as image:
            assert image.layer[0][1:3] == first  # type: ignore[attr-defined]
