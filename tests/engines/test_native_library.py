"""The library of the native engine: found, refused, replaced by another engine, chosen."""

import ctypes
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import TinyWeights, skip_unless_available

import srcnn.engines.native.engine as native
from srcnn.cli import run
from srcnn.doctor import examine
from srcnn.engines import create_engine
from srcnn.engines.native.library import FILE_NAME, LEVEL_VARIABLE, choose_level, load_library
from srcnn.errors import UsageError

LIBRARY = Path(native.__file__).with_name(FILE_NAME)


@pytest.fixture(autouse=True)
def _available() -> None:
    skip_unless_available("native")


def library_of(folder: Path, content: bytes) -> Path:
    path = folder / FILE_NAME
    path.write_bytes(content)
    (folder / f"{FILE_NAME}.sha256").write_text(hashlib.sha256(content).hexdigest() + "\n")
    return path


def test_a_library_that_does_not_load(tmp_path: Path) -> None:
    reason = load_library(library_of(tmp_path, b"of another platform"))
    assert isinstance(reason, str)
    assert "does not load" in reason
    assert "\n" not in reason
    assert str(tmp_path) not in reason  # `srcnn doctor` names no folder


@pytest.mark.skipif(not Path("/proc/mounts").exists(), reason="needs Linux")
def test_a_library_in_a_folder_from_which_nothing_runs(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "noexec,size=4m", "none", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a folder")
    try:
        reason = load_library(library_of(tmp_path, LIBRARY.read_bytes()))
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)
    assert isinstance(reason, str)
    assert "does not load" in reason


def test_a_library_that_was_cut_short(tmp_path: Path) -> None:
    path = library_of(tmp_path, LIBRARY.read_bytes())
    path.write_bytes(path.read_bytes()[:5000])
    assert "damaged" in str(load_library(path))


def test_a_library_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srcnn.engines.native.library.VERSION", 99)
    assert "another version" in str(load_library(library_of(tmp_path, LIBRARY.read_bytes())))


def lacking() -> list[str]:
    """Levels of the library that this processor has not, and one of another kind of processor."""
    found = load_library()
    if isinstance(found, str):
        return []
    functions = found[0].functions
    names = [functions.srcnn_level_name(number).decode() for number in range(functions.srcnn_levels())]
    return [*sorted({*names} - {level.name for level in found}), "avx2" if "neon" in names else "neon"]


@pytest.mark.parametrize("level", ["off", "vliw", *lacking()])
def test_without_the_engine_another_serves(
    tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    skip_unless_available("onnxruntime")
    monkeypatch.setenv(LEVEL_VARIABLE, level)
    assert create_engine(tiny_weights()).name == "onnxruntime"
    with pytest.raises(UsageError, match="cannot be used"):
        create_engine(tiny_weights(), "native")
    report = examine()
    assert report.problems == ()
    assert report.sections["engines"]["native"].startswith("not used: ")
    assert report.sections["engines"]["onnxruntime"] == "works (default)"


def test_without_both_numpy_serves_and_says_what_is_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, out = tmp_path / "small.png", tmp_path / "large.png"
    Image.fromarray(np.zeros((12, 10), np.uint8)).save(picture)
    command = ["upscale", str(picture), "-o", str(out), "--overwrite"]
    assert run(command) == 0
    assert capsys.readouterr().err == ""
    expected = out.read_bytes()
    monkeypatch.setenv(LEVEL_VARIABLE, "off")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert run(command) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("srcnn: warning: the slow NumPy engine")
    assert line.endswith("pip install 'srcnn[onnx]'")
    assert out.read_bytes() == expected
    assert run([*command, "--engine", "numpy"]) == 0
    assert capsys.readouterr().err == ""
    report = examine()
    assert report.problems == ()
    assert report.sections["engines"]["onnxruntime"] == "not installed"
    assert report.sections["engines"]["numpy"].startswith("works (default); for a faster engine: pip install")


def test_an_absent_library(tmp_path: Path) -> None:
    assert "not compiled" in str(load_library(tmp_path / FILE_NAME))


def test_the_level_can_be_chosen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(LEVEL_VARIABLE, "portable")
    level = choose_level()
    assert not isinstance(level, str)
    assert level.name == "portable"
    assert run(["doctor"]) == 0
    assert "works, portable" in capsys.readouterr().out


def test_python_and_c_agree_on_the_structures() -> None:
    # Every field has 8 bytes; the arrays have one place more than there may be layers.
    from srcnn.engines.native.layer_plan import MAX_LAYERS
    from srcnn.engines.native.library import CJob, CLayer

    assert sys.maxsize > 2**32
    assert ctypes.sizeof(CLayer) == 8 * 10
    assert ctypes.sizeof(CJob) == 8 * (16 + 10 * MAX_LAYERS + 5 * (MAX_LAYERS + 1))
