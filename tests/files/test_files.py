import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from srcnn.errors import ImageError, UsageError
from srcnn.files import (
    PICTURE_SUFFIXES,
    WRITABLE_SUFFIXES,
    Picture,
    WriteOptions,
    check_holds,
    list_pictures,
    read_picture,
    read_pixels,
    write_picture,
)

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# The header of a grey profile is all that this package looks at.
GREY_PROFILE = SRGB[:16] + b"GRAY" + SRGB[20:]
EXACT = (".png", ".tif", ".tiff")


def random_pixels(channels: int, dtype: type, seed: int = 0) -> np.ndarray:
    shape = (21, 34) if channels == 1 else (21, 34, channels)
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("suffix", EXACT)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_lossless_formats_give_back_the_same_pixels(tmp_path: Path, suffix, dtype, channels):
    pixels = random_pixels(channels, dtype)
    path = tmp_path / f"a{suffix}"
    assert write_picture(Picture(pixels), path) == ()
    back = read_picture(path)
    assert back.pixels.dtype == dtype
    np.testing.assert_array_equal(back.pixels, pixels)
    assert back.icc is None
    assert back.notes == ()


def test_pillow_reads_the_same_pixels(tmp_path: Path):
    pixels = random_pixels(4, np.uint8)
    write_picture(Picture(pixels), tmp_path / "a.png")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), pixels)


def test_sixteen_bits_are_sixteen_in_the_file(tmp_path: Path):
    write_picture(Picture(random_pixels(3, np.uint16)), tmp_path / "a.png")
    depth, colour = struct.unpack(">BB", (tmp_path / "a.png").read_bytes()[24:26])
    assert (depth, colour) == (16, 2)  # the PNG header's bit depth and colour type


def test_webp_is_lossless_at_quality_100_and_near_otherwise(tmp_path: Path, picture):
    write_picture(Picture(picture), tmp_path / "a.webp", WriteOptions(quality=100))
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.webp"), picture)
    write_picture(Picture(picture), tmp_path / "b.webp")
    error = np.abs(read_pixels(tmp_path / "b.webp").astype(int) - picture)
    assert 0 < error.mean() < 6


def test_jpeg_keeps_full_chroma_and_obeys_quality(tmp_path: Path, picture):
    errors = []
    for quality in (30, 95):
        write_picture(Picture(picture), tmp_path / "a.jpg", WriteOptions(quality=quality))
        errors.append(np.abs(read_pixels(tmp_path / "a.jpg").astype(int) - picture).mean())
        with Image.open(tmp_path / "a.jpg") as image:
            assert [sampling[1:3] for sampling in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]
    assert errors[1] < 3 < errors[0]


def test_avif_keeps_twelve_bits_and_says_so(tmp_path: Path):
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    notes = write_picture(Picture(np.stack([ramp] * 3, -1)), tmp_path / "a.avif", WriteOptions(quality=100))
    assert notes == ("16 bits are rounded to 12, the most that AVIF holds",)
    assert np.abs(read_pixels(tmp_path / "a.avif").astype(int)[..., 0] - ramp).max() < 128


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_sixteen_bits_are_rounded_to_eight_with_a_note(tmp_path: Path, suffix):
    eight = np.full((16, 16, 3), 100, np.uint8)
    sixteen = (eight.astype(np.uint16) * 257) + 100  # still nearest to 100 of 255
    notes = write_picture(Picture(sixteen), tmp_path / f"a{suffix}", WriteOptions(quality=100))
    assert "rounded to 8" in notes[0]
    assert np.abs(read_pixels(tmp_path / f"a{suffix}").astype(int) - 100).max() <= 1


def test_grey_stays_grey_and_is_announced_where_it_cannot(tmp_path: Path):
    grey = random_pixels(1, np.uint8)
    assert write_picture(Picture(grey), tmp_path / "a.jpg") == ()
    assert read_pixels(tmp_path / "a.jpg").ndim == 2
    (note,) = write_picture(Picture(grey), tmp_path / "a.webp", WriteOptions(quality=100))
    assert "grey" in note
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.webp"), np.stack([grey] * 3, -1))


@pytest.mark.parametrize("suffix", WRITABLE_SUFFIXES)
def test_colour_profile_is_carried(tmp_path: Path, suffix):
    write_picture(Picture(random_pixels(3, np.uint8), SRGB), tmp_path / f"a{suffix}")
    assert read_picture(tmp_path / f"a{suffix}").icc == SRGB


@pytest.mark.parametrize(("channels", "profile"), [(1, SRGB), (3, GREY_PROFILE)])
def test_profile_of_other_channels_is_left_out_with_a_note(tmp_path: Path, channels, profile):
    (note,) = write_picture(Picture(random_pixels(channels, np.uint8), profile), tmp_path / "a.png")
    assert "profile" in note
    assert read_picture(tmp_path / "a.png").icc is None


def test_no_resolution_is_invented(tmp_path: Path, picture):
    write_picture(Picture(picture), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert not image.getexif()


@pytest.mark.parametrize(
    ("mode", "kept"),
    [("P", "RGB"), ("1", "L"), ("L", "L"), ("LA", "LA"), ("RGB", "RGB"), ("RGBA", "RGBA"), ("I;16", "I;16")],
)
def test_modes_of_png_files_made_by_pillow(tmp_path: Path, picture, mode, kept):
    if mode == "I;16":
        original = Image.fromarray(picture[..., 0].astype(np.uint16) * 250)
    else:
        original = Image.fromarray(picture).convert("RGBA" if mode == "RGBA" else "RGB").convert(mode)
    original.save(tmp_path / "a.png")
    back = read_pixels(tmp_path / "a.png")
    np.testing.assert_array_equal(back, np.asarray(original if mode == kept else original.convert(kept)))


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_bmp_is_read(tmp_path: Path, picture, mode):
    original = Image.fromarray(picture).convert(mode)
    original.save(tmp_path / "a.bmp")
    expected = original.convert("L") if mode in ("L", "1") else original.convert("RGB")
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.bmp"), np.asarray(expected))


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_becomes_srgb_and_is_announced(tmp_path: Path, suffix):
    image = Image.new("CMYK", (32, 16), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 15, 15), fill=(0, 255, 255, 0))
    image.save(tmp_path / f"a{suffix}")
    back = read_picture(tmp_path / f"a{suffix}")
    assert back.notes == ("CMYK is converted to sRGB",)
    assert back.pixels[8, 28].min() > 250  # no ink is white
    red, green, blue = back.pixels[8, 4].tolist()
    assert red > 180
    assert max(green, blue) < 80
    assert back.icc is not None
    assert back.icc[16:20] == b"RGB "


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_as_pillow_does(tmp_path: Path, picture, orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    back = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(back.pixels, expected)
    write_picture(back, tmp_path / "b.png")
    np.testing.assert_array_equal(read_pixels(tmp_path / "b.png"), expected)  # not turned a second time


def test_only_the_first_frame_of_an_animation_is_read(tmp_path: Path, picture):
    frames = [Image.fromarray(picture), Image.fromarray(255 - picture)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], lossless=True)
    back = read_picture(tmp_path / "a.webp")
    np.testing.assert_array_equal(back.pixels[..., :3], picture)
    assert back.notes == ("only the first of 2 frames or pages is used",)


def test_names_that_libvips_would_take_for_options(tmp_path: Path, picture):
    path = tmp_path / "photo[1].png"
    write_picture(Picture(picture), path)
    assert [p.name for p in tmp_path.iterdir()] == ["photo[1].png"]
    np.testing.assert_array_equal(read_pixels(path), picture)


def test_name_that_is_not_utf8(tmp_path: Path, picture):
    path = tmp_path / os.fsdecode(b"caf\xe9.png")
    try:
        path.touch()
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    write_picture(Picture(picture), path)
    np.testing.assert_array_equal(read_pixels(path), picture)


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
        (lambda path: None, "No such file"),
        (Path.mkdir, "which is a folder"),
        (Path.touch, "which is empty"),
        (text_file, "which is none of them"),
        (svg_file, "svgload"),
        (pipe, "device or a pipe"),
        (broken_link, "No such file"),
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


def test_a_png_that_promises_too_much_is_an_error(tmp_path: Path):
    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 5_000, 5_000, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    with pytest.raises(ImageError, match="truncated or broken"):
        read_picture(tmp_path / "a.png")


def test_list_pictures_sorts_and_leaves_other_files_out(tmp_path: Path):
    for name in ("b.PNG", "a.jpeg", "notes.txt", ".hidden.png", "c.bmp"):
        (tmp_path / name).touch()
    (tmp_path / "d.png").mkdir()
    assert [path.name for path in list_pictures(tmp_path)] == ["a.jpeg", "b.PNG", "c.bmp"]
    assert {path.suffix.lower() for path in list_pictures(tmp_path)} <= set(PICTURE_SUFFIXES)


@pytest.mark.parametrize("name", ["empty", "missing", "file"])
def test_list_pictures_refuses_what_holds_none(tmp_path: Path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ImageError, match=r"^expected .*" + name):
        list_pictures(tmp_path / name)


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


@pytest.mark.parametrize(("suffix", "longest"), [(".jpg", 65_500), (".webp", 16_383), (".avif", 16_384)])
def test_largest_side_can_indeed_be_written(tmp_path: Path, suffix, longest):
    pixels = np.zeros((16, longest, 3), np.uint8)
    write_picture(Picture(pixels), tmp_path / f"a{suffix}")
    assert read_pixels(tmp_path / f"a{suffix}").shape == pixels.shape


@pytest.mark.parametrize("name", ["a", "a.bmp", "a.gif", "a.xyz"])
def test_other_suffixes_are_refused_with_those_that_work(tmp_path: Path, name, picture):
    with pytest.raises(UsageError, match=r"\.png, \.jpg.*got '" + name):
        write_picture(Picture(picture), tmp_path / name)


@pytest.mark.parametrize("quality", [0, 101])
def test_quality_is_1_to_100(tmp_path: Path, picture, quality):
    with pytest.raises(UsageError, match="1 to 100"):
        write_picture(Picture(picture), tmp_path / "a.jpg", WriteOptions(quality=quality))


def test_output_has_the_usual_mode_not_a_private_one(tmp_path: Path, picture):
    old = os.umask(0o022)
    try:
        write_picture(Picture(picture), tmp_path / "a.png")
    finally:
        os.umask(old)
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == 0o644


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


def test_a_single_grey_pixel_keeps_its_axes(tmp_path):
    Image.fromarray(np.array([[7]], np.uint8)).save(tmp_path / "dot.png")
    assert read_pixels(tmp_path / "dot.png").tolist() == [[7]]


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
