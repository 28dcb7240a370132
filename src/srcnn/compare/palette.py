"""Colours of figures."""

Colour = tuple[int, int, int]

INK: Colour = (24, 26, 30)
FAINT: Colour = (104, 108, 116)
PAPER: Colour = (255, 255, 255)

# Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision.
MARKS: tuple[Colour, ...] = (
    (230, 159, 0),
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
)


def mark(number: int) -> Colour:
    """The colour of a crop, or a line."""
    return MARKS[number % len(MARKS)]


def in_css(colour: Colour) -> str:
    """As ``#rrggbb``."""
    return "#" + "".join(f"{level:02x}" for level in colour)
