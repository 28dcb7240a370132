"""The command as a process: without standard streams, with full and closed ones, and Ctrl-C at once."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

COMMAND = [sys.executable, "-m", "srcnn"]
posix = pytest.mark.skipif(os.name != "posix", reason="shell redirections")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b"):
        Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(folder / f"{name}.png")
    return folder


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = " ".join([*COMMAND, "upscale", str(folder), "-o", str(folder.parent / "out"), "-m", "9-1-5"])
    return subprocess.run(
        ["sh", "-c", f"{command} {line}"], capture_output=True, text=True, check=False, timeout=120
    )


def are_enlarged(folder: Path) -> bool:
    sizes = []
    for path in sorted((folder.parent / "out").glob("*.png")):
        with Image.open(path) as image:
            image.load()
            sizes.append(image.size)
    return sizes == [(16, 16), (16, 16)]


@posix
@pytest.mark.parametrize("line", [">&-", "2>&-", "<&- >&- 2>&-", "--workers 2 >&- 2>&-"])
def test_without_standard_streams_as_with_the_null_device(pictures: Path, line: str) -> None:
    result = shell(line, pictures)
    assert (result.returncode, result.stderr) == (0, "")
    assert are_enlarged(pictures)


@posix
@full
def test_a_full_output_stops_the_reports_and_not_the_work(pictures: Path) -> None:
    result = shell("> /dev/full", pictures)
    assert are_enlarged(pictures)
    assert result.returncode == 1
    assert result.stderr == "srcnn: error: cannot write to standard output: No space left on device\n"


@posix
@full
def test_a_full_error_output_stops_nothing(pictures: Path) -> None:
    (pictures / "c.png").write_bytes(b"no picture")
    result = shell("2> /dev/full", pictures)
    assert are_enlarged(pictures)
    assert result.returncode == 1  # for the broken picture
    assert "2 done, 0 skipped, 1 failed" in result.stdout


@posix
def test_a_closed_pipe_stops_the_reports_and_not_the_work(pictures: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [*COMMAND, "upscale", str(pictures), "-o", str(pictures.parent / "out"), "-m", "9-1-5"]
    result = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=120
    )
    os.close(writer)
    assert are_enlarged(pictures)
    assert (result.returncode, result.stderr) == (
        1,
        "srcnn: error: cannot write to standard output: Broken pipe\n",
    )


@posix
@full
def test_a_picture_for_a_full_output_is_one_error(pictures: Path) -> None:
    command = " ".join([*COMMAND, "upscale", str(pictures / "a.png"), "-o", "-", "-m", "9-1-5"])
    result = subprocess.run(
        ["sh", "-c", f"{command} > /dev/full"], capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 1
    assert result.stderr.count("No space left on device") == 1
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


@posix
def test_ctrl_c_while_modules_are_loaded_leaves_no_traceback() -> None:
    code = (
        "import os, signal, sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == sys.argv[1]:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from srcnn.cli import main\n"
        "main(['models'])\n"
    )
    for module in ("typer", "srcnn.cli.app", "srcnn.zoo"):
        result = subprocess.run(
            [sys.executable, "-c", code, module], capture_output=True, text=True, check=False, timeout=60
        )
        assert (result.returncode, result.stderr) == (130, ""), module
