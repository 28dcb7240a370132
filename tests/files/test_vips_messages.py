"""What libvips says of a file: of this one, in any encoding, and of all that it could not read."""

import io
import struct
import sys
import zlib
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from srcnn.errors import ImageError
from srcnn.files import read_picture, read_pixels, vips_reader

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def test_an_error_has_nothing_of_the_pictures_before(picture: np.ndarray):
    odd = encoded(picture, "JPEG").replace(b"\xff\xc4", b"odd bytes\xff\xc4", 1)
    broken = bytearray(encoded(picture, "PNG"))
    broken[len(broken) // 2] ^= 1
    read_picture(io.BytesIO(odd))
    with pytest.raises(ImageError) as caught:
        read_picture(io.BytesIO(broken))
    assert "JPEG" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_name_of_a_profile_in_another_encoding_prints_nothing(picture, monkeypatch, capfd):
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    outside = SRGB[:136] + struct.pack(">I", 2**31) + SRGB[140:]  # where its first tag lies
    profile = chunk(b"iCCP", "Écran".encode("latin-1") + b"\0\0" + zlib.compress(outside))
    png = encoded(picture, "PNG")
    np.testing.assert_array_equal(read_pixels(io.BytesIO(png[:33] + profile + png[33:])), picture)
    assert not unraisable
    assert capfd.readouterr().err == ""


def tiled(compression: str | None) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    tifffile.imwrite(buffer, noise, tile=(32, 32), compression=compression, photometric="rgb")
    return buffer.getvalue()


PLACES, LENGTHS = (324, "I", 4), (325, "H", 3)
"""Tag, kind and type of what a TIFF says of its tiles."""


def change_tile(content: bytearray, what: tuple[int, str, int], tile: int, value: int) -> int:
    """Say something else of one of 4 tiles; what stood there."""
    tag, kind, number = what
    record = content.index(struct.pack("<HHI", tag, number, 4))
    place = struct.unpack_from("<I", content, record + 8)[0] + struct.calcsize(kind) * tile
    (before,) = struct.unpack_from(f"<{kind}", content, place)
    struct.pack_into(f"<{kind}", content, place, value)
    return before


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tile_that_lies_outside_of_its_tiff_is_an_error(tmp_path: Path, compression):
    content = bytearray(tiled(compression))
    change_tile(content, PLACES, 2, len(content) + 1000)
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(ImageError, match="truncated or broken"):
        read_picture(tmp_path / "a.tif")


def damaged() -> bytes:
    """A TIFF with a tile that does not unfold."""
    content = bytearray(tiled("zlib"))
    place = change_tile(content, PLACES, 2, 0)
    change_tile(content, PLACES, 2, place)
    content[place + 500] ^= 1
    return bytes(content)


def test_a_tile_of_a_tiff_that_does_not_unfold_is_an_error(tmp_path: Path):
    (tmp_path / "a.tif").write_bytes(damaged())
    with pytest.raises(ImageError, match="truncated or broken"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_a_picture_is_not_refused_for_one_that_another_thread_reads(picture, monkeypatch, kind: str):
    decoded, refused = vips_reader._decoded, []

    def read_damaged() -> None:
        try:
            read_picture(io.BytesIO(damaged()))
        except ImageError as error:
            refused.append(error)

    thread = Thread(target=read_damaged)

    def meanwhile(*given: Any) -> Any:
        if thread.ident is None:
            thread.start()
            thread.join(0.5)  # done by then, unless it has to wait
        return decoded(*given)

    monkeypatch.setattr(vips_reader, "_decoded", meanwhile)
    read_picture(io.BytesIO(tiled("zlib") if kind == "TIFF" else encoded(picture, kind)))
    thread.join(60)
    assert len(refused) == 1


def test_a_tile_without_bytes_and_odd_tags_are_no_error():
    content = bytearray(tiled("zlib"))
    for what in (PLACES, LENGTHS):
        change_tile(content, what, 1, 0)
    tag = content.index(struct.pack("<HH", 305, 2))  # the software, now of a type that there is not
    struct.pack_into("<H", content, tag + 2, 99)
    pixels = read_pixels(io.BytesIO(content))
    assert not pixels[:32, 32:].any()
    assert pixels[:32, :32].any()
    assert pixels[32:].any()
