from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("matplotlib", reason="figures need the figures extra")

from srcnn.figures.curves import draw_curves


def _rows(start: float) -> list[dict[str, float]]:
    return [
        {
            "examples": 100 * n,
            "psnr": start + np.log1p(n),
            "train_psnr": start + np.log1p(n) - 0.3,
            "mse": 0.01 / (n + 1),
            "train_mse": 0.012 / (n + 1),
            "bicubic": 28.0,
        }
        for n in range(5)
    ]


def test_curves_are_a_picture_with_a_colour_for_each_run(tmp_path: Path) -> None:
    path = tmp_path / "curves.png"
    draw_curves({"one": _rows(28), "two": _rows(29)}, path, levels={"paper": 32.75})
    pixels = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
    colours = {tuple(int(c) for c in colour) for colour in np.unique(pixels, axis=0)}
    assert {(31, 119, 180), (255, 127, 14)} <= colours  # matplotlib's first two


def test_a_run_that_has_just_begun_can_be_drawn(tmp_path: Path) -> None:
    draw_curves({"new": []}, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000
