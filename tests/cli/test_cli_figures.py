import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import TinyWeights

pytest.importorskip("matplotlib", reason="figures need the figures extra")

from srcnn.cli import run
from srcnn.files import Picture, write_picture
from srcnn.weights import save_weights


@pytest.fixture
def folder(tmp_path: Path, picture, tiny_weights: TinyWeights) -> Path:
    """A folder with a picture, weights, a run and a broken run."""
    write_picture(Picture(picture), tmp_path / "lines.png")
    save_weights(tiny_weights(), tmp_path / "tiny.safetensors")
    row = {"examples": 10, "psnr": 29.0, "train_psnr": 28.5, "bicubic": 28.0}
    for name, text in (("run", json.dumps(row)), ("broken", "{")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.jsonl").write_text(text + "\n")
        (tmp_path / name / "recipe.json").write_text('{"data": {"scale": 3}}')
    return tmp_path


COMMANDS = {
    "filters": "{0}/tiny.safetensors",
    "maps": "{0}/lines.png -s 2 -m {0}/tiny.safetensors",
    "curves": "{0}/run --published Set5",
    "errors": "{0}/lines.png -s 2 -m {0}/tiny.safetensors --engine fixed:8",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_draws_its_figure(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = folder / "figure.png"
    arguments = COMMANDS[name].format(folder).split()
    assert run(["figures", name, *arguments, "-o", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    pixels = np.asarray(Image.open(target).convert("L"))
    assert len(np.unique(pixels)) > 20


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("filters {0}/tiny.safetensors -o {0}/a.gif", 2, "ends in .png, .svg, .pdf"),
        ("filters {0}/nowhere.safetensors -o {0}/a.png", 1, "nowhere.safetensors"),
        ("filters 9-5-5 -o {0}/a.png", 2, "expected a scale"),
        ("maps {0}/missing.png -s 2 -o {0}/a.png", 1, "missing.png, which is not there"),
        (
            "maps {0}/lines.png -m 9-5-5 --protocol jpeg -o {0}/a.png",
            2,
            "a --damage-quality for the protocol",
        ),
        ("errors {0}/lines.png --protocol jpeg -o {0}/a.png", 2, "a --damage-quality for the protocol"),
        ("maps {0} -s 2 -m {0}/tiny.safetensors -o {0}/missing/a.png", 2, "in an existing folder"),
        ("curves {0}/broken -o {0}/a.png", 1, "line 1 of"),
        ("curves {0}/tiny.safetensors -o {0}/a.png", 1, "a run's folder with log.jsonl"),
        ("curves {0}/run --published Set5 --methods vdsr -o {0}/a.png", 2, "got 'vdsr'"),
        ("curves {0}/run --published Nowhere -o {0}/a.png", 1, "Nowhere x3"),
        ("tradeoff {0}/run -o {0}/a.png", 1, "Set5.json not found"),
        ("tradeoff {0}/nowhere.json -o {0}/a.png", 1, "nowhere.json not found"),
        ("errors {0}/lines.png -s 20 -m {0}/tiny.safetensors -o {0}/a.png", 1, "cannot measure lines"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, code: int, says: str
) -> None:
    before = sorted(folder.iterdir())
    assert run(["figures", *arguments.format(folder).split()]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert says in err
    assert sorted(folder.iterdir()) == before
