import os
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from srcnn.files import (
    PICTURE_SUFFIXES,
    WRITABLE_SUFFIXES,
    Picture,
    WriteOptions,
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


@pytest.mark.parametrize("suffix", [suffix for suffix in WRITABLE_SUFFIXES if suffix != ".jxl"])
def test_colour_profile_is_carried(tmp_path: Path, suffix):
    write_picture(Picture(random_pixels(3, np.uint8), SRGB), tmp_path / f"a{suffix}")
    assert read_picture(tmp_path / f"a{suffix}").icc == SRGB


@pytest.mark.parametrize(("channels", "profile"), [(1, SRGB), (3, GREY_PROFILE)], ids=["grey", "colour"])
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


def test_list_pictures_sorts_and_leaves_other_files_out(tmp_path: Path):
    for name in ("b.PNG", "a.jpeg", "notes.txt", ".hidden.png", "c.bmp"):
        (tmp_path / name).touch()
    (tmp_path / "d.png").mkdir()
    assert [path.name for path in list_pictures(tmp_path)] == ["a.jpeg", "b.PNG", "c.bmp"]
    assert {path.suffix.lower() for path in list_pictures(tmp_path)} <= set(PICTURE_SUFFIXES)


@pytest.mark.parametrize(("suffix", "longest"), [(".jpg", 65_500), (".webp", 16_383), (".avif", 16_384)])
def test_largest_side_can_indeed_be_written(tmp_path: Path, suffix, longest):
    pixels = np.zeros((16, longest, 3), np.uint8)
    write_picture(Picture(pixels), tmp_path / f"a{suffix}")
    assert read_pixels(tmp_path / f"a{suffix}").shape == pixels.shape


def test_output_has_the_usual_mode_not_a_private_one(tmp_path: Path, picture):
    old = os.umask(0o022)
    try:
        write_picture(Picture(picture), tmp_path / "a.png")
    finally:
        os.umask(old)
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == 0o644


def test_a_single_grey_pixel_keeps_its_axes(tmp_path):
    Image.fromarray(np.array([[7]], np.uint8)).save(tmp_path / "dot.png")
    assert read_pixels(tmp_path / "dot.png").tolist() == [[7]]
