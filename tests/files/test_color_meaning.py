"""What samples mean, beside an ICC profile: kept where a format holds it, else a profile, else said."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from srcnn.errors import ImageError
from srcnn.files import Picture, read_picture, write_picture
from srcnn.files.color_space import CodePoints, ColorSpace
from srcnn.files.icc import code_points_of, color_profile, profile_is_whole

PQ = ColorSpace(CodePoints(9, 16), mastering=bytes(range(24)), light_level=bytes(8))
HLG = ColorSpace(CodePoints(9, 18))
P3 = ColorSpace(CodePoints(12, 13))
SRGB_CHROMATICITIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
LINEAR = ColorSpace(gamma=1.0, chromaticities=SRGB_CHROMATICITIES)
# Columns are red, green and blue of Display P3 in linear sRGB (CSS Color 4, sample code, lin_P3 by XYZ).
P3_TO_SRGB = np.array(
    [[1.2249401, -0.2249402, 0], [-0.0420569, 1.0420571, 0], [-0.0196376, -0.0786361, 1.0982735]]
)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(pixels: np.ndarray, *chunks: bytes) -> io.BytesIO:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    content = buffer.getvalue()
    return io.BytesIO(content[:33] + b"".join(chunks) + content[33:])


def chunks_of(path: Path) -> dict[bytes, bytes]:
    content, position, found = path.read_bytes(), 8, {}
    while position < len(content):
        (length,) = struct.unpack_from(">I", content, position)
        kind = content[position + 4 : position + 8]
        body = content[position + 8 : position + 8 + length]
        assert chunk(kind, body) == content[position : position + 12 + length]
        found[kind] = body
        position += 12 + length
    return found


@pytest.fixture
def colors() -> np.ndarray:
    levels = np.array([0, 1, 30, 100, 128, 200, 254, 255], np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), -1).reshape(16, 32, 3)


CHUNKS = {
    b"cICP": bytes([9, 16, 0, 1]),
    b"mDCV": bytes(range(24)),
    b"cLLI": struct.pack(">2I", 10_000_000, 4_000_000),
    b"gAMA": struct.pack(">I", 100_000),
    b"cHRM": struct.pack(">8I", *(round(value * 100_000) for value in SRGB_CHROMATICITIES)),
    b"sRGB": b"\2",
}


@pytest.mark.parametrize("kind", CHUNKS)
def test_each_chunk_of_color_is_kept_from_png_to_png(tmp_path: Path, colors, kind):
    write_picture(read_picture(png(colors, chunk(kind, CHUNKS[kind]))), tmp_path / "a.png")
    written = chunks_of(tmp_path / "a.png")
    assert {name: body for name, body in written.items() if name in CHUNKS} == {kind: CHUNKS[kind]}
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), colors)


def test_code_points_that_are_not_of_rgb_or_of_wrong_length_are_no_fact(colors):
    assert read_picture(png(colors, chunk(b"cICP", bytes([9, 16, 9, 1])))).color is None
    assert read_picture(png(colors, chunk(b"gAMA", b"\0\0\0\0"))).color is None
    assert read_picture(png(colors, chunk(b"cHRM", b"1234"))).color is None


def in_srgb(icc: bytes, pixels: np.ndarray) -> np.ndarray:
    """By LittleCMS."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    srgb, intent = ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC
    transform = ImageCms.buildTransform(source, srgb, "RGB", "RGB", intent)
    converted = ImageCms.applyTransform(Image.fromarray(pixels), transform)
    assert converted is not None
    return np.asarray(converted)


def srgb_decoded(samples: np.ndarray) -> np.ndarray:
    return np.where(samples <= 0.04045, samples / 12.92, ((samples + 0.055) / 1.055) ** 2.4)


def srgb_encoded(light: np.ndarray) -> np.ndarray:
    light = light.clip(0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".webp"])
def test_display_p3_and_linear_light_become_a_profile_where_there_are_no_code_points(
    tmp_path: Path, colors, suffix
):
    samples = colors / 255
    expected = {
        P3: srgb_encoded(srgb_decoded(samples) @ P3_TO_SRGB.T),
        LINEAR: srgb_encoded(samples),
        ColorSpace(gamma=1 / 2.2): srgb_encoded(samples**2.2),
    }
    for space, levels in expected.items():
        path = tmp_path / f"a{suffix}"
        notes = write_picture(Picture(colors, color=space), path)
        icc = read_picture(path).icc
        assert icc is not None
        assert profile_is_whole(icc)
        assert np.abs(in_srgb(icc, colors) - np.rint(levels * 255)).max() <= 2
        assert not notes


def test_a_profile_made_of_srgb_changes_nothing(colors):
    icc = color_profile(ColorSpace(CodePoints(1, 13)), grey=False)
    assert icc is not None
    assert np.abs(in_srgb(icc, colors).astype(int) - colors).max() <= 1


@pytest.mark.parametrize("space", [ColorSpace(CodePoints(1, 13)), ColorSpace(intent=0, gamma=0.45455)])
def test_srgb_needs_no_profile(tmp_path: Path, colors, space):
    notes = write_picture(Picture(colors, color=space), tmp_path / "a.jpg")
    assert (read_picture(tmp_path / "a.jpg").icc, notes) == (None, ())


def test_gamma_of_grey_becomes_a_grey_profile(tmp_path: Path, colors):
    write_picture(Picture(colors[..., 0], color=ColorSpace(gamma=1.0)), tmp_path / "a.tif")
    icc = read_picture(tmp_path / "a.tif").icc
    assert icc is not None
    assert icc[16:20] == b"GRAY"
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip() == "gamma 1"


@pytest.mark.parametrize("space", [PQ, HLG, P3])
def test_avif_says_code_points_itself_and_its_pixels_stay_the_same(tmp_path: Path, colors, space):
    notes = write_picture(Picture(colors, color=space), tmp_path / "a.avif")
    write_picture(Picture(colors), tmp_path / "plain.avif")
    read = read_picture(tmp_path / "a.avif")
    assert read.color == ColorSpace(space.code_points)
    np.testing.assert_array_equal(read.pixels, read_picture(tmp_path / "plain.avif").pixels)
    # By libavif, which takes the matrix that the box states.
    ours, plain = (Image.open(tmp_path / name).convert("RGB") for name in ("a.avif", "plain.avif"))
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(plain))
    levels = ("the light levels of HDR (mDCV, cLLI) are left out: AVIF gets none",)
    assert notes == (levels if space.mastering else ())


def test_avif_with_everything_keeps_everything_beside_its_code_points(tmp_path: Path, colors):
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    rgba = np.dstack([colors, colors[..., :1]])
    picture = Picture(rgba, exif=exif.tobytes()[6:], xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", color=HLG)
    write_picture(picture, tmp_path / "a.avif")
    write_picture(Picture(rgba), tmp_path / "plain.avif")
    read = read_picture(tmp_path / "a.avif")
    assert read.color == HLG
    assert b"Maker" in (read.exif or b"")
    assert read.xmp == picture.xmp
    np.testing.assert_array_equal(read.pixels, read_picture(tmp_path / "plain.avif").pixels)


def test_code_points_of_an_avif_of_another_writer_reach_png_and_jpeg(tmp_path: Path, colors):
    Image.fromarray(colors).save(tmp_path / "a.avif")  # libavif states BT.709 and sRGB
    content = (tmp_path / "a.avif").read_bytes()
    assert content.count(b"colrnclx\0\1\0\r") == 1
    (tmp_path / "a.avif").write_bytes(content.replace(b"colrnclx\0\1\0\r", b"colrnclx\0\x0c\0\r"))
    picture = read_picture(tmp_path / "a.avif")
    assert picture.color == P3
    write_picture(picture, tmp_path / "a.png")
    assert chunks_of(tmp_path / "a.png")[b"cICP"] == bytes([12, 13, 0, 1])
    write_picture(picture, tmp_path / "a.jpg")
    assert code_points_of(read_picture(tmp_path / "a.jpg").icc or b"") == P3.code_points


@pytest.mark.parametrize("space", [PQ, HLG])
def test_hdr_in_a_format_without_code_points_is_a_profile_and_a_note(tmp_path: Path, colors, space):
    notes = write_picture(Picture(colors, color=space), tmp_path / "a.jpg")
    icc = read_picture(tmp_path / "a.jpg").icc
    assert icc is not None
    assert code_points_of(icc) == space.code_points
    assert notes[0] == f"{space} is said by a colour profile, which few programs follow in JPEG"


def test_what_no_profile_says_is_said_in_a_note(tmp_path: Path, colors):
    strange = ColorSpace(CodePoints(10, 17))
    notes = write_picture(Picture(colors, color=strange), tmp_path / "a.jpg")
    assert notes == (
        "what the samples mean is left out (primaries 10, transfer 17): JPEG holds no such thing",
    )
    assert read_picture(tmp_path / "a.jpg").icc is None
    narrow = ColorSpace(CodePoints(9, 16, full_range=False))
    assert "narrow range" in write_picture(Picture(colors, color=narrow), tmp_path / "a.avif")[0]
    write_picture(Picture(colors, color=narrow), tmp_path / "a.png")
    assert chunks_of(tmp_path / "a.png")[b"cICP"] == bytes([9, 16, 0, 0])


def test_a_profile_goes_before_gamma_and_code_points_before_a_profile(tmp_path: Path, colors):
    icc = color_profile(ColorSpace(gamma=0.5), grey=False)
    write_picture(Picture(colors, icc, color=LINEAR), tmp_path / "a.jpg")
    assert read_picture(tmp_path / "a.jpg").icc == icc
    write_picture(Picture(colors, icc, color=P3), tmp_path / "b.jpg")
    assert code_points_of(read_picture(tmp_path / "b.jpg").icc or b"") == P3.code_points
    write_picture(Picture(colors, icc, color=ColorSpace(CodePoints(12, 13), intent=0)), tmp_path / "c.png")
    written = chunks_of(tmp_path / "c.png")
    assert b"cICP" in written
    assert b"iCCP" in written
    assert b"sRGB" not in written  # PNG 3: not beside iCCP


def test_chromaticities_that_are_no_colors_make_no_profile():
    assert color_profile(ColorSpace(chromaticities=(0.0,) * 8), grey=False) is None
    assert color_profile(ColorSpace(chromaticities=(0.3,) * 8), grey=False) is None


def test_code_points_that_are_cut_short_are_a_broken_picture():
    def box(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), name) + content

    properties = box(b"ipco", box(b"colr", b"nclx\0")) + box(b"ipma", bytes(8))
    meta = box(b"meta", bytes(4) + box(b"iprp", properties))
    content = box(b"ftyp", b"avif" + bytes(4) + b"avifmif1") + meta
    with pytest.raises(ImageError, match="truncated or broken"):
        read_picture(io.BytesIO(content))
