"""Colors of figures."""

Rgb = tuple[int, int, int]

INK: Rgb = (24, 26, 30)
FAINT: Rgb = (104, 108, 116)
WHITE: Rgb = (255, 255, 255)

# Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision.
MARKS: tuple[Rgb, ...] = (
    (230, 159, 0),
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
)


def mark(number: int) -> Rgb:
    """The colour of a crop, or a line."""
    return MARKS[number % len(MARKS)]


def in_css(color: Rgb) -> str:
    """As ``#rrggbb``."""
    return "#" + "".join(f"{level:02x}" for level in color)
