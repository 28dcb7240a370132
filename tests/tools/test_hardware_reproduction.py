"""tools/hardware_reproduction.py: a row that a reproduction printed, and fixed point near it."""

import importlib
from pathlib import Path

import pytest

from srcnn.evaluation.images import find_pictures, read_eight_bit

TOOLS = Path(__file__).parents[2] / "tools"


def test_the_printed_row_by_float_and_by_12_bits(data_root, weights_root, monkeypatch):
    pytest.importorskip("h5py")
    monkeypatch.syspath_prepend(str(TOOLS))
    tool = importlib.import_module("hardware_reproduction")
    picture = read_eight_bit(find_pictures(data_root / "test" / "Set5")[1]["butterfly_GT"])
    figures = tool.measure(picture, weights_root / tool.FILE)["psnr"]
    # Printed by that repository, with OpenCV's JPEG and its resizing in whole numbers.
    assert figures["bicubic"] == pytest.approx(21.997897, abs=0.005)
    assert figures["float"] == pytest.approx(23.483245, abs=0.005)
    assert figures["W12A12"] == pytest.approx(23.483245, abs=0.02)
    assert figures["W16A16"] == pytest.approx(figures["float"], abs=0.01)
