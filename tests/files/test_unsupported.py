"""Files that are whole and cannot be read here: what they are is said, and not that they are broken."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files import list_pictures, read_picture, write_picture


def coded_tiff(compression: int) -> bytes:
    """A TIFF that says another compression than it has; libtiff decodes none of those that are tried."""
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.zeros((8, 12, 3), np.uint8), photometric="rgb")
    plain = struct.pack("<HHII", 259, 3, 1, 1)
    assert buffer.getvalue().count(plain) == 1
    return buffer.getvalue().replace(plain, struct.pack("<HHII", 259, 3, 1, compression))


def deep_tiff(bits: int) -> bytes:
    """Grey samples of so many bits, packed (TIFF 6.0, BitsPerSample)."""
    width, height = 8, 4
    strip = bytes(width * height * bits // 8)
    entries = [
        (256, width),
        (257, height),
        (258, bits),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, height),
    ]
    entries.append((279, len(strip)))
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return struct.pack("<2sHI", b"II", 42, 8 + len(strip)) + strip + directory + bytes(4)


def jpeg(precision: int, frame: int = 0xC0) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (16, 8), 90).save(buffer, "JPEG")
    content = bytearray(buffer.getvalue())
    at = content.index(b"\xff\xc0")
    content[at + 1], content[at + 4] = frame, precision
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (coded_tiff(50000), "a TIFF with the compression ZSTD"),
        (coded_tiff(34925), "a TIFF with the compression LZMA"),
        (coded_tiff(50002), "a TIFF with the compression JPEG XL"),
        (coded_tiff(52546), "a TIFF with the compression JPEG XL"),
        (coded_tiff(34712), "a TIFF with the compression JPEG 2000"),
        (deep_tiff(12), "a TIFF of 12 bits a sample"),
        (jpeg(12), "a JPEG of 12 bits a sample"),
        (jpeg(8, 0xC3), "a lossless JPEG"),
        (jpeg(8, 0xF7), "a JPEG-LS"),
    ],
)
def test_a_coding_that_is_not_supported_is_named(tmp_path: Path, content, kind):
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(ImageError) as caught:
        read_picture(tmp_path / "a.tif")
    message = str(caught.value)
    assert f"a.tif, {kind}, which is not supported" in message
    assert "convert it first" in message
    assert "broken" not in message
    assert "\n" not in message


def test_a_truncated_tiff_of_a_known_coding_is_still_broken(tmp_path: Path):
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((8, 12, 3), np.uint8), photometric="rgb", compression="zlib"
    )
    content = bytearray((tmp_path / "a.tif").read_bytes())
    content[-8:] = bytes(8)
    (tmp_path / "a.tif").write_bytes(content[:-4])
    with pytest.raises(ImageError, match="truncated or broken"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"8BPS\0\1", "a Photoshop file"),
        (b"%PDF-1.7", "a PDF"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\0\0\0\x18ftypcrx ", "a raw file of a camera"),
        (b"\0\0\0\x18ftypisom", "a video"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"),
        (b"P6\n8 8\n255\n", "a PNM picture"),
    ],
)
def test_another_kind_of_file_is_named(tmp_path: Path, head, kind):
    (tmp_path / "a.jpg").write_bytes(head + bytes(100))
    with pytest.raises(ImageError, match=rf"got .*a\.jpg, which is {kind}.*not supported"):
        read_picture(tmp_path / "a.jpg")


def test_less_usual_suffixes_are_pictures_in_folders(tmp_path: Path):
    names = ["a.JFIF", "b.jpe", "c.apng", "d.mpo", "e.heic", "f.HEIF", "g.hif", "h.jxl", "i.dib"]
    for name in [*names, "j.dng", "k.mov"]:
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in list_pictures(tmp_path)] == names


@pytest.mark.parametrize("suffix", [".jfif", ".jpe"])
def test_other_suffixes_of_jpeg_are_written_as_jpeg(tmp_path: Path, picture, suffix):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(picture).save(tmp_path / "a.jpg")
    write_picture(read_picture(tmp_path / "a.jpg"), path)
    assert Image.open(path).format == "JPEG"
