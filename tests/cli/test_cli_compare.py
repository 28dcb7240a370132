import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import TinyWeights

from srcnn.cli import run
from srcnn.files import Picture, write_picture
from srcnn.weights import save_weights


@pytest.fixture
def case(tmp_path: Path, picture, tiny_weights: TinyWeights) -> list[str]:
    """Arguments that name one picture and weights; outputs go beside them."""
    write_picture(Picture(picture), tmp_path / "lines.png")
    save_weights(tiny_weights(), tmp_path / "tiny.safetensors")
    return ["compare", str(tmp_path / "lines.png"), "-s", "2", "-m", str(tmp_path / "tiny.safetensors")]


def test_a_folder_gets_sheet_and_page(case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*case, "-o", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    names = ["lines_x2_comparison.png", "comparison.html"]
    assert out.splitlines() == [str(tmp_path / "out" / name) for name in names]
    assert Image.open(tmp_path / "out" / names[0]).width > 1500
    page = (tmp_path / "out" / names[1]).read_text(encoding="utf-8")
    assert "tiny-3-1-3-x2" in page


def test_json_has_figures_and_crops(case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = str(tmp_path / "a.html")
    assert run([*case, "-o", page, "--crop", "1,2,8x9", "--metrics", "psnr", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    (picture,) = value["pictures"]
    assert value["files"] == [page]
    assert picture["crops"] == ["1,2,8x9"]
    assert [method["name"] for method in picture["methods"]] == ["bilinear", "bicubic", "tiny-3-1-3-x2"]
    assert all(set(method) == {"name", "psnr"} for method in picture["methods"])


def test_labels_and_several_pictures(case, tmp_path: Path, picture) -> None:
    write_picture(Picture(picture[::-1]), tmp_path / "other.png")
    weights = case[-1]
    more = [str(tmp_path / "other.png"), "-m", f"mine={weights}", "--crops", "1", "--crop-size", "12"]
    assert run([*case, *more, "-o", str(tmp_path / "a.html")]) == 0
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "2 pictures compared" in page
    assert ">mine<" in page


def test_the_quality_is_that_of_the_weights_as_in_evaluate(
    tmp_path: Path, picture, tiny_weights: TinyWeights, capsys: pytest.CaptureFixture[str]
) -> None:
    image, model = str(tmp_path / "lines.png"), str(tmp_path / "jpeg35.safetensors")
    write_picture(Picture(picture), Path(image))
    weights = tiny_weights(scale=None)
    card = replace(weights.card, task="restore", degradation=("jpeg 35",))
    save_weights(replace(weights, card=card), Path(model))
    options = ["--protocol", "jpeg-colour", "--model", model, "--json"]
    assert run(["compare", image, *options, "-o", str(tmp_path / "a.png")]) == 0
    (compared,) = json.loads(capsys.readouterr().out)["pictures"]
    assert run(["evaluate", image, *options]) == 0
    evaluated = json.loads(capsys.readouterr().out)
    assert compared["description"][0] == evaluated["description"].splitlines()[0]
    assert "quality 35" in compared["description"][0]
    assert compared["methods"][-1]["psnr"] == evaluated["mean"]["srcnn"]["psnr"]


def test_plain_input_is_enlarged_by_any_scale_and_not_measured(
    case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*case, "--plain", "--scale", "1.5", "-o", str(tmp_path / "a.png"), "--json"]
    assert run(arguments) == 0
    (picture,) = json.loads(capsys.readouterr().out)["pictures"]
    assert (picture["width"], picture["height"]) == (56, 72)
    assert picture["methods"] == [{"name": name} for name in ("bilinear", "bicubic", "tiny-3-1-3-x2")]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (["--scale", "2.5"], 2, "whole scale of at least 2, got 2.5"),
        (["--scale", "two"], 2, "expected a number, got 'two'"),
        (["--crop", "1,2"], 2, "expected a crop as X,Y,WxH such as 120,40,64x64, got '1,2'"),
        (["--crop", "30,40,10x10"], 2, "within the 36x48 pixels of lines"),
        (["--crop-size", "37"], 2, "crops of 1 to 36 pixels a side for lines of 36x48, got 37"),
        (
            ["--plain", "--protocol", "authors"],
            2,
            "use either --plain, which measures nothing, or --protocol, --damage-quality and --metrics",
        ),
        (["--damage-quality", "20"], 2, "no scale in restoration (jpeg)"),
        (["--protocol", "jpeg"], 2, "expected a --damage-quality for the protocol jpeg, or weights for one"),
        (["--outputs", "theirs={folder}/nowhere.png"], 1, "nowhere.png"),
        (["--outputs", "theirs={folder}/small.png"], 1, "expected 36x48 pixels"),
        (["--model", "nosuch"], 2, "nosuch"),
        (["--model", "{folder}/broken.safetensors"], 1, "broken.safetensors"),
        (["--baselines", "best"], 2, "best"),
        (["--metrics", "beauty"], 2, "beauty"),
        (["-o", "{folder}/lines.png"], 2, "other than the picture itself"),
        (["-o", "{folder}/a.gif"], 2, "ends in .png or .html"),
        (["{folder}/missing.png"], 1, "missing.png, which is not there"),
        (["{folder}/clear.png"], 1, "clear.png has transparency"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    case, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: list[str], code: int, says: str
) -> None:
    write_picture(Picture(np.zeros((9, 9, 3), np.uint8)), tmp_path / "small.png")
    write_picture(Picture(np.zeros((9, 9, 4), np.uint8)), tmp_path / "clear.png")
    (tmp_path / "broken.safetensors").write_bytes(b"no weights")
    before = sorted(tmp_path.iterdir())
    filled = [argument.format(folder=tmp_path) for argument in change]
    assert run([*case, "-o", str(tmp_path / "a.html"), *filled]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert says in err
    assert sorted(tmp_path.iterdir()) == before
