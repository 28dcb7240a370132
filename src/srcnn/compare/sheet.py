"""A comparison as one picture for print: the whole at the left, then a column of crops for each method.

Its words are in Pillow's own font, which is there wherever Pillow is, in regular and bold.
"""

import functools
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from srcnn.compare.comparison import Comparison, Panel
from srcnn.compare.crops import Crop
from srcnn.compare.palette import FAINT, INK, WHITE, Rgb, mark
from srcnn.evaluation.metric_table import captions, metric_label
from srcnn.types import Levels

DPI = 300
"""What the sheet is made for: text is 7 points high or more at this density."""
TILE = 300
"""Width of a magnified crop in pixels: an inch."""
_GAP, _MARGIN, _FRAME = 14, 24, 5
_NAME, _TEXT, _SMALL = 34, 30, 24
_LEADING = 1.3
_SMALLEST = 0.6
"""Of its size, how small a text may become before it is cut."""
_WIDE = "DejaVuSans.ttf"
"""Looked for on the system for what is not ASCII, of which Pillow's font has next to nothing."""


@dataclass(frozen=True)
class _Plan:
    """Where things lie, in pixels."""

    heights: tuple[int, ...]
    view: tuple[int, int]
    columns: int
    lines: int
    """Of a caption, its name among them."""

    @property
    def crops_height(self) -> int:
        return sum(self.heights) + _GAP * (len(self.heights) - 1)

    @property
    def caption(self) -> int:
        return _line(_NAME) + _line(_TEXT) * (self.lines - 1) + _GAP // 2

    @property
    def left(self) -> int:
        """Where the columns begin."""
        return _MARGIN + self.view[0] + 2 * _GAP

    @property
    def width(self) -> int:
        return self.left + self.columns * (TILE + _GAP) - _GAP + _MARGIN

    @property
    def body(self) -> int:
        """Height of the view or the columns, with their captions."""
        return max(self.crops_height + self.caption, self.view[1] + _line(_NAME) + _GAP // 2)


def draw_sheet(comparison: Comparison) -> Image.Image:
    """The sheet as an RGB picture.

    The best of the methods' figures are bold. Figures are of the whole picture, and the last lines say how
    they were made.

    Args:
        comparison: with at least one crop.
    """
    plan = _planned(comparison)
    notes = _notes(comparison, plan.width - 2 * _MARGIN)
    height = _MARGIN + plan.body + (_GAP + _line(_SMALL) * len(notes)) + _MARGIN
    sheet = Image.new("RGB", (plan.width, height), WHITE)
    draw = ImageDraw.Draw(sheet)
    _draw_view(sheet, draw, comparison, plan)
    for column, panel in enumerate(comparison.panels):
        _draw_column(sheet, draw, comparison, panel, plan, plan.left + column * (TILE + _GAP))
    top = _MARGIN + plan.body + _GAP
    for number, note in enumerate(notes):
        place = (_MARGIN, top + number * _line(_SMALL))
        write(draw, place, note, _SMALL, FAINT, room=plan.width - 2 * _MARGIN, centred=False)
    return sheet


def sheet_png(comparison: Comparison) -> bytes:
    """The sheet as a PNG, with its density."""
    buffer = io.BytesIO()
    draw_sheet(comparison).save(buffer, "PNG", optimize=True, dpi=(DPI, DPI))
    return buffer.getvalue()


def magnified(pixels: Levels, width: int) -> Image.Image:
    """Levels as sharp squares, ``width`` wide: enlarged by a whole factor, then averaged down to the size."""
    picture = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    height = max(1, round(width * picture.height / picture.width))
    factor = -(-width // picture.width)
    if factor > 1:
        picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    return picture.resize((width, height), Image.Resampling.BOX)


def _planned(comparison: Comparison) -> _Plan:
    heights = tuple(max(1, round(TILE * crop.height / crop.width)) for crop in comparison.crops)
    metrics = max(len(panel.figures) for panel in comparison.panels)
    lines = 1 + max(metrics, any(panel.detail for panel in comparison.panels))
    plan = _Plan(heights, (0, 0), len(comparison.panels), lines)
    # As high as the crops; with their captions where that would make it small.
    room = plan.crops_height if len(heights) > 1 else plan.crops_height + plan.caption - _line(_NAME)
    height, width = comparison.size
    factor = min(room / height, 1.6 * room / width)
    return _Plan(heights, (round(width * factor), round(height * factor)), plan.columns, lines)


def _draw_view(sheet: Image.Image, draw: ImageDraw.ImageDraw, comparison: Comparison, plan: _Plan) -> None:
    whole = comparison.whole
    width, height = plan.view
    factor = width / comparison.size[1]
    view = Image.fromarray(np.ascontiguousarray(whole.pixels)).convert("RGB")
    sheet.paste(view.resize(plan.view, Image.Resampling.LANCZOS), (_MARGIN, _MARGIN))
    for number, crop in enumerate(comparison.crops):
        _frame(draw, _box(crop, factor, plan.view), number)
    text = comparison.title if whole.role == "truth" else f"{comparison.title}, {whole.name}"
    write(draw, (_MARGIN, _MARGIN + height + _GAP // 2), text, _NAME, INK, room=width)


def _box(crop: Crop, factor: float, view: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a crop in the view, moved so that its frame stays within."""
    edges = []
    for side, (start, length) in enumerate(((crop.x, crop.width), (crop.y, crop.height))):
        first = max(round(start * factor), _FRAME)
        last = min(round((start + length) * factor), view[side] - _FRAME)
        edges.append((_MARGIN + first, _MARGIN + max(first + 1, last)))
    (left, right), (top, bottom) = edges
    return left, top, right, bottom


def _frame(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], number: int) -> None:
    """A coloured frame around a box, and within it a thin white line, so that it shows on any ground."""
    left, top, right, bottom = box
    outer = (left - _FRAME, top - _FRAME, right + _FRAME - 1, bottom + _FRAME - 1)
    draw.rectangle(outer, None, mark(number), _FRAME)
    draw.rectangle((left, top, right - 1, bottom - 1), None, WHITE, 2)


def _draw_column(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    comparison: Comparison,
    panel: Panel,
    plan: _Plan,
    left: int,
) -> None:
    top = _MARGIN
    for number, (crop, height) in enumerate(zip(comparison.crops, plan.heights, strict=True)):
        sheet.paste(_tile(panel, crop), (left, top))
        box = (left, top, left + TILE - 1, top + height - 1)
        draw.rectangle(box, None, mark(number), _FRAME)
        top += height + _GAP
    top += _GAP // 2 - _GAP
    write(draw, (left, top), panel.name, _NAME, INK, room=TILE)
    top += _line(_NAME)
    if panel.detail:
        write(draw, (left, top), panel.detail, _TEXT, FAINT, room=TILE)
    for metric, words in captions(panel.figures):
        best = len(comparison.methods) > 1 and panel.figures[metric] == comparison.best(metric)
        write(draw, (left, top), f"{metric_label(metric)} {words}", _TEXT, INK, room=TILE, bold=best)
        top += _line(_TEXT)


def _tile(panel: Panel, crop: Crop) -> Image.Image:
    return magnified(crop.cut(panel.pixels), TILE)


def _notes(comparison: Comparison, room: int) -> list[str]:
    return [line for text in comparison.notes for line in wrapped(text, _SMALL, room)]


def _line(size: int) -> int:
    return round(size * _LEADING)


@functools.lru_cache(maxsize=64)
def font_for(size: int, plain: bool = True) -> Any:
    """A font of so many pixels; ``plain``: for ASCII alone."""
    if not plain:
        try:
            return ImageFont.truetype(_WIDE, size)
        except OSError:
            pass
    return ImageFont.load_default(size)


def width_of(text: str, size: int, *, bold: bool = False) -> int:
    """Levels that a text takes."""
    return round(font_for(size, text.isascii()).getlength(text)) + bold


def write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    color: Rgb,
    *,
    room: int,
    bold: bool = False,
    centred: bool = True,
) -> None:
    """Write a line into ``room`` pixels from ``place`` (left, top); a long one is made smaller, then cut."""
    wanted = size
    while width_of(text, size, bold=bold) > room and size > wanted * _SMALLEST:
        size -= 1
    text = _cut(text, size, room)
    left, top = place
    if centred:
        left += (room - width_of(text, size, bold=bold)) // 2
    top += (wanted - size) // 2
    # The font has no bold: strokes a pixel wider.
    for shift in (0, 1)[: 1 + bold]:
        draw.text((left + shift, top), text, fill=color, font=font_for(size, text.isascii()))


def _cut(text: str, size: int, room: int) -> str:
    """With dots for its middle, as names often differ at the end."""
    length = len(text)
    short = text
    while length > 2 and width_of(short, size) > room:
        length -= 1
        short = f"{text[: (length + 1) // 2]}...{text[len(text) - length // 2 :]}"
    return short


def wrapped(text: str, size: int, room: int) -> Iterator[str]:
    """Lines of at most ``room`` pixels, broken at blanks."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size) > room:
            yield line
            longer = word
        line = longer
    yield line
