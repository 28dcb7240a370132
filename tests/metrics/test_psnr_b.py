import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.metrics import psnr, psnr_b

# JPEG itself on Classic5, as the papers on artefact removal print it (AR-CNN, ICCV 2015, table 2).
CLASSIC5 = {10: 25.21, 20: 27.50, 30: 28.94, 40: 29.92}


def blocks(height: int, width: int, step: float) -> np.ndarray:
    """Alternating flat blocks of 8x8, ``step`` levels apart."""
    rows, columns = np.mgrid[:height, :width] // 8
    return 100 + step * ((rows + columns) % 2)


def test_visible_edges_are_added_by_the_formula():
    # Every step across an edge is 10² and every other 0: bef = 100 log2(8) / log2(32). Error: 50 on average.
    flat, image = np.full((32, 48), 100.0), blocks(32, 48, 10)
    expected = 10 * math.log10(255**2 / (50 + 100 * 3 / 5))
    assert psnr_b(flat, image, data_range=255, crop_border=0) == pytest.approx(expected, abs=1e-9)


def test_only_the_measured_picture_is_searched_for_blocks():
    flat, image = np.full((32, 48), 100.0), blocks(32, 48, 10)
    plain = psnr(image, flat, data_range=255, crop_border=0)
    assert psnr_b(image, flat, data_range=255, crop_border=0) == pytest.approx(plain, abs=1e-12)
    assert psnr_b(image, image, data_range=255, crop_border=0) < math.inf
    assert psnr_b(flat, flat, data_range=255, crop_border=0) == math.inf


def test_steps_elsewhere_are_no_blocks():
    moved = np.roll(blocks(64, 64, 10), 3, axis=(0, 1))
    reference = np.full((64, 64), 104.0)
    plain = psnr(reference, moved, data_range=255, crop_border=0)
    assert psnr_b(reference, moved, data_range=255, crop_border=0) == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize("border", [1, 3, 8])
def test_shaving_does_not_move_the_grid(border):
    reference, image = np.full((64, 64), 105.0), blocks(64, 64, 10)
    side = 64 - 2 * border
    expected = 10 * math.log10(255**2 / (25 + 100 * 3 / math.log2(side)))
    assert psnr_b(reference, image, data_range=255, crop_border=border) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("quality", "published"), CLASSIC5.items())
def test_jpeg_on_classic5_as_published(data_root: Path, quality: int, published: float) -> None:
    values = []
    for path in sorted((data_root / "test" / "Classic5").iterdir()):
        if path.suffix not in {".png", ".bmp", ".tif"}:
            continue
        grey = Image.open(path).convert("L")
        packed = io.BytesIO()
        grey.save(packed, "JPEG", quality=quality)
        pair = np.asarray(grey), np.asarray(Image.open(packed))
        values.append(psnr_b(*pair, data_range=255, crop_border=0))
    assert len(values) == 5
    assert np.mean(values) == pytest.approx(published, abs=0.01)
