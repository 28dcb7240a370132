"""HEIC and JPEG XL, with the extra "phone", and what is said without it."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from srcnn.errors import ImageError
from srcnn.files import Picture, WriteOptions, check_suffix, read_picture, write_picture
from srcnn.files.color_space import CodePoints, ColorSpace

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
PRIMARIES = ("color_primaries", "transfer_characteristics")


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112], block[0x010F], block[0x011A], block[0x011B] = orientation, "Maker", 300, 200
    return block.tobytes()


def heic(path: Path, mode: str, pixels: np.ndarray, **options) -> Path:
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra phone is not installed")
    file = pillow_heif.from_bytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    file.save(path, quality=-1, chroma=444, **options)
    return path


def jxl(content: np.ndarray, **options) -> bytes:
    pyjpegxl = pytest.importorskip("pyjpegxl", reason="the extra phone is not installed")
    return pyjpegxl.encode_from_numpy(np.ascontiguousarray(content), lossless=True, **options)


@pytest.fixture
def deep(picture: np.ndarray) -> np.ndarray:
    return picture.astype(np.uint16) * 257


def test_heic_comes_with_profile_exif_xmp_and_the_right_way_up(tmp_path: Path, picture):
    path = heic(tmp_path / "a.heic", "RGB", picture, exif=exif(6), xmp=XMP, icc_profile=SRGB)
    read = read_picture(path)
    turned = np.rot90(picture, -1)
    assert read.pixels.shape == turned.shape
    assert np.abs(read.pixels.astype(int) - turned).max() <= 3  # YCbCr in between
    assert (read.icc, read.xmp) == (SRGB, XMP)
    block = Image.Exif()
    block.load(read.exif or b"")
    assert (block[0x0112], block[0x010F]) == (1, "Maker")
    assert read.resolution == (300, 200)
    assert read.notes == read.dropped == ()
    with path.open("rb") as stream:
        np.testing.assert_array_equal(read_picture(stream).pixels, read.pixels)


@pytest.mark.parametrize("mode", ["RGB;16", "RGBA;16", "L;16"])
def test_heic_of_10_bits_fills_16(tmp_path: Path, deep, mode):
    channels = {"RGB;16": deep, "RGBA;16": np.dstack([deep, deep[..., :1]]), "L;16": deep[..., 0]}[
        mode
    ].copy()
    channels[:8, :8] = 65535
    read = read_picture(heic(tmp_path / "a.heic", mode, channels)).pixels
    assert (read.dtype, read.shape, read.max()) == (np.uint16, channels.shape, 65535)
    assert np.abs(read.astype(int) - channels).max() <= 4 * 65535 / 1023


def test_heic_keeps_alpha_and_grey(tmp_path: Path, picture):
    rgba = np.dstack([picture, picture[..., :1]])
    assert read_picture(heic(tmp_path / "a.heic", "RGBA", rgba)).pixels.shape == rgba.shape
    np.testing.assert_array_equal(
        read_picture(heic(tmp_path / "b.heic", "L", picture[..., 0])).pixels, picture[..., 0]
    )


def test_code_points_of_heic_reach_a_jpeg_as_a_profile(tmp_path: Path, picture):
    path = heic(tmp_path / "a.heic", "RGB", picture, **dict(zip(PRIMARIES, (12, 13), strict=True)))
    read = read_picture(path)
    assert read.color == ColorSpace(CodePoints(12, 13))
    write_picture(read, tmp_path / "a.jpg")
    assert b"cicp" in (read_picture(tmp_path / "a.jpg").icc or b"")


def test_further_pictures_of_heic_are_named(tmp_path: Path, picture):
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra phone is not installed")
    file = pillow_heif.from_bytes("RGB", picture.shape[1::-1], picture.tobytes())
    file.add_frombytes("RGB", picture.shape[1::-1], picture[::-1].tobytes())
    file.save(tmp_path / "a.heic", quality=-1, chroma=444)
    read = read_picture(tmp_path / "a.heic")
    assert read.dropped == ("1 of 2 pictures",)
    assert np.abs(read.pixels.astype(int) - picture).max() <= 3


def test_truncated_heic_is_one_line(tmp_path: Path, picture):
    content = heic(tmp_path / "a.heic", "RGB", picture).read_bytes()
    for length in (30, 200, len(content) // 2):
        (tmp_path / "b.heic").write_bytes(content[:length])
        with pytest.raises(ImageError, match=r"b\.heic.*truncated") as caught:
            read_picture(tmp_path / "b.heic")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_jxl_at_quality_100_is_the_same_with_all_that_belongs_to_it(tmp_path: Path, picture, depth, channels):
    pytest.importorskip("pyjpegxl", reason="the extra phone is not installed")
    pixels = np.dstack([picture, picture[..., 1]])[..., -channels:].astype(depth)
    pixels = pixels[..., 0] if channels == 1 else pixels
    if depth == np.uint16:
        pixels = pixels * np.uint16(257) ^ np.uint16(1)
    whole = Picture(pixels, None, exif(1).removeprefix(b"Exif\0\0"), XMP, (300, 200))
    notes = write_picture(whole, tmp_path / "a.jxl", WriteOptions(quality=100))
    read = read_picture(tmp_path / "a.jxl")
    assert notes == read.notes == ()
    np.testing.assert_array_equal(read.pixels, pixels)
    assert (read.icc, read.xmp, read.resolution) == (None, XMP, (300, 200))
    assert b"Maker" in (read.exif or b"")


def test_jxl_of_a_quality_is_near_and_smaller(tmp_path: Path, picture):
    pytest.importorskip("pyjpegxl", reason="the extra phone is not installed")
    write_picture(Picture(picture), tmp_path / "a.jxl")
    read = read_picture(tmp_path / "a.jxl")
    assert np.abs(read.pixels.astype(int) - picture).mean() < 4
    write_picture(Picture(picture), tmp_path / "b.jxl", WriteOptions(quality=60))
    assert (tmp_path / "b.jxl").stat().st_size < (tmp_path / "a.jxl").stat().st_size


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_jxl_is_written_in_srgb_and_that_is_said(tmp_path: Path, deep, channels):
    pytest.importorskip("pyjpegxl", reason="the extra phone is not installed")
    pixels = np.dstack([deep, deep[..., 1]])[..., -channels:]
    pixels = pixels[..., 0] if channels == 1 else pixels
    linear = ColorSpace(gamma=1.0)
    notes = write_picture(Picture(pixels, color=linear), tmp_path / "a.jxl", WriteOptions(quality=100))
    assert notes == ("the colours are converted to sRGB: JPEG XL is written without a profile",)
    read = read_picture(tmp_path / "a.jxl").pixels
    assert read.shape == pixels.shape
    light = pixels / 65535
    expected = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    if channels in (2, 4):
        expected[..., -1] = light[..., -1]
    # Of grey, the tables of LittleCMS are coarse near black.
    assert np.abs(read / 65535 - expected).max() < (0.002 if channels > 2 else 0.05)


def test_what_has_a_profile_of_srgb_is_the_same_in_jxl(tmp_path: Path, picture):
    pytest.importorskip("pyjpegxl", reason="the extra phone is not installed")
    assert not write_picture(Picture(picture, SRGB), tmp_path / "a.jxl", WriteOptions(quality=100))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.jxl").pixels, picture)


def test_hdr_is_not_written_as_jxl(tmp_path: Path, deep):
    pytest.importorskip("pyjpegxl", reason="the extra phone is not installed")
    with pytest.raises(ImageError, match=r"BT\.2020, PQ"):
        write_picture(Picture(deep, color=ColorSpace(CodePoints(9, 16))), tmp_path / "a.jxl")
    assert not (tmp_path / "a.jxl").exists()


# 16x16 pixels of (200, 100, 50) by cjxl 0.7: -d 0 -x color_space=..., and -d 1 of a PNG with a profile.
STATED = {
    "Display P3": (
        "ff0a4340402637020802010068004b188b1500d417638c17e3dd05220010240c002020843c420117",
        ColorSpace(CodePoints(12, 13)),
        (200, 100, 50),
    ),
    "PQ": (
        "ff0a43041090478f381c00000000020802010068004b188b1500d417638c17e3dd05220010240c002020843c420117",
        ColorSpace(CodePoints(9, 16)),
        (200, 100, 50),
    ),
    "a gamma of 1.8 that libjxl does not know": (
        "ff0a43400aef0a0312e601b00da568f5ccbc8e4f29bce41e39132abf62254a6b1157886d3ec29e5d2c0c64caea"
        "0b9708ed367f8fecb4b86a3b6db5da68ad42464b35188d000038804f3caba628fe22575ec5678ae1b937b1caf2"
        "9d175e7bed85018171a9a9a9a9b15ff3ea95f2c8f20d37040268d7fa76e6348d1a9e004f7afdfb779ef2b3e904"
        "ec0bf1efdfbd21fffeed2b822e17049e0bf70a8260ebd085bccf9169134ef402de3cc0a25908f1037309a0cd21"
        "0012880200e0005de5120000152aa38c1bbc9cebf9f24387c5b48deb0c6db56d6149a2c8383649277048128b20"
        "ee86e308100840cc3b718e4d074353549200",
        None,
        (210.2, 119.3, 65.2),
    ),
}


@pytest.mark.parametrize("name", STATED)
def test_what_a_jxl_of_another_writer_states_is_known(name):
    pytest.importorskip("pyjpegxl", reason="the extra phone is not installed")
    content, color, level = STATED[name]
    read = read_picture(io.BytesIO(bytes.fromhex(content)))
    assert read.color == color
    assert np.abs(read.pixels.reshape(-1, 3).mean(0) - level).max() < 3


def test_a_jxl_that_says_srgb_gets_no_profile_of_its_own(picture):
    read = read_picture(io.BytesIO(jxl(picture)))
    assert (read.icc, read.color) == (None, ColorSpace(CodePoints(1, 13)))


def test_broken_and_floating_point_jxl_are_one_line(picture):
    content = jxl(picture)
    boxed = jxl(picture, exif=exif(1).removeprefix(b"Exif\0\0"))
    at = boxed.index(b"brob") - 4
    endless = boxed[:at] + b"\xff" + boxed[at + 1 :]  # a box beyond the file
    for broken in (content[:2], content[: len(content) // 2], content[:2] + bytes(50), endless):
        with pytest.raises(ImageError, match="truncated or broken"):
            read_picture(io.BytesIO(broken))
    with pytest.raises(ImageError, match="8 or 16 bits, got float32"):
        read_picture(io.BytesIO(jxl(picture.astype(np.float32) / 255)))


@pytest.mark.parametrize(
    ("content", "package"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "pillow_heif"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40), "pyjpegxl"),
        (b"\xff\x0a" + bytes(40), "pyjpegxl"),
    ],
)
def test_without_the_extra_the_message_names_it(tmp_path: Path, monkeypatch, content, package):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / "a.heic").write_bytes(content)
    with pytest.raises(ImageError, match=r"a\.heic is .*pip install 'srcnn\[phone\]'"):
        read_picture(tmp_path / "a.heic")


def test_without_the_extra_no_jxl_is_promised(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyjpegxl", None)
    with pytest.raises(ImageError, match=r"out\.jxl is JPEG XL.*srcnn\[phone\]"):
        check_suffix("out.jxl")
