"""Options that commands from pictures to pictures share, and what they print; in this process, for speed."""

import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from srcnn.cli import run
from srcnn.files import Picture, read_picture, read_pixels, write_picture
from srcnn.weights import save_weights


@pytest.fixture
def weights(tmp_path_factory: pytest.TempPathFactory, tiny_weights) -> str:
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_weights(tiny_weights(), path)
    return str(path)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the current folder: in/a.png, in/deep/b.png, a broken in/deep/c.png and in/notes.txt."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("in/a.png", "in/deep/b.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        write_picture(Picture(rng.integers(0, 256, (10, 20, 3), np.uint8)), name)
    Path("in/deep/c.png").write_text("no picture")
    Path("in/notes.txt").touch()
    return tmp_path


def upscale(weights: str, *arguments: str) -> int:
    return run(["upscale", *arguments, "--model", weights])


def shape(path: str) -> tuple[int, ...]:
    return read_pixels(path).shape


def test_a_tree_with_a_summary_and_a_report(
    tree: Path, weights: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    assert upscale(weights, "in", "-r", "-o", "out", "--report", "report.json") == 1
    said = capsys.readouterr()
    assert said.err == (
        "srcnn: error: expected a PNG, JPEG, TIFF, WebP, AVIF, GIF, BMP, HEIC or JPEG XL picture, "
        "got in/deep/c.png, which is none of them\n"
    )
    assert said.out.splitlines()[-2:] == [
        "2 done, 0 skipped, 1 failed; 1 other file ignored",
        "  failed  expected a PNG, JPEG, TIFF, WebP, AVIF, GIF, BMP, HEIC or JPEG XL picture, "
        "got in/deep/c.png, which is none of them",
    ]
    assert shape("out/deep/b_x2.png") == (20, 40, 3)
    report = json.loads(Path("report.json").read_text())
    assert [result["status"] for result in report["results"]] == ["done", "done", "failed"]
    # Again: refused before any work, then only what is missing.
    assert upscale(weights, "in", "-r", "-o", "out") == 2
    assert "--skip-existing" in capsys.readouterr().err
    Path("in/deep/c.png").unlink()
    assert upscale(weights, "in", "-r", "-o", "out", "--resume") == 0
    assert capsys.readouterr().out.splitlines() == ["0 done, 2 skipped, 0 failed; 1 other file ignored"]


@pytest.mark.parametrize(
    ("options", "name", "size"),
    [
        (["--width", "30"], "a_30w.png", (15, 30)),
        (["--height", "30"], "a_30h.png", (30, 60)),
        (["--longest", "25"], "a_25.png", (13, 25)),
        (["--fit", "100x20"], "a_100x20.png", (20, 40)),
        (["--scale", "2.5"], "a_x2.5.png", (25, 50)),
        (["--scale", "3", "--name", "{stem}@{scale}x{ext}"], "a@3x.png", (30, 60)),
        (["--format", "webp", "--name", "{model}-{stem}{ext}"], "tiny-a.webp", (20, 40)),
    ],
)
def test_sizes_and_names(tree: Path, weights: str, options: list[str], name: str, size: tuple[int, int]):
    assert upscale(weights, "in", "-o", "out", *options) == 0
    assert shape(f"out/{name}") == (*size, 3)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--scale", "2", "--width", "9"], "got scale and width"),
        (["--width", "30", "--name", "{stem}_x{scale}{ext}"], "{stem}, {ext}, {size}, {model} and text"),
        (["--fit", "big"], "--fit as WIDTHxHEIGHT such as 1920x1080, got 'big'"),
        (
            ["--quality-mode", "best"],
            "use either --quality-mode or --model; best stands for --model best --ens",
        ),
        (["--alpha", "glow"], "network, bicubic, drop"),
        (["--depth", "12"], "8 or 16 bits, got 12"),
        (["--background", "mauve"], "--background such as ffffff or white, got 'mauve'"),
        (["--max-memory", "much"], "500M or 2G, got 'much'"),
        (["--max-memory", 400 * "9"], "500M or 2G, got '999"),
        (["--skip-existing", "--overwrite"], "use either --skip-existing or --overwrite"),
        (["--in-place"], "either an output or --in-place"),
        (["--format", "gif"], "got 'gif'"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_options_that_contradict_each_other_or_cannot_be_meant(
    tree: Path, weights: str, capsys: pytest.CaptureFixture[str], options: list[str], says: str
):
    assert upscale(weights, "in", "-o", "out", *options) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert len(said.err.splitlines()) == 1
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["-o", "q.jpg", "--format", "png"], "an output of the format png, got the file name q.jpg; give it"),
        (["-o", "q.jpg", "--name", "{stem}.jpg"], "got the file name q.jpg; leave out --name"),
        (["--in-place", "--format", "jpg"], "use either --format or --in-place"),
        (["--in-place", "--name", "{stem}.jpg"], "use either --name or --in-place"),
        (["-o", "-", "--name", "{stem}.jpg"], "got standard output; leave out --name"),
    ],
)
@pytest.mark.parametrize("command", [["upscale"], ["restore", "--damage-quality", "20"]])
def test_names_and_formats_that_would_have_no_effect(
    tree: Path, capsys: pytest.CaptureFixture[str], command: list[str], options: list[str], says: str
):
    before = Path("in/a.png").read_bytes()
    assert run([*command, "in/a.png", *options]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert len(said.err.splitlines()) == 1
    assert Path("in/a.png").read_bytes() == before
    assert not Path("q.jpg").exists()


@pytest.mark.parametrize("name", ["q.jpg", "q.JPEG"])
def test_a_format_that_agrees_with_the_file_s_name(tree: Path, weights: str, name: str):
    assert upscale(weights, "in/a.png", "-o", name, "--format", "jpg") == 0
    assert Path(name).read_bytes().startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("mode", "model", "ensemble"),
    [("fast", "9-1-5", False), ("balanced", "9-5-5", False), ("best", "best", True)],
)
def test_quality_modes(tree: Path, monkeypatch: pytest.MonkeyPatch, mode: str, model: str, ensemble: bool):
    seen: list[Any] = []

    def run_files(request: Any, options: Any, **_: Any) -> Any:
        from srcnn.jobs import Outcome

        seen.append(options)
        return Outcome([])

    monkeypatch.setattr("srcnn.jobs.run_files", run_files)
    assert run(["upscale", "in/a.png", "-o", "b.png", "--quality-mode", mode]) == 0
    assert (seen[0].model, seen[0].ensemble) == (model, ensemble)


def test_a_picture_that_is_large_enough_fails_and_says_so(
    tree: Path, weights: str, capsys: pytest.CaptureFixture[str]
):
    assert upscale(weights, "in/a.png", "-o", "b.png", "--width", "20") == 1
    assert "in/a.png: expected a picture smaller than 20 pixels across to enlarge, got one of 20x10" in (
        capsys.readouterr().err
    )


def test_standard_input_and_output(
    tree: Path, weights: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
):
    stream = io.BytesIO(Path("in/a.png").read_bytes())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stream))
    assert upscale(weights, "-", "-o", "-", "--format", "tif") == 0
    said = capsysbinary.readouterr()
    assert said.err == b""
    assert upscale(weights, "in/a.png", "-o", "b.tif") == 0
    assert read_picture(io.BytesIO(said.out)).pixels.tobytes() == read_pixels("b.tif").tobytes()
    capsysbinary.readouterr()
    # A file: the format of the output is the input's.
    assert upscale(weights, "in/a.png", "-o", "-") == 0
    assert capsysbinary.readouterr().out.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["in", "-r", "-o", "-"], "one picture for standard output, got 3"),
        (["in/a.png", "-o", "-", "--json"], "either --json or a picture on standard output"),
        (["-", "--in-place"], "files for --in-place, got standard input"),
    ],
)
def test_streams_that_cannot_be_meant(
    tree: Path, weights: str, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
):
    assert upscale(weights, *arguments) == 2
    assert says in capsys.readouterr().err


def test_depth_background_and_alpha_reach_the_files(
    tree: Path, weights: str, capsys: pytest.CaptureFixture[str]
):
    pixels = np.full((6, 8, 4), 200, np.uint8)
    pixels[:, :4, 3] = 0
    write_picture(Picture(pixels), "logo.png")
    assert upscale(weights, "logo.png", "-o", "deep.png", "--depth", "16") == 0
    assert read_pixels("deep.png").dtype == np.uint16
    assert upscale(weights, "logo.png", "-o", "laid.jpg") == 1
    assert "or use --background" in capsys.readouterr().err
    assert upscale(weights, "logo.png", "-o", "laid.jpg", "--background", "#ff0000") == 0
    assert read_pixels("laid.jpg")[5, 1, 1] < 60  # red, without the grey that lies there unseen
    assert upscale(weights, "logo.png", "-o", "dropped.jpg", "--alpha", "drop") == 0
    assert read_pixels("dropped.jpg")[5, 1, 1] > 150


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_workers_too_and_leaves_no_half_file(tree: Path, weights: str, name: str, code: int):
    Path("in/deep/c.png").unlink()
    big = np.random.default_rng(0).integers(0, 256, (350, 450, 3), np.uint8)
    for number in range(6):
        write_picture(Picture(big), f"in/big{number}.png")
    command = [sys.executable, "-m", "srcnn", "upscale", "in", "-r", "-o", "out", "-m", weights]
    process = subprocess.Popen(
        [*command, "--workers", "2", "--scale", "4", "--report", "report.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()  # one is done, and two are at work
    process.send_signal(getattr(signal, name))
    _, said = process.communicate()
    assert (process.returncode, said) == (code, b"")
    assert not [path.name for path in Path("out").rglob(".srcnn-*") if path.suffix == ".png"]
    report = json.loads(Path("report.json").read_text())
    assert report["interrupted"]
    assert 1 <= report["done"] < 8


@pytest.mark.parametrize("report", ["in/a.png", "large.png", "in"])
def test_a_report_takes_the_place_of_no_picture(
    tree: Path, weights: str, capsys: pytest.CaptureFixture[str], report: str
):
    before = Path("in/a.png").read_bytes()
    assert upscale(weights, "in/a.png", "-o", "large.png", "--report", report) == 2
    assert f"got {report}, which is" in capsys.readouterr().err
    assert Path("in/a.png").read_bytes() == before
    assert not Path("large.png").exists()


def test_a_name_too_long_is_one_line(tree: Path, weights: str, capsys: pytest.CaptureFixture[str]):
    name = "a" * 300 + ".png"
    assert upscale(weights, "in/a.png", "-o", name) == 1
    assert upscale(weights, "in/a.png", "-o", "large.png", "--report", name) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert not Path("large.png").exists()


def test_an_input_in_place_keeps_its_permissions(tree: Path, weights: str):
    Path("in/a.png").chmod(0o600)
    assert upscale(weights, "in/a.png", "--in-place") == 0
    assert shape("in/a.png") == (20, 40, 3)
    assert Path("in/a.png").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("tree")
def test_weights_that_restore_do_not_enlarge(capsys: pytest.CaptureFixture[str]):
    assert run(["upscale", "in/a.png", "-o", "large.png", "--model", "9-5-5-jpeg20"]) == 2
    assert "expected a model that enlarges, got 9-5-5-jpeg20" in capsys.readouterr().err


def test_one_picture_skipped_is_said(tree: Path, weights: str, capsys: pytest.CaptureFixture[str]):
    Path("large.png").write_bytes(b"mine")
    assert upscale(weights, "in/a.png", "-o", "large.png", "--skip-existing") == 0
    assert capsys.readouterr().out == "0 done, 1 skipped, 0 failed\n"


def test_control_characters_of_names_are_shown_and_not_obeyed(
    tree: Path, weights: str, capsys: pytest.CaptureFixture[str]
):
    Path("odd").mkdir()
    Path("in/a.png").rename("odd/a\x1b[2J\nb.png")
    Path("odd/\x1b[0mc.png").write_text("no picture")
    assert upscale(weights, "odd", "-o", "out") == 1
    said = capsys.readouterr()
    assert r"odd/a\x1b[2J\nb.png -> out/a\x1b[2J\nb_x2.png" in said.out
    assert r"got odd/\x1b[0mc.png, which" in said.err
    assert "\x1b" not in said.out + said.err
    assert len(said.out.splitlines()) == 3
    assert upscale(weights, "odd/a\x1b[2J\nb.png", "-o", "out", "--overwrite", "--json") == 0
    assert json.loads(capsys.readouterr().out)["results"][0]["source"] == "odd/a\x1b[2J\nb.png"
