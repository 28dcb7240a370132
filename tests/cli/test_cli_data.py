import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from srcnn.cli import run
from srcnn.files import read_pixels, write_picture

Pixels = npt.NDArray[np.uint8]


@pytest.fixture
def folder(tmp_path: Path, picture: Pixels, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SRCNN_DATA", raising=False)
    (tmp_path / "Mine").mkdir()
    Image.fromarray(picture).save(tmp_path / "Mine" / "a.png")
    Image.fromarray(picture[::-1]).save(tmp_path / "Mine" / "b.png")
    return tmp_path / "Mine"


def test_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data"]) == 0
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in ("check", "prepare", "degrade", "tile", "pairs"))
    for name in ("check", "prepare", "degrade", "tile", "pairs"):
        assert run(["data", name, "--help"]) == 0
        assert "Examples:" in capsys.readouterr().out


def test_check_prints_and_exits_by_what_it_finds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "check", str(folder)]) == 0
    assert "2 8-bit RGB" in capsys.readouterr().out
    (folder / "bad.png").write_text("no picture")
    assert run(["data", "check", str(folder), "--json"]) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert (report["pictures"], report["unreadable"], report["standard_set"]) == (3, ["bad.png"], None)
    assert captured.err == ""


def test_check_finds_sets_by_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "check", "mine", "--data", str(folder.parent)]) == 0
    capsys.readouterr()
    assert run(["data", "check", "mine"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("srcnn: error: expected a folder of pictures or the name of a set, got mine")
    assert error.count("\n") == 1


def test_degrade_then_check_the_pair_of_folders(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lr, hr = folder.parent / "lr", folder.parent / "hr"
    assert run(["data", "degrade", str(folder), "-o", str(lr), "--hr", str(hr), "-s", "3", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert (results["done"], results["failed"], len(results["results"][0]["targets"])) == (2, 0, 2)
    assert run(["data", "check", str(hr), "--lr", str(lr)]) == 0
    assert "2 with HR 3 times larger" in capsys.readouterr().out
    (lr / "b.png").unlink()
    assert run(["data", "check", str(hr), "--lr", str(lr)]) == 1
    assert "b.png has no partner" in capsys.readouterr().out


def test_degrade_with_steps_and_a_bad_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.png").write_text("no picture")
    out = folder.parent / "poor"
    steps = ["--step", "shrink 2", "--step", "enlarge", "--step", "jpeg 20"]
    assert run(["data", "degrade", str(folder), "-o", str(out), "--same-size", *steps]) == 1
    captured = capsys.readouterr()
    assert "2 of 3 pictures degraded" in captured.out
    assert captured.err.count("\n") == 1
    assert "bad.png" in captured.err
    assert read_pixels(out / "a.png").shape == (48, 37, 3)
    assert run(["data", "degrade", str(folder), "-o", str(out), "--step", "smear 1"]) == 2
    assert "expected a degradation of blur" in capsys.readouterr().err


def test_prepare_writes_and_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("h5py")
    out = folder.parent / "a.h5"
    options = [str(folder), "-o", str(out), "-s", "2", "--overwrite"]
    assert run(["data", "prepare", *options, "--size", "16", "--stride", "16", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["count"] == 12
    assert run(["data", "prepare", *options, "--layout", "caffe", "--size", "16"]) == 0
    assert run(["data", "prepare", *options]) == 0
    assert capsys.readouterr().out.endswith(f"4 sub-images of 2 pictures in {out}\n")
    for option, value, says in (
        ("--layout", "torch", "got 'torch'"),
        ("--color", "cmyk", "got 'cmyk'"),
        ("--hr-folder", "x", "use --hr-folder and --lr-folder together"),
        ("--margin", "3", "margin"),
    ):
        assert run(["data", "prepare", *options, option, value]) == 2
        assert says in capsys.readouterr().err


def test_check_looks_into_hdf5_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    h5py = pytest.importorskip("h5py")
    out = folder.parent / "a.h5"
    assert run(["data", "prepare", str(folder), "-o", str(out), "-s", "2", "--layout", "caffe"]) == 0
    assert run(["data", "check", str(out)]) == 0
    told = capsys.readouterr().out
    assert "4 pairs of 1 plane(s), inputs 33x33\n  targets lack 6 pixels" in told
    assert "  set: Mine\n" in told
    with h5py.File(out, "r+") as file:
        file["data"][2, 0, 5, 5] = np.nan
    assert run(["data", "check", "A.h5", "--data", str(folder.parent), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"] == [
        "1 sub-images hold nan or infinity, a.h5/2 first"
    ]
    out.write_text("no HDF5")
    assert run(["data", "check", str(out)]) == 1
    assert "broken or no HDF5 file" in capsys.readouterr().err


def test_prepare_takes_two_folders(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("h5py")
    both = folder.parent / "Both"
    assert (
        run(["data", "degrade", str(folder), "-o", str(both / "l"), "--hr", str(both / "h"), "-s", "2"]) == 0
    )
    options = [
        "-o",
        str(folder.parent / "a.h5"),
        "-s",
        "2",
        "--hr-folder",
        "h",
        "--lr-folder",
        "l",
        "--whole",
        "--overwrite",
    ]
    assert run(["data", "prepare", str(both), *options]) == 0
    assert run(["data", "prepare", "both", *options, "--data", str(folder.parent)]) == 0
    assert "2 pictures of 2 pictures" in capsys.readouterr().out
    assert run(["data", "prepare", str(both), *options, "--step", "shrink"]) == 2


def test_tile_and_join(folder: Path, capsys: pytest.CaptureFixture[str], picture: Pixels) -> None:
    tiles, whole = folder.parent / "tiles", folder.parent / "whole"
    options = ["--size", "12", "--resize", "36x48"]
    assert run(["data", "tile", str(folder / "a.png"), "-o", str(tiles), *options]) == 0
    assert len(list(tiles.iterdir())) == 12
    assert run(["data", "tile", str(tiles), "-o", str(whole), "--join"]) == 0
    assert read_pixels(whole / "a.png").shape == (48, 36, 3)
    assert run(["data", "tile", str(folder), "-o", str(tiles), "--resize", "36"]) == 2
    assert "WIDTHxHEIGHT" in capsys.readouterr().err
    assert run(["data", "tile", str(tiles), "-o", str(whole), "--join", "--crop"]) == 2
    assert run(["data", "tile", str(folder), "-o", str(tiles), "--size", "12", "--overwrite"]) == 1


@pytest.mark.parametrize(
    ("command", "scale", "addition"),
    [
        (["restore", "--damage-quality", "20"], 1, "_restored"),
        (["upscale", "--scale", "2"], 2, "_x2"),
        (["restore", "--damage-quality", "20", "--name", "better {stem}{ext}"], 1, None),
    ],
)
def test_tiles_go_through_other_commands_before_they_are_joined(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str], scale: int, addition: str | None
) -> None:
    tiles, changed, whole = (folder.parent / name for name in ("tiles", "changed", "whole"))
    assert run(["data", "tile", str(folder), "-o", str(tiles), "--size", "18", "--crop"]) == 0
    assert run([*command, str(tiles), "-o", f"{changed}/"]) == 0
    assert run(["data", "tile", str(changed), "-o", str(whole), "--join"]) == 0
    names = ("a", "b") if addition else ("better a", "better b")
    addition = addition or ""
    assert sorted(path.name for path in whole.iterdir()) == [f"{name}{addition}.png" for name in names]
    side = 18 * scale
    for name in names:
        joined = read_pixels(whole / f"{name}{addition}.png")
        assert joined.shape == (2 * side, 2 * side, 3)
        for row in range(2):
            for column in range(2):
                np.testing.assert_array_equal(
                    joined[row * side : (row + 1) * side, column * side : (column + 1) * side],
                    read_pixels(changed / f"{name}_r{row}_c{column}{addition}.png"),
                )


def test_pairs_there_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = folder.parent
    made = ["--hr", str(folder), "--lr", str(folder), "-o", str(root / "both"), "--hr-side", "right"]
    assert run(["data", "pairs", *made]) == 0
    split = ["--split", str(root / "both"), "--hr", str(root / "h"), "--lr", str(root / "l")]
    assert run(["data", "pairs", *split]) == 0
    np.testing.assert_array_equal(read_pixels(root / "h" / "a.png"), read_pixels(folder / "a.png"))
    assert run(["data", "pairs", "--hr", str(folder), "--lr", str(folder)]) == 2
    assert "use either --out" in capsys.readouterr().err


def test_an_interrupt_leaves_whole_files_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, picture: Pixels
) -> None:
    real, calls = write_picture, []

    def interrupted(*arguments, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    monkeypatch.setattr("srcnn.data.degrade_folder.write_picture", interrupted)
    out = folder.parent / "lr"
    assert run(["data", "degrade", str(folder), "-o", str(out), "-s", "2"]) == 130
    assert [path.name for path in out.iterdir()] == ["a.png"]
    assert read_pixels(out / "a.png").shape == (24, 18, 3)
