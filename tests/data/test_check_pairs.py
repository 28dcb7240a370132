import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from srcnn.cli import run
from srcnn.data.check_pairs import check_side_by_side
from srcnn.data.fingerprints import fingerprint_folder
from srcnn.resize import imresize


def _noisy(seed: int, size: int = 144) -> npt.NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 256, (size // 4, size // 4), np.uint8)
    return np.kron(coarse, np.ones((4, 4), np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures: left half sharp, right half down by three and up again."""
    (tmp_path / "Beside").mkdir()
    for number in range(4):
        hr = _noisy(number)
        lr = imresize(imresize(hr, 1 / 3), 3)
        Image.fromarray(np.hstack([hr, lr])).save(tmp_path / "Beside" / f"{number}.png")
    return tmp_path / "Beside"


def test_sound_pairs_are_counted_and_their_scale_estimated(folder: Path) -> None:
    report = check_side_by_side(fingerprint_folder(folder), "left")
    assert (report.facts["pairs"], report.problems, report.notes) == (4, (), ())
    assert report.facts["estimated_scale"] == pytest.approx(3, rel=0.1)


def test_swapped_halves_are_noticed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = check_side_by_side(fingerprint_folder(folder), "right")
    assert report.facts["softer_good_halves"] == 4
    assert report.facts["estimated_scale"] is None
    assert run(["data", "check", str(folder), "--side-by-side", "--hr-side", "right"]) == 0
    output = capsys.readouterr().out
    assert "4 pairs, the right half HR" in output
    assert "note: the left half has the stronger edges in 4 of 4; if it is HR, use --hr-side left" in output


def test_odd_widths_are_problems_and_equal_halves_noted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(_noisy(9)[:, :75]).save(folder / "odd.png")
    Image.fromarray(np.hstack([_noisy(8)] * 2)).save(folder / "twice.png")
    (folder / "bad.png").write_text("no picture")
    assert run(["data", "check", str(folder), "--side-by-side", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)["side_by_side"]
    assert report["pairs"] == 5
    assert report["problems"] == [f"{folder / 'odd.png'} is an odd number of pixels wide: no two halves"]
    assert report["notes"] == ["the two halves are equal: twice.png"]
    assert run(["data", "check", str(folder), "--side-by-side", "--lr", str(folder)]) == 2
    assert "either --lr or --side-by-side" in capsys.readouterr().err


def test_processes_change_nothing(folder: Path) -> None:
    prints = fingerprint_folder(folder)
    assert check_side_by_side(prints, processes=2) == check_side_by_side(prints, processes=1)
