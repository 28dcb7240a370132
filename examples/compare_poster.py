"""Draw ``comparison.png``: a part of the poster as LR, bicubic and SRCNN, each three times enlarged.

Usage: python examples/compare_poster.py [OUT.png]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import srcnn
from srcnn.resize import imresize

HERE = Path(__file__).parent
SCALE = 3
PART = (slice(96, 216), slice(124, 224))
"""Rows and columns of the poster: rigging, sail, hull, water and the wall."""
GAP, CAPTION = 6, 26


def main() -> None:
    """Write the picture."""
    poster = np.asarray(Image.open(HERE / "poster.png").convert("RGB"))
    panels = {
        "LR": imresize(poster, SCALE, kernel="nearest"),
        "bicubic": imresize(poster, SCALE),
        "SRCNN 9-5-5": srcnn.upscale(poster, SCALE, model="9-5-5"),
    }
    rows, columns = (slice(part.start * SCALE, part.stop * SCALE) for part in PART)
    cuts = {name: picture[rows, columns] for name, picture in panels.items()}
    height, width = next(iter(cuts.values())).shape[:2]
    sheet = Image.new("RGB", (len(cuts) * (width + GAP) - GAP, height + CAPTION), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (name, cut) in enumerate(cuts.items()):
        left = number * (width + GAP)
        sheet.paste(Image.fromarray(cut), (left, 0))
        draw.text((left + 2, height + 4), name, fill="black", font=ImageFont.load_default(16))
    sheet.save(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "comparison.png", optimize=True)


if __name__ == "__main__":
    main()
