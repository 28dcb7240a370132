import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from srcnn.files import Picture, read_picture, write_picture
from srcnn.files.icc import profile_is_whole
from srcnn.files.metadata import exif_resolution, upright_exif
from srcnn.files.xmp import upright_xmp

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
NOTE = b"points at bytes \x00\x01 by position"
THUMBNAIL = b"\xff\xd8 a little picture \xff\xd9"


def block(order: str, orientation: int, thumbnail: bytes = b"") -> bytes:
    """An EXIF block by hand: orientation and a maker's note, then a directory of a thumbnail."""

    def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return struct.pack(f"{order}HHI", tag, kind, count) + value.ljust(4, b"\0")

    def number(value: int) -> bytes:
        return struct.pack(f"{order}I", value)

    note = 8 + 2 + 2 * 12 + 4
    second = note + len(NOTE)
    first = struct.pack(f"{order}H", 2)
    first += entry(0x0112, 3, 1, struct.pack(f"{order}H", orientation))
    first += entry(0x927C, 7, len(NOTE), number(note)) + number(second if thumbnail else 0) + NOTE
    if thumbnail:
        first += struct.pack(f"{order}H", 2)
        first += entry(0x0201, 4, 1, number(second + 2 + 24 + 4)) + entry(
            0x0202, 4, 1, number(len(thumbnail))
        )
        first += number(0) + thumbnail
    return (b"II*\0" if order == "<" else b"MM\0*") + number(8) + first


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_exif_is_upright_and_otherwise_the_same_to_the_byte(order, prefix):
    assert upright_exif(prefix + block(order, 6)) == block(order, 1)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_thumbnail_is_gone_and_not_only_unlinked(order):
    upright = upright_exif(block(order, 8, THUMBNAIL))
    assert upright is not None
    assert b"little picture" not in upright
    start = len(block(order, 1))
    assert upright[:start] == block(order, 1)
    assert not any(upright[start:])


@pytest.mark.parametrize(
    "broken", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff", b"nonsense"]
)
def test_a_broken_block_is_none(broken):
    assert upright_exif(broken) is None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([b"II*\0", b"MM\0*"]))
def test_any_bytes_are_a_block_or_none(content, mark):
    upright = upright_exif(mark + content)
    if upright is not None:
        exif_resolution(upright)
        assert len(upright) <= len(content) + 4


@pytest.mark.parametrize(("unit", "per_inch"), [(2, 300), (3, 762)])
def test_resolution_of_exif_in_inches_and_centimetres(unit, per_inch):
    exif = Image.Exif()
    exif[0x011A], exif[0x011B], exif[0x0128] = 300.0, 150.0, unit
    upright = upright_exif(exif.tobytes())
    assert upright is not None
    assert exif_resolution(upright) == (per_inch, per_inch / 2)


def test_xmp_is_upright_and_without_thumbnails():
    packet = (
        b'<rdf:Description tiff:Orientation="8" dc:title="tiff"/><tiff:Orientation>3</tiff:Orientation>'
        b"<xmp:Thumbnails><rdf:Alt>\n<xmpGImg:image>/9j/</xmpGImg:image></rdf:Alt></xmp:Thumbnails><dc:creator/>"
    )
    assert upright_xmp(packet) == (
        b'<rdf:Description tiff:Orientation="1" dc:title="tiff"/><tiff:Orientation>1</tiff:Orientation>'
        b"<dc:creator/>"
    )


def test_a_phone_s_jpeg_is_turned_once_and_its_thumbnail_dropped(tmp_path: Path, picture):
    turned = Image.fromarray(picture)
    turned.save(tmp_path / "a.jpg", exif=b"Exif\0\0" + block(">", 6, THUMBNAIL), quality=95, subsampling=0)
    read = read_picture(tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        expected = np.rot90(np.asarray(image), -1)
    np.testing.assert_array_equal(read.pixels, expected)
    write_picture(read, tmp_path / "b.jpg")
    content = (tmp_path / "b.jpg").read_bytes()
    assert b"little picture" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.getexif()[0x0112] == 1


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".tif"])
def test_broken_exif_costs_the_exif_and_not_the_picture(tmp_path: Path, picture, suffix):
    exif = b"II*\0" + b"\xff" * 40
    notes = write_picture(Picture(picture, exif=exif), tmp_path / f"a{suffix}")
    back = read_picture(tmp_path / f"a{suffix}")
    assert back.pixels.shape == picture.shape
    assert notes == ("the EXIF block is left out: it is broken",)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_what_is_too_large_for_the_format_is_said(tmp_path: Path, picture, suffix):
    exif = Image.Exif()
    exif[0x010E] = "x" * 70_000
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>" + b" " * 70_000
    large = Picture(picture, exif=exif.tobytes()[6:], xmp=packet)
    notes = write_picture(large, tmp_path / f"a{suffix}")
    back = read_picture(tmp_path / f"a{suffix}")
    assert (back.exif is None) == any("EXIF" in note for note in notes)
    assert (back.xmp is None) == any("XMP" in note for note in notes)
    assert (back.xmp is None) == (suffix == ".jpg")


def test_a_broken_profile_is_left_out_with_a_note(tmp_path: Path, picture):
    Image.fromarray(picture).save(tmp_path / "a.webp", icc_profile=SRGB[:-8], lossless=True)
    back = read_picture(tmp_path / "a.webp")
    assert (back.icc, back.notes) == (None, ("the colour profile is broken and left out",))
    write_picture(back, tmp_path / "a.png")


@pytest.mark.parametrize("place", [0, 12, 20, 36, 64, 128, 140])
def test_profiles_whose_header_or_tags_lie(place):
    assert profile_is_whole(SRGB)
    assert not profile_is_whole(SRGB[:place] + b"\xff" * 4 + SRGB[place + 4 :])
    assert not profile_is_whole(SRGB[:place])
