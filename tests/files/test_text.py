"""Text of PNGs, as image generators write their parameters: kept in PNG, its loss elsewhere said."""

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from srcnn.files import Picture, WriteOptions, read_picture, write_picture

PARAMETERS = "a cat, <lora:x:0.8>\nNegative prompt: dog\nSteps: 20, Sampler: DPM++"
WORKFLOW = '{"nodes": ["Größe", "猫"]}'


@pytest.fixture
def generated(tmp_path: Path, picture: np.ndarray) -> Path:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", PARAMETERS)
    text.add_text("prompt", "x" * 5000, zip=True)
    text.add_itxt("workflow", WORKFLOW, zip=True)
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    Image.fromarray(picture).save(tmp_path / "in.png", pnginfo=text)
    return tmp_path / "in.png"


def test_text_is_kept_from_png_to_png(tmp_path: Path, generated, picture):
    read = read_picture(generated)
    assert dict(read.text) == {"parameters": PARAMETERS, "prompt": "x" * 5000, "workflow": WORKFLOW}
    assert write_picture(read, tmp_path / "out.png") == read.notes == ()
    found = Image.open(tmp_path / "out.png")
    found.load()
    assert isinstance(found, PngImagePlugin.PngImageFile)
    assert {name: str(found.text[name]) for name in dict(read.text)} == dict(read.text)
    assert read_picture(tmp_path / "out.png").xmp == read.xmp
    np.testing.assert_array_equal(np.asarray(found), picture)


def test_text_after_the_pixels_is_found(generated, tmp_path: Path):
    content = generated.read_bytes()
    body = b"tEXtComment\0behind"
    added = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    generated.write_bytes(content[:-12] + added + content[-12:])
    assert dict(read_picture(generated).text)["Comment"] == "behind"


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".tif", ".avif"])
def test_the_loss_of_text_elsewhere_is_said(tmp_path: Path, generated, suffix):
    (note,) = write_picture(read_picture(generated), tmp_path / f"out{suffix}")
    assert note.startswith("the text of the PNG is left out (parameters, prompt, workflow): ")


def test_strip_leaves_text_out(tmp_path: Path, generated):
    assert not write_picture(read_picture(generated), tmp_path / "out.png", WriteOptions(strip=True))
    assert not read_picture(tmp_path / "out.png").text


def test_text_that_unfolds_without_end_or_is_broken_is_left_out(picture):
    def png(content: bytes, kind: bytes = b"zTXt") -> io.BytesIO:
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "PNG")
        body = kind + content
        added = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        return io.BytesIO(buffer.getvalue()[:33] + added + buffer.getvalue()[33:])

    assert read_picture(png(b"a\0\0" + zlib.compress(bytes(2**21)))).text == ()
    assert read_picture(png(b"a\0\0nonsense")).text == ()
    # A keyword has 1 to 79 bytes, and stands in notes on a terminal.
    for content in (b"a" * 80, b"a" * 100_000, b"\0text", b"a\x1b[31m\0text"):
        assert read_picture(png(content, b"tEXt")).text == ()
    assert read_picture(png("Größe".encode() + b"\0text", b"tEXt")).text != ()


def test_a_comment_of_jpeg_is_said_to_be_left_out(tmp_path: Path, picture):
    Image.fromarray(picture).save(tmp_path / "a.jpg", comment=b"by hand")
    assert "the comment is left out" in read_picture(tmp_path / "a.jpg").notes


def test_a_picture_s_text_of_any_letters_is_written(tmp_path: Path, picture):
    text = (("Title", "Überschrift"), ("Title", "見出し"))
    write_picture(Picture(picture, text=text), tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").text == text


def test_the_text_of_all_chunks_together_is_bounded(generated: Path):
    def chunk(content: bytes) -> bytes:
        body = b"zTXt" + content
        return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    content = generated.read_bytes()
    many = b"".join(chunk(b"k%d\0\0" % number + zlib.compress(bytes(2**20))) for number in range(200))
    short = b"".join(chunk(b"k%d\0\0" % number + zlib.compress(b"a")) for number in range(2000))
    for added, most in ((many, 2**24), (short, 10_000)):
        read = read_picture(io.BytesIO(content[:-12] + added + content[-12:]))
        assert dict(read.text)["parameters"] == PARAMETERS
        assert sum(len(text) for _, text in read.text) < most
        assert len(read.text) <= 1000
        assert read.dropped == ("text that is broken or very long",)
        assert f"left out: {read.dropped[0]}" in read.notes
