"""Scripts that draw the pictures of the pages: they run, and draw what the pages show."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
DRAWN = {
    "examples/compare_methods.py": "docs/howto/compare.png",
    "examples/compare_poster.py": "examples/comparison.png",
    "examples/render_poster.py": "examples/poster.png",
} | {
    f"examples/gallery/{path.name}": f"docs/gallery/{path.stem}.png"
    for path in sorted((ROOT / "examples" / "gallery").glob("*.py"))
}
VISIBLE = 32
"""Grey levels by which a pixel differs for the eye."""
LETTERS = 0.03
"""Share of pixels that may differ: other versions of Pillow and matplotlib draw letters otherwise."""


@pytest.mark.parametrize(("script", "picture"), DRAWN.items())
def test_a_script_draws_what_the_pages_show(script: str, picture: str, tmp_path: Path) -> None:
    if "gallery" in script:
        pytest.importorskip("matplotlib")
    drawn = tmp_path / "drawn.png"
    done = subprocess.run(
        [sys.executable, script, str(drawn)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    now, shown = (np.asarray(Image.open(path).convert("RGB"), np.int16) for path in (drawn, ROOT / picture))
    assert now.shape == shown.shape
    changed = (np.abs(now - shown).max(axis=-1) > VISIBLE).mean()
    assert changed < LETTERS, f"{changed:.1%} of {picture} differs; if it should: python {script}"


def test_every_script_of_the_gallery_is_shown_there() -> None:
    page = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    for path in (ROOT / "examples" / "gallery").glob("*.py"):
        assert f"(gallery/{path.stem}.png)" in page
        assert f"/gallery/{path.name}" in page
