"""Letters of EXIF that are not ASCII: the bytes that cameras and programs write stay in TIFF."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.files import read_picture, write_picture

TEXTS = {0x8298: "© Jörg Müller", 0x013B: "Zoë", 0x010E: "猫"}
OWNER, MODEL = 0xA430, 0xA434  # in the directory of EXIF
DATUM = 0x12  # in that of GPS
INNER = "Ægir"


@pytest.fixture(params=["utf-8", "latin-1"])
def encoding(request: pytest.FixtureRequest) -> str:
    return request.param


def expected(encoding: str) -> dict[int, bytes]:
    return {tag: text.encode(encoding, "ignore") for tag, text in TEXTS.items()}


@pytest.fixture
def jpeg(tmp_path: Path, picture: np.ndarray, encoding: str) -> Path:
    """A JPEG whose letters Pillow has not touched: it writes signs, which are replaced by bytes as long."""
    exif, places = Image.Exif(), {}
    texts = {**expected(encoding), OWNER: INNER.encode(encoding), DATUM: INNER.encode(encoding)}
    for number, (tag, content) in enumerate(texts.items()):
        places[tag] = (chr(ord("a") + number) * max(len(content), 1), content)
    for tag in TEXTS:
        exif[tag] = places[tag][0]
    exif.get_ifd(0x8769)[OWNER] = places[OWNER][0]
    exif.get_ifd(0x8825)[DATUM] = places[DATUM][0]
    block = exif.tobytes()
    for sign, content in places.values():
        assert block.count(sign.encode() + b"\0") == 1
        block = block.replace(sign.encode() + b"\0", content.ljust(len(sign)) + b"\0")
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=block)
    return tmp_path / "a.jpg"


def texts_of(path: Path) -> dict[int, bytes]:
    with Image.open(path) as image:
        exif = image.getexif()
        found = {tag: exif[tag] for tag in TEXTS}
        found[OWNER], found[DATUM] = exif.get_ifd(0x8769)[OWNER], exif.get_ifd(0x8825)[DATUM]
    return {tag: text.encode("latin-1").rstrip() for tag, text in found.items()}


def test_letters_stay_from_jpeg_to_tiff_and_back(tmp_path: Path, jpeg: Path, encoding: str):
    wanted = {**expected(encoding), OWNER: INNER.encode(encoding), DATUM: INNER.encode(encoding)}
    assert texts_of(jpeg) == wanted
    assert write_picture(read_picture(jpeg), tmp_path / "b.tif") == ()
    assert texts_of(tmp_path / "b.tif") == wanted
    assert write_picture(read_picture(tmp_path / "b.tif"), tmp_path / "c.jpg") == ()
    assert texts_of(tmp_path / "c.jpg") == wanted
    write_picture(read_picture(tmp_path / "b.tif"), tmp_path / "d.tif")
    assert texts_of(tmp_path / "d.tif") == wanted
