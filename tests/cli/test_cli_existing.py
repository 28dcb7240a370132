"""What happens to outputs that exist: every command refuses, and replaces them with --overwrite."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.cli import run
from srcnn.files import read_pixels
from srcnn.weights import save_weights

SIDE = 24


@pytest.fixture
def folder(tmp_path: Path, tiny_weights) -> Path:
    """Two pictures in ``in``, and weights."""
    (tmp_path / "in").mkdir()
    for number, name in enumerate(("a", "b")):
        pixels = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / f"{name}.png")
    save_weights(tiny_weights(), tmp_path / "net.safetensors")
    return tmp_path


@pytest.mark.parametrize(
    ("command", "out", "needs"),
    [
        ("export net.safetensors -o net.mat", "net.mat", "scipy"),
        ("import theirs.mat -o back.safetensors", "back.safetensors", "scipy"),
        ("compare in/a.png --scale 2 -m net.safetensors --crop-size 8 -o sheet.png", "sheet.png", "PIL"),
        (
            "compare in --scale 2 -m net.safetensors --crop-size 8 -o sheets/",
            "sheets/b_x2_comparison.png",
            "",
        ),
        ("evaluate in --scale 2 -m net.safetensors --csv table.csv", "table.csv", ""),
        ("data degrade in -o lr --scale 2 --hr hr", "hr/b.png", ""),
        ("data prepare in -o in.h5 --scale 2 --size 12", "in.h5", "h5py"),
        ("data pairs --hr in --lr in -o pairs", "pairs/b.png", ""),
        ("data pairs --split in --hr hr --lr lr", "lr/a.png", ""),
        ("data tile in -o tiles --size 12", "tiles/a_r1_c0.png", ""),
        ("data tile tiles -o whole --join", "whole/a.png", ""),
        ("figures filters net.safetensors -o filters.svg", "filters.svg", "matplotlib"),
    ],
)
def test_an_output_that_exists_is_replaced_only_when_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command, out, needs
) -> None:
    if needs:
        pytest.importorskip(needs)
    monkeypatch.chdir(folder)
    words = command.split()
    if words[0] == "import":
        assert run(["export", "net.safetensors", "-o", "theirs.mat"]) == 0
    if "--join" in words:
        assert run(["data", "tile", "in", "-o", "tiles", "--size", "12"]) == 0
    assert run(words) == 0
    (folder / out).write_bytes(b"mine")
    capsys.readouterr()
    assert run(words) == 2
    message = capsys.readouterr().err
    assert message.startswith("srcnn: error: ")
    several = " more already " in message
    assert message.endswith(f"already {'exist' if several else 'exists'}; use --overwrite\n")
    assert (folder / out).read_bytes() == b"mine"
    assert run([*words, "--overwrite"]) == 0
    assert (folder / out).read_bytes() != b"mine"


def test_saved_results_replace_no_pictures(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "mine").mkdir()
    (folder / "mine" / "a_hr.png").write_bytes(b"mine")
    words = ["evaluate", "in", "--scale", "2", "-m", "net.safetensors", "--save-images", "mine"]
    assert run(words) == 2
    assert "mine/a_hr.png already exists; use --overwrite" in capsys.readouterr().err
    assert (folder / "mine" / "a_hr.png").read_bytes() == b"mine"
    assert run([*words, "--overwrite"]) == 0
    assert read_pixels(folder / "mine" / "a_hr.png").shape == (SIDE, SIDE)
    # What is of other pictures is in nobody's way.
    (folder / "others").mkdir()
    (folder / "others" / "c_hr.png").write_bytes(b"mine")
    assert run([*words[:-1], "others"]) == 0


def test_results_are_not_saved_among_the_pictures_of_a_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SRCNN_DATA", str(folder))
    monkeypatch.chdir(folder / "in")
    words = ["evaluate", "In", "--scale", "2", "-m", "../net.safetensors", "--save-images", "../in"]
    assert run([*words, "--overwrite"]) == 2
    assert "a folder without inputs" in capsys.readouterr().err


def test_results_are_saved_through_a_link(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "elsewhere" / "results").mkdir(parents=True)
    (folder / "link").symlink_to(folder / "elsewhere" / "results")
    made: list[Path] = []
    monkeypatch.setattr(Path, "mkdir", _noting(Path.mkdir, made))
    words = ["evaluate", str(folder / "in"), "--scale", "2", "-m", str(folder / "net.safetensors")]
    assert run([*words, "--save-images", str(folder / "link")]) == 0
    # Aside on the file system of the target, from which files can be renamed into it.
    assert {path.parent for path in made} == {folder / "elsewhere"}
    assert len(list((folder / "elsewhere" / "results").glob("a_*.png"))) == 3


def _noting(mkdir, made: list[Path]):
    def noted(path: Path, *arguments, **options):
        if path.name.startswith("."):
            made.append(path)
        return mkdir(path, *arguments, **options)

    return noted


@pytest.mark.parametrize(
    "options", [["--name", "{stem}_x2{ext}"], ["--format", "tif"], ["--name", "{stem}-l{ext}", "-r"]]
)
def test_outputs_among_the_inputs_are_no_inputs_of_the_second_run(folder: Path, options: list[str]) -> None:
    pictures = folder / "in"
    words = ["upscale", str(pictures), "-o", str(pictures), "-m", str(folder / "net.safetensors"), *options]
    assert run([*words, "--resume"]) == 0
    files = sorted(pictures.glob("*.[pt]*"))
    assert len(files) == 4
    for again in ("--resume", "--skip-existing"):
        assert run([*words, again]) == 0
        assert sorted(pictures.glob("*.[pt]*")) == files
    # A new picture is done, and only that.
    Image.fromarray(np.zeros((SIDE, SIDE), np.uint8)).save(pictures / "c.png")
    assert run([*words, "--skip-existing"]) == 0
    assert len(list(pictures.glob("*.[pt]*"))) == len(files) + 2


@pytest.mark.parametrize("exists", [True, False])
def test_an_output_that_is_a_symbolic_link_is_written_where_it_points(folder: Path, exists: bool) -> None:
    (folder / "elsewhere").mkdir()
    real, link = folder / "elsewhere" / "large.png", folder / "large.png"
    if exists:
        real.write_bytes(b"old")
    link.symlink_to(real)
    words = ["upscale", str(folder / "in" / "a.png"), "-o", str(link), "-m", str(folder / "net.safetensors")]
    assert run(words) == 2
    assert run([*words, "--overwrite"]) == 0
    assert link.is_symlink()
    assert read_pixels(real).shape == (2 * SIDE, 2 * SIDE, 3)
    assert [path.name for path in real.parent.iterdir()] == ["large.png"]
