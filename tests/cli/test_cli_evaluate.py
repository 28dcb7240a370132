import json
from pathlib import Path

import numpy as np
import pytest
from conftest import TinyWeights

from srcnn.cli import run
from srcnn.evaluation import AUTHORS
from srcnn.files import Picture, write_picture
from srcnn.weights import save_weights


@pytest.fixture
def case(tmp_path: Path, picture, tiny_weights: TinyWeights) -> list[str]:
    """Arguments that name a folder with one picture, and weights."""
    folder = tmp_path / "Set5"
    folder.mkdir()
    write_picture(Picture(picture), folder / "lines.png")
    save_weights(tiny_weights(), tmp_path / "tiny.safetensors")
    return ["evaluate", "--data", str(folder), "--model", str(tmp_path / "tiny.safetensors")]


def test_table(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*case, "--scale", "2"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "Set5 x2, 1 image, tiny-3-1-3-x2"
    assert lines[1] == AUTHORS.describe()
    figures = [line.split() for line in lines if line.startswith(("lines", "mean"))]
    assert [len(cells) for cells in figures] == [7, 7]
    assert figures[0][1:] == figures[1][1:]
    # One picture is not the paper's Set5, whatever the folder is called.
    assert "published" not in out


def test_json(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*case, "-s", "3", "--engine", "numpy", "--json"]) == 0
    out, err = capsys.readouterr()
    value = json.loads(out)
    assert err == ""
    assert (value["protocol"], value["scale"], value["model"]) == ("authors", 3, "tiny-3-1-3-x2")
    (image,) = value["images"]
    assert image["name"] == "lines"
    for method in ("bicubic", "srcnn"):
        assert set(image[method]) == {"psnr", "ssim"}
        assert value["mean"][method] == image[method]
        assert 15 < image[method]["psnr"] < 50
        assert 0 < image[method]["ssim"] < 1
    assert image["bicubic"] != image["srcnn"]


def test_identical_pictures_are_null_in_json(
    tmp_path: Path, tiny_weights: TinyWeights, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picture(Picture(np.full((24, 24), 128, np.uint8)), tmp_path / "flat.png")
    save_weights(tiny_weights(), tmp_path / "tiny.safetensors")
    model = str(tmp_path / "tiny.safetensors")
    assert run(["evaluate", "-d", str(tmp_path), "-s", "2", "-m", model, "--json"]) == 0
    bicubic = json.loads(capsys.readouterr().out)["mean"]["bicubic"]
    assert bicubic == {"psnr": None, "ssim": 1.0}


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (["--scale", "1"], 2, "whole scale of at least 2, got 1"),
        (["--scale", "0"], 2, "whole scale"),
        (["--scale", "nan"], 2, "whole scale of at least 2, got nan"),
        (["--scale", "2", "--engine", "abacus"], 2, "abacus"),
        (["--scale", "2", "--model", "9-9-9"], 2, "9-9-9"),
        (["--scale", "2", "--model", "missing.safetensors"], 1, "missing.safetensors"),
        (["--scale", "2", "--data", "no/such/folder"], 1, "no/such/folder, which is not there"),
        (["--scale", "20"], 1, "lines.png: expected at least"),
        ([], 2, "--scale"),
    ],
)
def test_bad_input_is_one_line(
    case: list[str], capsys: pytest.CaptureFixture[str], change: list[str], code: int, says: str
) -> None:
    assert run([*case, *change]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("srcnn: error: ")
    assert says in err


def test_a_broken_picture_is_an_error_not_a_smaller_set(
    case: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Path(case[2]) / "broken.png"
    broken.write_text("no picture", encoding="utf-8")
    assert run([*case, "--scale", "2"]) == 1
    assert "broken.png" in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--help"]) == 0
    out = capsys.readouterr().out
    assert "srcnn evaluate --data Set5 --scale 3" in out
    assert "--json" in out
