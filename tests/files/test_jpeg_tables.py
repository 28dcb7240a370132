from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError
from srcnn.files import JpegQuality, Picture, WriteOptions, jpeg_quality, read_jpeg_quality, write_picture
from srcnn.files.jpeg_tables import luma_table


def saved(picture: np.ndarray, kind: str = "JPEG", **options) -> BytesIO:
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize("quality", range(1, 101))
def test_every_quality_of_libjpeg_is_found(picture, quality):
    assert read_jpeg_quality(saved(picture[:8, :8], quality=quality)) == JpegQuality(quality, exact=True)


def test_grey_cmyk_progressive_and_our_own(tmp_path: Path, picture):
    assert jpeg_quality(saved(picture[..., 0], quality=37)) == 37
    buffer = BytesIO()
    Image.fromarray(picture).convert("CMYK").save(buffer, "JPEG", quality=62, progressive=True)
    buffer.seek(0)
    assert jpeg_quality(buffer) == 62
    write_picture(Picture(picture), tmp_path / "a.jpg", WriteOptions(quality=83))
    assert jpeg_quality(tmp_path / "a.jpg") == 83


def test_a_table_of_nobody_s_is_nearest_to_the_quality_it_was_made_from(picture):
    off = np.clip(luma_table(30) + np.random.default_rng(0).integers(-1, 2, (8, 8)), 1, 255)
    tables = [off.ravel().tolist(), off.ravel().tolist()]
    assert read_jpeg_quality(saved(picture, qtables=tables)) == JpegQuality(30, exact=False)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP"])
def test_other_formats_have_none_whatever_their_name(tmp_path: Path, picture, kind):
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(picture, kind).getvalue())
    assert jpeg_quality(path) is None


def test_a_jpeg_cut_before_its_tables_is_one_line(tmp_path: Path, picture):
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(picture).getvalue()[:40])
    with pytest.raises(ImageError, match="quantisation tables") as caught:
        jpeg_quality(path)
    assert "\n" not in str(caught.value)
