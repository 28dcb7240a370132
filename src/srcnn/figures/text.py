"""Words on pictures: Pillow's own font, which is there wherever Pillow is, in regular and bold."""

import functools
from collections.abc import Iterator
from typing import Any

from PIL import ImageDraw, ImageFont

from srcnn.figures.palette import Colour

_SMALLEST = 0.6
"""Of its size, how small a text may become before it is cut."""
_WIDE = "DejaVuSans.ttf"
"""Looked for on the system for what is not ASCII, of which Pillow's font has next to nothing."""


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
    """Pixels that a text takes."""
    return round(font_for(size, text.isascii()).getlength(text)) + bold


def write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    colour: Colour,
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
        draw.text((left + shift, top), text, fill=colour, font=font_for(size, text.isascii()))


def _cut(text: str, size: int, room: int) -> str:
    """With dots for its middle, as names often differ at the end."""
    kept = len(text)
    short = text
    while kept > 2 and width_of(short, size) > room:
        kept -= 1
        short = f"{text[: (kept + 1) // 2]}...{text[len(text) - kept // 2 :]}"
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
