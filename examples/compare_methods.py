"""Draw ``docs/howto/compare.png``: the sheet that ``srcnn compare`` makes of the poster, smaller.

Usage: python examples/compare_methods.py [OUT.png]
"""

import sys
from pathlib import Path

from PIL import Image

from srcnn.cli.arguments import load_models
from srcnn.compare.panels import compare, magnify
from srcnn.compare.sheet import draw_sheet
from srcnn.evaluation import AUTHORS

ROOT = Path(__file__).parents[1]
SCALE, WIDTH = 3, 1600


def main() -> None:
    """Write the picture."""
    models = load_models(["9-1-5", "9-5-5"], SCALE, AUTHORS)
    metrics = ("psnr", "ssim", "mse")
    sheet = draw_sheet(magnify(compare(ROOT / "examples" / "poster.png", SCALE, models, metrics=metrics)))
    small = sheet.resize((WIDTH, round(sheet.height * WIDTH / sheet.width)), Image.Resampling.LANCZOS)
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "howto" / "compare.png"
    small.quantize(256, dither=Image.Dither.NONE).save(out, optimize=True)


if __name__ == "__main__":
    main()
