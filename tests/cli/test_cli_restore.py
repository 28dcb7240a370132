"""The command as a user meets it, with the shipped weights."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.cli import run
from srcnn.files import Picture, read_picture, read_pixels, write_picture
from srcnn.restoration import restore
from srcnn.zoo import restored_qualities


@pytest.fixture
def folder(tmp_path: Path, picture: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a JPEG of quality 20, one of 100 and a PNG."""
    monkeypatch.chdir(tmp_path)
    exif = Image.Exif()
    exif[0x010E] = "lines"
    for quality in (20, 100):
        Image.fromarray(picture).save(tmp_path / f"q{quality}.jpg", quality=quality, exif=exif)
    write_picture(Picture(picture), tmp_path / "never.png")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_one_picture(capsys: pytest.CaptureFixture[str]):
    assert run(["restore", "q20.jpg", "-o", "out.png"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("q20.jpg -> out.png  37x48  ")
    assert err == "srcnn: note: q20.jpg: JPEG of quality 20, restored with 9-5-5-rgb-jpeg20\n"
    np.testing.assert_array_equal(read_pixels("out.png"), restore(read_pixels("q20.jpg"), 20))
    assert read_picture("out.png").exif is not None


@pytest.mark.usefixtures("folder")
def test_a_folder_with_a_report(capsys: pytest.CaptureFixture[str]):
    assert run(["restore", ".", "-o", "restored/", "--json"]) == 1  # the PNG was never a JPEG
    report = json.loads(capsys.readouterr().out)
    assert (report["done"], report["failed"]) == (2, 1)
    never, best, worse = report["results"]
    assert "expected a JPEG" in never["error"]
    assert best["notes"] == [
        f"left as it is: its quality of 100 is above {restored_qualities('9-5-5')[-1]}, "
        "the best that is restored"
    ]
    assert Path(best["target"]).read_bytes() == Path("q100.jpg").read_bytes()
    assert worse["target"] == str(Path("restored") / "q20_restored.jpg")


@pytest.mark.usefixtures("folder")
def test_told_by_hand():
    assert run(["restore", "never.png", "-o", "a.png", "--damage-quality", "10"]) == 0
    np.testing.assert_array_equal(read_pixels("a.png"), restore(read_pixels("never.png"), 10))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--damage-quality", "0"], "--damage-quality"),
        (["--model", "9-5-5-x2"], "expected a model that restores, got 9-5-5-x2"),
        (["--model", "9-9-9"], "expected a shipped model"),
        (["--model", "9-5-5-jpeg20", "--damage-quality", "40"], "for one damage alone, got both"),
        (["--model", "9-1-5"], "expected a shipped model"),
        (["--overwrite", "--skip-existing"], "use either --skip-existing or --overwrite"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_usage_errors_are_one_line_and_leave_nothing(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
):
    assert run(["restore", "q20.jpg", "-o", "out.png", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("srcnn: error: ")
    assert says in line
    assert not Path("out.png").exists()


def test_through_a_pipe(folder: Path):
    with (folder / "q20.jpg").open("rb") as picture:
        command = [sys.executable, "-m", "srcnn", "restore", "-", "-o", "-", "--format", "png"]
        done = subprocess.run(command, stdin=picture, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (folder / "piped.png").write_bytes(done.stdout)
    np.testing.assert_array_equal(
        read_pixels(folder / "piped.png"), restore(read_pixels(folder / "q20.jpg"), 20)
    )


@pytest.mark.usefixtures("folder")
def test_upscale_restores_first_when_asked(capsys: pytest.CaptureFixture[str]):
    assert run(["upscale", "q20.jpg", "-o", "large.png", "--restore"]) == 0
    assert "restored with 9-5-5-rgb-jpeg20" in capsys.readouterr().err
    assert read_pixels("large.png").shape == (96, 74, 3)
    assert run(["upscale", "q20.jpg", "-o", "other.png", "--damage-quality", "20"]) == 2
