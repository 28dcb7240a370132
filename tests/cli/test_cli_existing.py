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
    assert run(words) == 0
    (folder / out).write_bytes(b"mine")
    capsys.readouterr()
    assert run(words) == 2
    message = capsys.readouterr().err
    assert message.startswith("srcnn: error: ")
    assert message.endswith("already exists; use --overwrite\n")
    assert (folder / out).read_bytes() == b"mine"
    assert run([*words, "--overwrite"]) == 0
    assert (folder / out).read_bytes() != b"mine"


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
