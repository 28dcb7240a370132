import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from srcnn.compare.comparison import Comparison
from srcnn.compare.crops import Crop
from srcnn.compare.palette import mark
from srcnn.compare.sheet import DPI, TILE, draw_sheet, magnified, sheet_png, width_of, wrapped


def _holds(sheet: Image.Image, part: np.ndarray) -> bool:
    """Whether a magnified part stands somewhere on the sheet, its frame left out."""
    pixels = np.asarray(sheet).astype(int)
    inner = slice(8, -8)
    wanted = np.asarray(magnified(part, TILE)).astype(int)[inner, inner]
    height, width = wanted.shape[:2]
    probe = pixels == wanted[0, 0]
    return any(
        np.array_equal(pixels[y : y + height, x : x + width], wanted)
        for y, x in zip(*np.nonzero(probe.all(axis=-1)), strict=True)
        if y + height <= pixels.shape[0] and x + width <= pixels.shape[1]
    )


def test_every_crop_of_every_method_is_on_the_sheet(comparison: Comparison) -> None:
    sheet = draw_sheet(comparison)
    for crop in comparison.crops:
        for panel in (comparison.panels[0], comparison.panels[3], comparison.whole):
            assert _holds(sheet, crop.cut(panel.pixels)), (crop, panel.name)


def test_crops_are_framed_in_colours_of_their_own(comparison: Comparison) -> None:
    colours = np.unique(np.asarray(draw_sheet(comparison)).reshape(-1, 3), axis=0).tolist()
    assert list(mark(0)) in colours
    assert list(mark(1)) in colours
    assert mark(0) != mark(1)


def test_it_is_a_png_for_print_and_the_same_each_time(comparison: Comparison) -> None:
    content = sheet_png(comparison)
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    assert image.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)
    assert image.width / DPI >= 0.9 * len(comparison.panels)  # an inch a column
    assert content == sheet_png(comparison)


@pytest.mark.parametrize(("height", "width"), [(6, 200), (200, 6), (1, 1), (40, 40)])
def test_pictures_of_any_shape_fit(comparison: Comparison, height: int, width: int) -> None:
    rng = np.random.default_rng(0)
    panels = tuple(
        replace(panel, pixels=rng.integers(0, 256, (height, width, 3), np.uint8))
        for panel in comparison.panels
    )
    crop = Crop(width // 2, height // 2, width - width // 2, height - height // 2)
    sheet = draw_sheet(replace(comparison, panels=panels, crops=(crop,)))
    assert sheet.width < 6000
    assert sheet.height < 12000


def test_magnified_pixels_are_equal_squares_where_the_width_is_a_multiple() -> None:
    part = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    shown = np.asarray(magnified(part, 40))
    assert shown.shape == (30, 40, 3)
    assert np.array_equal(shown[..., 0], part.repeat(10, 0).repeat(10, 1))


def test_magnifying_keeps_the_mean_where_it_is_none() -> None:
    part = np.random.default_rng(1).integers(0, 256, (7, 7, 3), np.uint8)
    shown = np.asarray(magnified(part, 300)).astype(float)
    assert shown.mean(axis=(0, 1)) == pytest.approx(part.mean(axis=(0, 1)), abs=0.6)


def test_long_names_stay_in_their_column(comparison: Comparison) -> None:
    long = tuple(replace(panel, name="a very long name of a method " * 4) for panel in comparison.panels)
    sheet = np.asarray(draw_sheet(replace(comparison, panels=long)))
    short = np.asarray(draw_sheet(comparison))
    assert sheet.shape == short.shape
    # Between the last two columns nothing is written, down to the notes.
    gap = sheet[: 2 * TILE + 100, -24 - TILE - 10 : -24 - TILE - 4]
    assert (gap == 255).all()
    assert (sheet[: 2 * TILE + 100] != short[: 2 * TILE + 100]).any()


def test_notes_are_broken_at_blanks_and_nothing_is_lost() -> None:
    text = "as many pixels as the scale left out on each side " * 5
    lines = list(wrapped(text, 24, 400))
    assert " ".join(lines) == text.strip()
    assert max(width_of(line, 24) for line in lines) <= 400
    assert len(lines) > 3
