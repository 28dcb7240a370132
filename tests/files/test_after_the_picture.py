"""JPEG: what follows the first picture, a lost end marker; and what metadata say of both and of sizes."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files import Picture, read_picture, write_picture
from srcnn.files.metadata import resized_exif
from srcnn.files.xmp import resized_xmp, upright_xmp

VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40
MOTION = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"'
    b' xmlns:Con="http://ns.google.com/photos/1.0/container/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    b' xmlns:Item="http://ns.google.com/photos/1.0/container/item/"'
    b' xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"'
    b' GCamera:MotionPhoto="1" GCamera:MicroVideoOffset=\'10296\' GCamera:SpecialTypeID="x"'
    b' hdrgm:Version="1.0" xmpNote:HasExtendedXMP="00AB" dc:format="image/jpeg"><Con:Directory><rdf:Seq>'
    b'<rdf:li rdf:parseType="Resource"><Con:Item Item:Mime="image/jpeg" Item:Semantic="Primary"/></rdf:li>'
    b"</rdf:Seq></Con:Directory><dc:title>a</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def jpeg(pixels: np.ndarray, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.fixture
def other(picture: np.ndarray) -> bytes:
    return jpeg(picture[:8, :8])


@pytest.mark.parametrize(
    ("tail", "dropped"),
    [
        (b"\0" * 20, ()),
        (VIDEO, ("the video after it (a motion photo)",)),
        (b"MotionPhoto_Data" + VIDEO, ("the video after it (a motion photo)",)),
        (b"Screenshot", ("10 bytes after its end",)),
    ],
)
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_what_comes_after_a_jpeg_is_named(tmp_path: Path, picture, tail, dropped, options):
    (tmp_path / "a.jpg").write_bytes(jpeg(picture, **options) + tail)
    read = read_picture(tmp_path / "a.jpg")
    assert read.dropped == dropped
    assert read.notes == tuple(f"left out: {what}" for what in dropped)


def test_further_pictures_of_an_mpo_are_counted_before_the_video(tmp_path: Path, picture, other):
    image = Image.fromarray(picture)
    image.save(tmp_path / "a.mpo", save_all=True, append_images=[image, image.rotate(180)])
    pictures = "2 further pictures after it (MPO, a gain map or a depth map)"
    assert read_picture(tmp_path / "a.mpo").dropped == (pictures,)
    with (tmp_path / "a.mpo").open("ab") as file:
        file.write(VIDEO + other)
    read = read_picture(io.BytesIO((tmp_path / "a.mpo").read_bytes()))
    assert read.dropped == (pictures, "the video after it (a motion photo)")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_that_lacks_only_its_end_marker_is_read(tmp_path: Path, picture, options, lost):
    whole = jpeg(picture, **options)
    (tmp_path / "a.jpg").write_bytes(whole[:-lost])
    read = read_picture(tmp_path / "a.jpg")
    np.testing.assert_array_equal(read.pixels, read_picture(io.BytesIO(whole)).pixels)
    assert read.notes == ("the end marker is missing; all pixels are there",)


def test_a_progressive_jpeg_without_its_last_scans_is_truncated(tmp_path: Path, picture):
    whole = jpeg(picture, progressive=True)
    (tmp_path / "a.jpg").write_bytes(whole[: whole.rindex(b"\xff\xda")])
    with pytest.raises(ImageError, match="truncated or broken"):
        read_picture(tmp_path / "a.jpg")


def test_xmp_claims_no_video_picture_or_packet_that_is_not_there():
    upright = upright_xmp(MOTION)
    for gone in (
        b"Con:Directory",
        b"GCamera:Motion",
        b"MicroVideo",
        b"hdrgm:Version",
        b"HasExtendedXMP=",
        b"Item:Mime",
    ):
        assert gone not in upright
    assert b'GCamera:SpecialTypeID="x"' in upright
    assert b'dc:format="image/jpeg"><dc:title>a</dc:title></rdf:Description>' in upright


def test_sizes_in_xmp_are_the_new_ones():
    packet = (
        b'<d tiff:ImageWidth="40" tiff:ImageLength="30"/><exif:PixelXDimension>40</exif:PixelXDimension>'
        b'<e exif:PixelYDimension="30" GPano:CroppedAreaImageWidthPixels="40" GPano:FullPanoWidthPixels="80"'
        b' GPano:CroppedAreaLeftPixels="10" GPano:CroppedAreaTopPixels="0"/>'
        b'<mwg-rs:AppliedToDimensions stDim:w="40" stDim:h="30" stDim:unit="pixel"/><f stDim:w="8.5"/>'
    )
    assert resized_xmp(packet, (120, 60)) == (
        b'<d tiff:ImageWidth="120" tiff:ImageLength="60"/><exif:PixelXDimension>120</exif:PixelXDimension>'
        b'<e exif:PixelYDimension="60" GPano:CroppedAreaImageWidthPixels="120"'
        b' GPano:FullPanoWidthPixels="240"'
        b' GPano:CroppedAreaLeftPixels="30" GPano:CroppedAreaTopPixels="0"/>'
        b'<mwg-rs:AppliedToDimensions stDim:w="120" stDim:h="60" stDim:unit="pixel"/><f stDim:w="8.5"/>'
    )


def test_sizes_in_exif_are_the_new_ones_and_none_is_added():
    exif = Image.Exif()
    exif[0x0100], exif[0x010F] = 40, "Maker"
    exif.get_ifd(0x8769)[0xA003] = 30
    found = Image.Exif()
    found.load(resized_exif(exif.tobytes()[6:], (70_000, 60)))
    assert dict(found) | {0x8769: None} == {0x0100: 70_000, 0x010F: "Maker", 0x8769: None}
    assert dict(found.get_ifd(0x8769)) == {0xA003: 60}


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif", ".tif"])
def test_a_written_file_says_its_own_size_everywhere(tmp_path: Path, picture, suffix):
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8769).update({0xA002: 7, 0xA003: 5})
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:ImageWidth="7" tiff:ImageLength="5"/>'
    path = tmp_path / f"a{suffix}"
    write_picture(Picture(picture, exif=exif.tobytes()[6:], xmp=xmp), path)
    read = read_picture(path)
    found = Image.Exif()
    found.load(read.exif or b"")
    height, width = picture.shape[:2]
    assert (found.get_ifd(0x8769)[0xA002], found.get_ifd(0x8769)[0xA003]) == (width, height)
    assert f'tiff:ImageWidth="{width}" tiff:ImageLength="{height}"'.encode() in (read.xmp or b"")


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_what_comes_after_a_png_or_webp_is_named(tmp_path: Path, picture, suffix):
    path = tmp_path / f"a{suffix}"
    write_picture(Picture(picture), path)
    for tail, dropped in ((b"", ()), (bytes(16), ()), (b"PK\3\4 an archive", ("15 bytes after its end",))):
        (tmp_path / "b").write_bytes(path.read_bytes() + tail)
        assert read_picture(tmp_path / "b").dropped == dropped
