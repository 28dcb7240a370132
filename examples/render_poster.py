"""Draw ``poster.png``: the picture of the README, with text, thin lines, curves and texture.

It is drawn four times larger than asked and averaged down, so its edges are those of a good photograph.
Usage: python examples/render_poster.py [OUT.png [WIDTH]]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SUPERSAMPLING = 4
ASPECT = 2 / 3


def render(width: int = 360) -> Image.Image:
    """The poster, ``width`` pixels wide and two thirds as high, RGB."""
    size = (width * SUPERSAMPLING, round(width * ASPECT) * SUPERSAMPLING)
    canvas = Image.fromarray(_background(*size))
    draw = ImageDraw.Draw(canvas)
    unit = size[0] / 360
    _sun(draw, unit)
    _bridge(draw, unit)
    _boat(draw, unit)
    _lettering(draw, unit)
    return canvas.resize((width, round(width * ASPECT)), Image.Resampling.BOX)


def _background(width: int, height: int) -> np.ndarray:
    # Sky, water with ripples that grow finer towards the horizon, and a quay of bricks; a little grain.
    random = np.random.default_rng(11)
    x = np.linspace(0, 360, width)[None, :]
    y = np.linspace(0, 240, height)[:, None]
    sky = np.stack([238 - 0.5 * y + 0 * x, 205 - 0.25 * y + 0 * x, 170 + 0.25 * y + 0 * x], axis=-1)
    depth = np.clip((y - 138) / 62, 0.02, 1)
    ripple = np.sin(2 * np.pi * (0.09 * x / depth**0.5 + 11 / depth**0.6) + 2 * np.sin(x / 17 + y / 9))
    water = np.stack([52 + 26 * ripple, 104 + 28 * ripple, 128 + 24 * ripple], axis=-1)
    row = np.floor((y - 200) / 8)
    mortar = ((y - 200) % 8 < 0.9) | ((x + 9 * (row % 2)) % 18 < 0.9)
    shade = random.uniform(0.75, 1.1, (8, 40))[row.astype(int) % 8, ((x + 9 * (row % 2)) // 18).astype(int)]
    brick = np.where(
        mortar[..., None], [196.0, 186.0, 170.0], shade[..., None] * np.array([168.0, 84.0, 62.0])
    )
    scene = np.where(y[..., None] < 138, sky, np.where(y[..., None] < 200, water, brick))
    grain = random.normal(0, 1, (height // 8 + 1, width // 8 + 1)).repeat(8, 0).repeat(8, 1)
    scene = scene + 1.2 * grain[:height, :width, None]
    return np.clip(scene, 0, 255).astype(np.uint8)


def _sun(draw: ImageDraw.ImageDraw, unit: float) -> None:
    x, y = 286 * unit, 62 * unit
    for ring in range(11):
        radius = (30 - 2.6 * ring) * unit
        box = (x - radius, y - radius, x + radius, y + radius)
        if ring == 0:
            draw.ellipse(box, fill=(236, 96, 58))
        else:
            draw.ellipse(box, outline=(252, 226, 168), width=round(0.8 * unit))


def _bridge(draw: ImageDraw.ImageDraw, unit: float) -> None:
    dark = (44, 40, 52)
    draw.rectangle((0, 126 * unit, 360 * unit, 130 * unit), fill=dark)
    for tower in (78, 218):
        draw.rectangle(((tower - 3) * unit, 66 * unit, (tower + 3) * unit, 150 * unit), fill=dark)
    for start, end in ((-62, 78), (78, 218), (218, 358)):
        middle, half = (start + end) / 2, (end - start) / 2
        points = [(t, 120 - 52 * ((t - middle) / half) ** 2) for t in np.arange(start, end + 0.5, 0.5)]
        draw.line([(t * unit, h * unit) for t, h in points], fill=dark, width=round(1.5 * unit))
        for t, h in points[::14]:
            draw.line((t * unit, h * unit, t * unit, 127 * unit), fill=dark, width=round(0.6 * unit))
    for x in range(0, 360, 5):
        draw.line(
            (x * unit, 130 * unit, (x + 5) * unit, 126 * unit), fill=(216, 206, 196), width=round(0.5 * unit)
        )


def _boat(draw: ImageDraw.ImageDraw, unit: float) -> None:
    hull = [(130, 168), (186, 168), (178, 180), (138, 180)]
    draw.polygon([(x * unit, y * unit) for x, y in hull], fill=(236, 232, 222))
    draw.line((158 * unit, 168 * unit, 158 * unit, 106 * unit), fill=(60, 44, 36), width=round(1.2 * unit))
    for stripe in range(16):
        top = 110 + 3.4 * stripe
        reach = (top - 108) * 0.52
        color = (34, 62, 110) if stripe % 2 else (246, 240, 226)
        corners = [(160, top), (160, top + 3.4), (160 + reach + 1.8, top + 3.4), (160 + reach, top)]
        draw.polygon([(x * unit, y * unit) for x, y in corners], fill=color)
    for foot in (132, 138, 144, 150):
        draw.line(
            (158 * unit, 108 * unit, foot * unit, 168 * unit), fill=(60, 44, 36), width=round(0.5 * unit)
        )


def _lettering(draw: ImageDraw.ImageDraw, unit: float) -> None:
    def write(x: float, y: float, text: str, size: float, fill: tuple[int, int, int]) -> None:
        draw.text((x * unit, y * unit), text, fill=fill, font=ImageFont.load_default(size * unit))

    write(14, 8, "SRCNN", 40, (34, 62, 110))
    write(16, 48, "three convolutions", 13, (34, 62, 110))
    draw.rectangle((228 * unit, 206 * unit, 352 * unit, 234 * unit), fill=(244, 238, 224))
    write(233, 207, "patch extraction 9 x 9", 8.5, (40, 36, 44))
    write(233, 216, "non-linear mapping 5 x 5", 7.5, (40, 36, 44))
    write(233, 224, "reconstruction 5 x 5", 6.5, (40, 36, 44))


def main() -> None:
    """Write the picture."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "poster.png"
    render(int(sys.argv[2]) if len(sys.argv) > 2 else 360).save(out, optimize=True)


if __name__ == "__main__":
    main()
