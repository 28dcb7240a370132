"""Files that are broken, or cannot be written: one clear line, and nothing spoilt."""

import errno
import io
import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from srcnn.errors import ImageError, UsageError
from srcnn.files import (
    Picture,
    WriteOptions,
    check_holds,
    list_pictures,
    read_jpeg_quality,
    read_picture,
    read_pixels,
    write_picture,
)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# The header of a grey profile is all that this package looks at.
GREY_PROFILE = SRGB[:16] + b"GRAY" + SRGB[20:]
EXACT = (".png", ".tif", ".tiff")


def encoded(picture: np.ndarray, suffix: str) -> bytes:
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper()))
    return buffer.getvalue()


@pytest.mark.parametrize("part", [0.1, 0.5, 0.97])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif", ".gif", ".bmp"])
def test_truncated_files_are_errors(tmp_path: Path, suffix, part):
    # Noise, so that the compressed data fill the file and not its headers.
    whole = encoded(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8), suffix)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(whole)
    read_picture(path)
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(ImageError) as caught:
        read_picture(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_flipped_bit_in_a_png_is_an_error(tmp_path: Path, picture):
    content = bytearray(encoded(picture, ".png"))
    content[len(content) // 2] ^= 1
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ImageError, match="truncated or broken"):
        read_picture(tmp_path / "a.png")


def text_file(path: Path) -> None:
    path.write_text("not a picture\n")


def svg_file(path: Path) -> None:
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>')


def pipe(path: Path) -> None:
    os.mkfifo(path)


def broken_link(path: Path) -> None:
    path.symlink_to("nowhere.png")


def float_tiff(path: Path) -> None:
    Image.fromarray(np.zeros((4, 4), np.float32)).save(path, "TIFF")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.mkdir, "which is a folder"),
        (Path.touch, "which is empty"),
        (text_file, "which is none of them"),
        (svg_file, "which is SVG and not supported"),
        (pipe, "device or a pipe"),
        (float_tiff, "8 or 16 bits, got float"),
    ],
)
def test_what_is_no_picture_is_one_clear_line(tmp_path: Path, make: Callable[[Path], None], says):
    path = tmp_path / "a.png"
    make(path)
    with pytest.raises(ImageError, match=says) as caught:
        read_picture(path)
    assert str(caught.value).startswith("expected")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [lambda path: None, broken_link])
def test_a_missing_file_is_not_found(tmp_path: Path, make: Callable[[Path], None]):
    path = tmp_path / "a.png"
    make(path)
    with pytest.raises(ImageError, match=rf"^{path} not found$"):
        read_picture(path)


def test_a_png_that_promises_too_much_is_an_error(tmp_path: Path):
    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 5_000, 5_000, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    with pytest.raises(ImageError, match="truncated or broken"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["empty", "file"])
def test_list_pictures_refuses_what_holds_none(tmp_path: Path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ImageError, match=r"^expected .*" + name):
        list_pictures(tmp_path / name)
    with pytest.raises(ImageError, match=r"missing not found$"):
        list_pictures(tmp_path / "missing")


@pytest.mark.parametrize(
    ("name", "shape", "says"),
    [
        ("a.jpg", (4, 65_501, 3), "at most 65500 pixels"),
        ("a.webp", (16_384, 4, 3), "at most 16383 pixels"),
        ("a.avif", (16_385, 4, 3), "at most 16384 pixels"),
        ("a.jpg", (4, 4, 4), "alpha"),
        ("a.jpeg", (4, 4, 2), "alpha"),
    ],
)
def test_limits_of_formats_are_known_before_writing(name, shape, says):
    with pytest.raises(ImageError, match=says):
        check_holds(name, shape)


@pytest.mark.parametrize("name", ["a", "a.bmp", "a.gif", "a.xyz"])
def test_other_suffixes_are_refused_with_those_that_work(tmp_path: Path, name, picture):
    with pytest.raises(UsageError, match=r"\.png, \.jpg.*got '" + name):
        write_picture(Picture(picture), tmp_path / name)


@pytest.mark.parametrize("quality", [0, 101])
def test_quality_is_1_to_100(tmp_path: Path, picture, quality):
    with pytest.raises(UsageError, match="1 to 100"):
        write_picture(Picture(picture), tmp_path / "a.jpg", WriteOptions(quality=quality))


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_failed_write_leaves_what_was_there(tmp_path: Path, picture, monkeypatch, error):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(descriptor: int) -> None:
        raise error

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(KeyboardInterrupt if error is KeyboardInterrupt else ImageError):
        write_picture(Picture(picture), path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]
    assert path.read_bytes() == b"old"


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path, picture, monkeypatch):
    # libvips itself fails to write here: the descriptor it is given is closed for writing.
    path = tmp_path / "a.png"
    original = Path.open

    def read_only(self: Path, mode: str = "r"):
        return original(self, "x").close() or original(self, "rb") if mode == "x+b" else original(self, mode)

    monkeypatch.setattr(Path, "open", read_only)
    with pytest.raises(ImageError, match="cannot write") as caught:
        write_picture(Picture(picture), path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["missing/a.png", "file/a.png", "folder.png"])
def test_places_that_cannot_be_written(tmp_path: Path, picture, path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImageError, match="cannot write"):
        write_picture(Picture(picture), tmp_path / path)


def test_an_error_that_is_not_utf8_is_one_line_and_does_not_spoil_the_next_file(tmp_path: Path, picture):
    exif = Image.Exif()
    exif[0x0112] = 6  # which AVIF keeps in a property that may not be ignored, and libvips repeats its name
    Image.fromarray(picture).save(tmp_path / "a.avif", exif=exif)
    content = (tmp_path / "a.avif").read_bytes()
    (tmp_path / "a.avif").write_bytes(content.replace(b"irot", b"iro\xe2"))
    write_picture(Picture(picture), tmp_path / "whole.png")
    with pytest.raises(ImageError, match="which is broken") as caught:
        read_picture(tmp_path / "a.avif")
    assert "\n" not in str(caught.value)
    np.testing.assert_array_equal(read_pixels(tmp_path / "whole.png"), picture)


def test_a_file_system_that_maps_nothing_is_read(tmp_path: Path, picture, monkeypatch):
    def refused(*arguments, **options):
        raise OSError(errno.ENODEV, "No such device")

    (tmp_path / "a.jpg").write_bytes(encoded(picture, ".jpg") + b"more")
    expected = read_picture(tmp_path / "a.jpg")
    monkeypatch.setattr("mmap.mmap", refused)
    read = read_picture(tmp_path / "a.jpg")
    np.testing.assert_array_equal(read.pixels, expected.pixels)
    assert read.dropped == expected.dropped == ("4 bytes after its end",)


@pytest.mark.parametrize(
    ("read", "suffix", "whole"),
    [
        (read_picture, ".jpg", 0),
        (read_picture, ".png", 1),
        (read_jpeg_quality, ".jpg", 0),
        (read_jpeg_quality, ".jpg", 1),
    ],
)
def test_a_bad_card_is_named(tmp_path: Path, picture, monkeypatch, read, suffix, whole):
    class Bad(io.BufferedReader):
        """A file of which only the first ``whole`` bytes can be asked for."""

        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= whole:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    path, usual = tmp_path / f"a{suffix}", Path.open
    path.write_bytes(encoded(picture, suffix))
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, *arguments, **options: (
            Bad(io.FileIO(self)) if self == path else usual(self, *arguments, **options)
        ),
    )
    with pytest.raises(ImageError) as caught:
        read(path)
    assert str(caught.value) == f"cannot read {path}: Input/output error"
