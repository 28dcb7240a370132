import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import TinyWeights

from srcnn.cli import run
from srcnn.evaluation import AUTHORS, PROTOCOLS
from srcnn.files import Picture, write_picture
from srcnn.weights import save_weights


@pytest.fixture
def case(tmp_path: Path, picture, tiny_weights: TinyWeights) -> list[str]:
    """Arguments that name a folder with one picture, and weights."""
    folder = tmp_path / "Set5"
    folder.mkdir()
    write_picture(Picture(picture), folder / "lines.png")
    save_weights(tiny_weights(), tmp_path / "tiny.safetensors")
    return ["evaluate", str(folder), "--model", str(tmp_path / "tiny.safetensors")]


def test_table(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*case, "--scale", "2"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "Set5 x2, 1 image, tiny-3-1-3-x2"
    assert lines[1] == AUTHORS.describe()
    assert lines[2] == "network: one pass; luma in the card's range, studio"
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
    assert run(["evaluate", str(tmp_path), "-s", "2", "-m", model, "--json"]) == 0
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
        (["--scale", "2", "--data", "sets"], 2, "--data"),
        (["--scale", "20"], 1, "lines.png: expected at least"),
        ([], 2, "--scale"),
        (["--scale", "2", "--protocol", "mine"], 2, "expected a protocol of authors (the paper's"),
        (["--scale", "2", "--baselines", "sinc"], 2, "baselines out of nearest, bilinear"),
        (["--scale", "2", "--metrics", "psnr,lpips"], 2, "metrics out of psnr"),
        (["--scale", "2", "--damage-quality", "20"], 2, "no scale in restoration (jpeg)"),
        (["--damage-quality", "20"], 2, "a model to restore under the protocol jpeg, got tiny-3-1-3-x2"),
        (["--damage-quality", "0"], 2, "quality of 1 to 100"),
        (["--scale", "2", "--protocol", "authors", "--damage-quality", "20"], 2, "none elsewhere, got 20"),
        (["--scale", "2", "--passes", "0"], 2, "1 to 16 passes"),
        (["--scale", "2", "--back-projection", "-1"], 2, "back-projection steps"),
        (["--scale", "2", "--engines", "numpy"], 2, "two different engines"),
        (["--scale", "2", "--engines", "numpy,abacus"], 2, "abacus"),
        (
            ["--scale", "2", "--engines", "numpy,onnxruntime", "--explain"],
            2,
            "use either --explain or --engines",
        ),
        (["--scale", "2", "--explain", "--save-images", "out"], 2, "use --explain without"),
        (["--scale", "2", "--json", "--markdown"], 2, "use either --json or --markdown"),
        (["--scale", "2", "--csv", "no/such/folder/a.csv"], 2, "existing folder for --csv"),
        (["--scale", "2", "--csv", "weights.safetensors"], 2, "ends in .csv for --csv"),
        (["--scale", "2", "--save-images", "no/such/folder"], 2, "inside an existing one for --save-images"),
        (["--scale", "nan", "--explain"], 2, "whole scale of at least 2, got nan"),
        (["--scale", "inf", "--explain"], 2, "whole scale of at most 100, got inf"),
        (["--scale", "1e300"], 2, "whole scale of at most 100, got 1e+300"),
        (["--scale", "2", "--metrics", "ms_ssim"], 1, "lines.png: expected at least 161x161"),
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
    broken = Path(case[1]) / "broken.png"
    broken.write_text("no picture", encoding="utf-8")
    assert run([*case, "--scale", "2"]) == 1
    assert "broken.png" in capsys.readouterr().err


def test_every_output_of_one_run(case: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["-s", "3", "--baselines", "all", "--metrics", "psnr, ssim, mse", "--markdown"]
    files = ["--csv", str(tmp_path / "a.csv"), "--save-images", str(tmp_path / "out")]
    assert run([*case, *options, *files]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    methods = ["nearest", "bilinear", "bicubic", "lanczos", "srcnn"]
    table = [line.split(" | ") for line in out.splitlines() if line.startswith("| ")]
    # Too wide for one line an image: a line for each method.
    assert [row[1] for row in table[2:8]] == [*methods, "gain"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text(encoding="utf-8"))))
    assert [(row["image"], row["method"]) for row in rows] == [
        (name, method) for name in ("lines", "mean") for method in methods
    ]
    assert {row["protocol"] for row in rows} == {"authors"}
    assert "network: one pass" in rows[0]["conventions"]
    assert f"{float(rows[4]['psnr']):.2f}" == table[6][2]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"lines_{method}.png" for method in ("hr", *methods)}


def test_nothing_is_written_on_an_error(
    case: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(case[1]) / "small.png").write_bytes((Path(case[1]) / "lines.png").read_bytes())
    write_picture(Picture(np.zeros((12, 12), np.uint8)), Path(case[1]) / "small.png")
    before = sorted(tmp_path.rglob("*"))
    assert (
        run([*case, "-s", "2", "--csv", str(tmp_path / "a.csv"), "--save-images", str(tmp_path / "b")]) == 1
    )
    assert "small.png: expected at least 11x11" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "no/such/folder", "--scale", "2"]) == 1
    assert "no/such/folder, which is not there" in capsys.readouterr().err


def test_explain(case: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*case, "-s", "2", "--explain", "--csv", str(tmp_path / "a.csv")]) == 0
    out = capsys.readouterr().out
    assert all(f"\n{name} " in out for name, protocol in PROTOCOLS.items() if protocol.task == "upscale")
    assert len((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()) == 1 + 14
    assert run([*case, "-s", "2", "--explain", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["explain"]) == 14


def test_engines(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*case, "-s", "2", "--engines", "numpy,onnxruntime"]) == 0
    assert "largest difference between numpy and onnxruntime" in capsys.readouterr().out
    assert run([*case, "-s", "2", "--engines", "numpy,onnxruntime", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["mean"]) == {"bicubic", "numpy", "onnxruntime"}


def test_jpeg_without_a_network(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*case[:2], "--model", "none", "--damage-quality", "20", "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["protocol"], value["conventions"]["quality"], value["use"]) == ("jpeg", 20, None)
    assert set(value["mean"]["jpeg"]) == {"psnr", "ssim", "psnr_b"}


def test_how_the_network_is_used(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--as-is", "--ensemble", "--passes", "2", "--back-projection", "3"]
    assert run([*case, "-s", "4", *options]) == 0
    assert capsys.readouterr().out.splitlines()[2] == (
        "network: 2 passes; luma as it is; mean over 8 flips and rotations; each 3 back-projection steps"
    )


def test_outputs_of_another_size(case: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "made").mkdir()
    write_picture(Picture(np.zeros((20, 20, 3), np.uint8)), tmp_path / "made" / "lines.png")
    assert run([*case, "-s", "2", "--outputs", str(tmp_path / "made")]) == 1
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert "expected 36x48 pixels as its reference, got 20x20" in err


def test_outputs_have_labels_as_in_compare(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    options = ["-s", "2", "--outputs", case[1], "--outputs", f"theirs={case[1]}"]
    assert run([*case, *options, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["mean"]) == {"bicubic", "srcnn", "Set5", "theirs"}
    assert run([*case, "-s", "2", "--outputs", f"bicubic={case[1]}"]) == 2
    assert "two methods are named 'bicubic'; name one as LABEL=..." in capsys.readouterr().err


def test_protocols_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--protocols"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[::2]] == list(PROTOCOLS)
    assert all(line.startswith("    ") and "mean over images" in line for line in lines[1::2])


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--help"]) == 0
    out = capsys.readouterr().out
    assert "srcnn evaluate Set5 --scale 3" in out
    assert "--json" in out


def test_pictures_are_never_saved_among_the_inputs(
    case: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(case[1])
    before = sorted(path.name for path in folder.iterdir())
    assert run([*case, "--scale", "2", "--save-images", str(folder)]) == 2
    assert "a folder without inputs" in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_jpeg_protocol_takes_the_quality_of_the_weights_or_none(
    case: list[str], tmp_path: Path, tiny_weights: TinyWeights, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tiny_weights(scale=None)
    card = replace(weights.card, task="restore", degradation=("jpeg 35",))
    save_weights(replace(weights, card=card), tmp_path / "jpeg35.safetensors")
    model = ["--model", str(tmp_path / "jpeg35.safetensors")]
    assert run([*case[:2], *model, "--protocol", "jpeg", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["conventions"]["quality"] == 35
    assert run([*case[:2], "--model", "none", "--protocol", "jpeg"]) == 2
    assert "expected a --damage-quality for the protocol jpeg" in capsys.readouterr().err


def test_names_break_no_table(case: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    name = "a|b\n\x1b[2Jc"
    picture = Path(case[1]) / "lines.png"
    picture.rename(picture.with_stem(name))
    command = [*case, "--scale", "2"]
    assert run(command) == 0
    assert r"a|b\n\x1b[2Jc " in capsys.readouterr().out
    assert run([*command, "--markdown"]) == 0
    assert r"| a\|b\n\x1b[2Jc |" in capsys.readouterr().out
    assert run([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"][0]["name"] == name
