"""What is converted knowingly on the way in, and said."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files import read_picture

PALETTE = "the palette is converted to RGB"
FRAMES = "only the first of 2 frames or pages is used"


@pytest.mark.parametrize(
    ("name", "mode", "options", "note"),
    [
        ("a.png", "P", {}, PALETTE),
        ("a.gif", "P", {}, PALETTE),
        ("a.tif", "P", {}, PALETTE),
        ("a.tif", "P", {"compression": "tiff_lzw"}, PALETTE),
        ("a.bmp", "P", {}, PALETTE),
        ("a.png", "1", {}, "1 bit a sample become 8"),
        ("a.tif", "1", {"compression": "group4"}, "1 bit a sample become 8"),
        ("a.bmp", "1", {}, "1 bit a sample become 8"),
        ("a.jpg", "CMYK", {}, "CMYK is converted to sRGB"),
        ("a.png", "RGB", {"save_all": True}, FRAMES),
        ("a.gif", "RGB", {"save_all": True}, FRAMES),
        ("a.webp", "RGB", {"save_all": True}, FRAMES),
        ("a.tif", "RGB", {"save_all": True}, FRAMES),
    ],
)
def test_conversions_are_said(tmp_path: Path, picture, name, mode, options: dict[str, Any], note):
    image = Image.fromarray(picture).convert(mode)
    if "save_all" in options:
        options = options | {"append_images": [image.rotate(180)]}
    image.save(tmp_path / name, **options)
    assert note in read_picture(tmp_path / name).notes


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".avif"])
def test_an_ordinary_picture_is_said_nothing_about(tmp_path: Path, picture, suffix):
    Image.fromarray(picture).save(tmp_path / f"a{suffix}")
    assert read_picture(tmp_path / f"a{suffix}").notes == ()


def test_an_animated_avif_is_refused_clearly(tmp_path: Path, picture):
    image = Image.fromarray(picture)
    image.save(tmp_path / "a.avif", save_all=True, append_images=[image.rotate(180)])
    with pytest.raises(ImageError, match="an animated AVIF; take one frame out of it"):
        read_picture(tmp_path / "a.avif")


def test_a_gain_map_is_left_out_with_a_note(tmp_path: Path):
    bright = pyvips.Image.black(64, 64, bands=3).linear([1], [3.0]).cast("float").copy(interpretation="scrgb")
    bright.uhdrsave(str(tmp_path / "a.jpg"))
    read = read_picture(tmp_path / "a.jpg")
    assert read.pixels.shape == (64, 64, 3)
    assert read.notes == ("left out: the gain map for HDR screens",)
    assert read.dropped == ("the gain map for HDR screens",)


def test_opacity_that_is_multiplied_in_is_divided_out(tmp_path: Path):
    premultiplied = np.full((4, 4, 4), (50, 100, 25, 128), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", premultiplied, photometric="rgb", extrasamples=["assocalpha"])
    assert np.abs(read_picture(tmp_path / "a.tif").pixels.astype(int) - (100, 199, 50, 128)).max() <= 1


def test_opacity_of_bmp_is_kept_where_its_header_says_there_is_one(tmp_path: Path):
    pixels = np.full((2, 3, 4), (1, 2, 3, 77), np.uint8)
    masks = (0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII4I", 108, 3, 2, 1, 32, 3, 24, 0, 0, 0, 0, *masks) + bytes(52)
    body = pixels[::-1, :, [2, 1, 0, 3]].tobytes()
    (tmp_path / "a.bmp").write_bytes(
        b"BM" + struct.pack("<IHHI", 14 + 108 + 24, 0, 0, 14 + 108) + header + body
    )
    np.testing.assert_array_equal(read_picture(tmp_path / "a.bmp").pixels, pixels)


def test_exif_that_another_program_wrote_into_a_tiff(tmp_path: Path, picture):
    for big in (False, True):
        exif = Image.Exif()
        exif[0x010F] = "Scanner"
        exif.get_ifd(0x8769)[0x9003] = "2020:02:03 04:05:06"
        Image.fromarray(picture).save(tmp_path / "a.tif", exif=exif.tobytes(), big_tiff=big)
        read = read_picture(tmp_path / "a.tif").exif
        assert read is not None
        found = Image.Exif()
        found.load(read)
        assert (found[0x010F], found.get_ifd(0x8769)[0x9003]) == ("Scanner", "2020:02:03 04:05:06")


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", width, height, 8, 2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", png_header(100_000, 100_000) + bytes(1000)),
        ("a.tif", None),
        (
            "a.bmp",
            b"BM"
            + struct.pack("<IHHIIiiHHIIiiII", 200, 0, 0, 54, 40, 9, 2**29, 1, 24, 0, 0, 0, 0, 0, 0)
            + bytes(99),
        ),
    ],
)
def test_a_file_too_short_for_the_pixels_it_claims_is_refused_at_its_header(tmp_path: Path, name, content):
    if content is None:
        tifffile.imwrite(tmp_path / name, np.zeros((8, 8), np.uint8))
        eight, many = struct.pack("<HHII", 256, 4, 1, 8), struct.pack("<HHII", 256, 4, 1, 60_000)
        content = (tmp_path / name).read_bytes().replace(eight, many)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match=r"cannot hold as many pixels|are too few"):
        read_picture(tmp_path / name)
