"""Pictures that cannot be measured: all of them named before the first is measured, or left out and named."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.cli import run
from srcnn.errors import DataError
from srcnn.evaluation import PROTOCOLS, Evaluation, ImageScores, evaluate


@pytest.fixture
def folder(tmp_path: Path, picture: np.ndarray) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    Image.fromarray(picture).save(folder / "a.png")
    (folder / "b.png").write_bytes((folder / "a.png").read_bytes()[:700])
    Image.fromarray(picture[:8, :8]).save(folder / "c.png")
    rgba = np.dstack([picture, picture[..., :1]])
    Image.fromarray(rgba).save(folder / "d.png")
    Image.fromarray(picture[::-1]).save(folder / "e.png")
    return folder


def test_everything_that_cannot_be_measured_is_one_error_before_any_work(folder):
    seen = []
    with pytest.raises(DataError, match="3 of 5 pictures cannot be measured") as caught:
        evaluate(None, folder, 2, keep=lambda *one: seen.append(one))
    message = str(caught.value)
    for part in ("b.png, which is truncated", "c.png", "d.png has transparency", "--skip-unreadable"):
        assert part in message
    assert "\n" not in message
    assert not seen


def test_what_is_left_out_is_said_with_the_figures(folder):
    result = evaluate(None, folder, 2, skip_unreadable=True)
    assert [image.name for image in result.images] == ["a", "e"]
    assert list(result.left_out) == ["b", "c", "d"]
    for text in (str(result), result.to_markdown(), result.to_csv(), json.dumps(result.to_json())):
        for name in ("b.png", "c.png", "d.png"):
            assert name in text
    assert list(result.to_json()["left_out"]) == ["b", "c", "d"]


def test_nothing_left_is_an_error_still(folder):
    for name in ("a.png", "e.png"):
        (folder / name).unlink()
    with pytest.raises(DataError, match="3 of 3 pictures cannot be measured"):
        evaluate(None, folder, 2, skip_unreadable=True)


def test_outputs_of_another_size_are_found_before_too(folder, tmp_path: Path, picture):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("b.png", "c.png", "d.png"):
        (folder / name).unlink()
    Image.fromarray(picture).save(theirs / "a.png")
    Image.fromarray(picture[:20]).save(theirs / "e.png")
    seen = []
    with pytest.raises(DataError, match=r"1 of 2 pictures.*e\.png"):
        evaluate(None, folder, 2, outputs={"theirs": theirs}, keep=lambda *one: seen.append(one))
    assert not seen


def test_a_flat_picture_makes_the_mean_infinite_with_a_word(folder, picture):
    for name in ("b.png", "c.png", "d.png"):
        (folder / name).unlink()
    before = evaluate(None, folder, 2)
    Image.new("RGB", (40, 40), (90, 90, 90)).save(folder / "flat.png")
    result = evaluate(None, folder, 2)
    shown = f"{before.mean['bicubic']['psnr']:.2f}"
    note = f"bicubic gives flat to the pixel: infinite PSNR; mean of the others: PSNR {shown}"
    assert note in result.notes()
    assert result.to_json()["identical"] == {"bicubic": ["flat"]}
    assert not before.identical


def test_a_faint_picture_is_not_called_identical(tmp_path: Path):
    faint = 128 + (np.sin(np.mgrid[0:96, 0:96][1] / 3) > 0.9)
    Image.fromarray(faint.astype(np.uint8)).save(tmp_path / "faint.png")
    result = evaluate(None, tmp_path, 3, metrics=["psnr", "nqm"])
    assert result.mean["bicubic"] == {"psnr": pytest.approx(61.65, abs=0.01), "nqm": math.inf}
    assert result.identical == {}
    assert result.notes() == []


def test_nqm_that_is_infinite_in_both_directions_has_no_mean():
    images = tuple(ImageScores(str(n), {"theirs": {"nqm": n * math.inf}}) for n in (1, -1))
    protocol = replace(PROTOCOLS["authors"], metrics=("nqm",))
    result = Evaluation(protocol, 3, "", "", "", "photos", images)
    assert math.isnan(result.mean["theirs"]["nqm"])
    assert result.to_json()["mean"] == {"theirs": {"nqm": None}}


def test_pictures_smaller_than_the_blur_are_found_before(tmp_path: Path, picture):
    Image.fromarray(picture).save(tmp_path / "a.png")
    Image.fromarray(picture[:5, :5]).save(tmp_path / "b.png")
    result = evaluate(None, tmp_path, protocol="blur", metrics=["psnr"], skip_unreadable=True)
    assert [image.name for image in result.images] == ["a"]
    assert "at least 6x6 pixels for a blur of 11 taps, got 5x5" in result.left_out["b"]


def test_compare_looks_at_all_pictures_first(folder, tmp_path: Path, capsys):
    arguments = ["compare", str(folder), "--scale", "2", "-o", str(tmp_path / "out")]
    assert run(arguments) == 1
    message = capsys.readouterr().err
    assert "3 of 5 pictures cannot be measured" in message
    assert "d.png has transparency" in message
    assert not (tmp_path / "out").exists()
    assert run([*arguments, "--skip-unreadable", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [Path(name).name for name in found["left_out"]] == ["b.png", "c.png", "d.png"]
    assert len(found["pictures"]) == 2


def test_plain_compare_names_all_that_is_unreadable(folder, tmp_path: Path, capsys):
    (folder / "f.png").write_bytes(b"nonsense")
    arguments = ["compare", str(folder), "--scale", "2", "--plain", "-o", str(tmp_path / "out")]
    assert run(arguments) == 1
    message = capsys.readouterr().err
    assert "b.png" in message
    assert "f.png" in message


def test_evaluate_takes_the_option(folder, capsys):
    arguments = ["evaluate", str(folder), "--scale", "2", "--model", "none"]
    assert run(arguments) == 1
    capsys.readouterr()
    assert run([*arguments, "--skip-unreadable"]) == 0
    assert "left out: expected a whole picture" in capsys.readouterr().out
