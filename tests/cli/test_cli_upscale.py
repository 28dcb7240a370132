"""The command as a user meets it: a process, its exit code, its two streams, and the files it leaves."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support import assert_fails, left, srcnn

from srcnn.files import Picture, read_picture, read_pixels, write_picture
from srcnn.jobs.journal import NAME as JOURNAL


def test_one_picture_to_one_file(tmp_path: Path, photo: Path, weights: Path, picture):
    before = photo.read_bytes()
    done = srcnn("upscale", photo, "-o", tmp_path / "large.png", "--scale", "2", "--model", weights)
    assert (done.returncode, done.stderr) == (0, "")
    assert "large.png  74x96" in done.stdout
    assert read_pixels(tmp_path / "large.png").shape == (96, 74, 3)
    assert photo.read_bytes() == before
    assert left(tmp_path) == ["large.png"]

    from srcnn.enlargement import upscale

    expected = upscale(picture, 2, model=weights)
    np.testing.assert_array_equal(read_pixels(tmp_path / "large.png"), expected)


def test_scale_is_2_when_not_said(tmp_path: Path, photo: Path, weights: Path):
    assert srcnn("upscale", photo, "-o", tmp_path / "a.png", "-m", weights).returncode == 0
    assert read_pixels(tmp_path / "a.png").shape == (96, 74, 3)


def test_passes_and_back_projection_reach_the_work(tmp_path: Path, photo: Path, weights: Path, picture):
    options = ("--passes", "2", "--back-projection", "3", "--scale", "4", "-m", weights)
    assert srcnn("upscale", photo, "-o", tmp_path / "a.png", *options).returncode == 0
    from srcnn.enlargement import upscale

    expected = upscale(picture, 4, model=weights, passes=2, back_projection=3)
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.png"), expected)
    for option, value in (("--passes", "0"), ("--back-projection", "-1")):
        assert_fails(
            srcnn("upscale", photo, "-o", tmp_path / "b.png", "-m", weights, option, value), 2, "got"
        )
    assert left(tmp_path) == ["a.png"]


def test_options_reach_the_work(tmp_path: Path, photo: Path, weights: Path):
    options = ("--engine", "numpy", "--ensemble", "--tile", "16", "--quality", "40", "--scale", "1.5")
    done = srcnn("upscale", photo, "-o", tmp_path / "a.jpg", "-m", weights, *options)
    assert done.returncode == 0, done.stderr
    assert read_pixels(tmp_path / "a.jpg").shape == (72, 56, 3)
    srcnn("upscale", photo, "-o", tmp_path / "b.jpg", "-m", weights, "--scale", "1.5")
    assert (tmp_path / "a.jpg").stat().st_size < 0.6 * (tmp_path / "b.jpg").stat().st_size


def test_several_pictures_and_folders_into_a_folder_as_json(
    tmp_path: Path, photo: Path, weights: Path, picture
):
    more = tmp_path / "more"
    more.mkdir()
    write_picture(Picture(picture.astype(np.uint16) * 257), more / "deep.tif")
    (more / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (more / "notes.txt").write_text("not a picture")
    done = srcnn("upscale", photo, more, "-o", tmp_path / "out", "-s", "3", "-m", weights, "--json")
    assert_fails(done, 1, "broken.png")
    answer = json.loads(done.stdout)
    assert (answer["done"], answer["failed"]) == (2, 1)
    assert [Path(result["source"]).name for result in answer["results"]] == [
        "photo.png",
        "broken.png",
        "deep.tif",
    ]
    assert [result["error"] is None for result in answer["results"]] == [True, False, True]
    assert answer["results"][2]["width"] == 111
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        JOURNAL,
        "deep_x3.tif",
        "photo_x3.png",
    ]
    assert read_pixels(tmp_path / "out" / "deep_x3.tif").dtype == np.uint16


def test_notes_say_what_a_format_cannot_hold(tmp_path: Path, photo: Path, weights: Path, picture):
    write_picture(Picture(picture.astype(np.uint16) * 257), photo)
    done = srcnn("upscale", photo, "-o", tmp_path / "a.jpg", "-m", weights)
    assert done.returncode == 0
    assert done.stderr == f"srcnn: note: {photo}: 16 bits are rounded to 8, the most that JPEG holds\n"


def test_alpha_grey_and_profile_go_through(tmp_path: Path, weights: Path):
    from PIL import ImageCms

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rng = np.random.default_rng(0)
    for name, shape in (("grey", (9, 7)), ("greyalpha", (9, 7, 2)), ("rgba", (9, 7, 4))):
        pixels = rng.integers(0, 256, shape, np.uint8)
        write_picture(Picture(pixels, icc if name == "rgba" else None), tmp_path / f"{name}.png")
        done = srcnn("upscale", tmp_path / f"{name}.png", "-o", tmp_path / "out/", "-m", weights)
        assert (done.returncode, done.stderr) == (0, "")
        assert read_pixels(tmp_path / "out" / f"{name}_x2.png").shape == (18, 14, *shape[2:])
    assert read_picture(tmp_path / "out" / "rgba_x2.png").icc == icc


def test_a_name_that_is_not_utf8(tmp_path: Path, photo: Path, weights: Path):
    odd = photo.with_name(os.fsdecode(b"caf\xe9.png"))
    try:
        photo.rename(odd)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    done = srcnn("upscale", odd, "-o", tmp_path, "-m", weights)
    assert (done.returncode, done.stderr) == (0, "")
    assert read_pixels(tmp_path / os.fsdecode(b"caf\xe9_x2.png")).shape == (96, 74, 3)
    assert (
        json.loads(srcnn("upscale", odd, "-o", tmp_path, "-m", weights, "--json", "--overwrite").stdout)[
            "done"
        ]
        == 1
    )


def test_a_bar_on_a_terminal_only_for_long_work(tmp_path: Path, photo: Path, weights: Path):
    patient = "import sys, srcnn.cli.common as output; output._PATIENCE = float(sys.argv.pop(1))"
    code = f"{patient}; import srcnn.cli as cli; cli.main()"
    for patience, bar in (("0", True), ("1000", False)):
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                code,
                patience,
                "upscale",
                photo,
                "-o",
                f"{tmp_path}/{patience}.png",
                "-m",
                weights,
            ],
            stdout=subprocess.PIPE,
            stderr=follower,
        )
        os.close(follower)
        shown = read_all(leader)
        stdout, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        assert ("upscaling" in shown and "100%" in shown) if bar else shown == ""
        assert b"74x96" in stdout  # the bar's terminal does not take what is piped elsewhere


def read_all(leader: int) -> str:
    parts = []
    try:
        while part := os.read(leader, 4096):
            parts.append(part)
    except OSError:  # Linux reports the closed other end so
        pass
    os.close(leader)
    return b"".join(parts).decode(errors="replace")


@pytest.mark.parametrize(("name", "exit_code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_while_writing_leaves_nothing(
    tmp_path: Path, photo: Path, weights: Path, name: str, exit_code: int
):
    # The signal comes when the file aside is complete and not yet in its place.
    interrupt = f"import os, signal; os.fsync = lambda _: os.kill(os.getpid(), signal.{name})"
    code = f"{interrupt}; import srcnn.cli; srcnn.cli.main()"
    command = [sys.executable, "-c", code, "upscale", photo, "-o", tmp_path / "a.png", "-m", weights]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (exit_code, "", "")
    assert left(tmp_path) == []


def test_sigterm_that_is_ignored_stays_so(tmp_path: Path, photo: Path, weights: Path):
    ignored = "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    ended = "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGTERM)"
    code = f"{ignored}; {ended}; import srcnn.cli; srcnn.cli.main()"
    command = [sys.executable, "-c", code, "upscale", photo, "-o", tmp_path / "a.png", "-m", weights]
    assert subprocess.run(command, capture_output=True, check=False, timeout=300).returncode == 0
    assert left(tmp_path) == ["a.png"]


def test_help_has_examples():
    done = srcnn("upscale", "--help")
    assert done.returncode == 0
    assert "srcnn upscale photo.jpg -o large.png\n" in done.stdout
    for option in ("--scale", "--model", "--engine", "--ensemble", "--tile", "--quality", "--json"):
        assert option in done.stdout


def test_version_and_module_entry():
    import srcnn as package

    assert srcnn("--version").stdout == f"srcnn {package.__version__}\n"
