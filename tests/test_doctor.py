import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import srcnn.zoo
from srcnn.cli import run
from srcnn.doctor import examine
from srcnn.engines import ENGINES, create_engine
from srcnn.engines.native.library import load_library
from srcnn.zoo import list_models


def test_a_sound_installation(capsys: pytest.CaptureFixture[str]):
    assert run(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["problems"] == []
    assert report["srcnn"]["version"] == version("srcnn")
    assert report["packages"]["numpy"] == version("numpy")
    assert f"onnxruntime {version('onnxruntime')}" in report["extras"]["onnx"]
    assert report["weights"]["shipped"].split(", ") == [entry.name for entry in list_models()]
    assert report["weights"]["hashes"] == "all as shipped"
    assert set(report["engines"]) == set(ENGINES)
    levels = load_library()
    native = "not used" if isinstance(levels, str) else f"works, {levels[0].name} (default)"
    assert report["engines"]["native"].startswith(native)
    assert report["engines"]["onnxruntime"].startswith("works")
    assert report["engines"]["numpy"] == "works"
    assert {"png", "jpg", "tif", "webp", "avif"} <= set(report["pictures"]["formats"].split())


def test_limits_of_the_container_stand_beside_the_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("srcnn.doctor.memory_limit", lambda: 400_000_000)
    monkeypatch.setattr("srcnn.doctor.core_limit", lambda: 1.5)
    machine = examine().sections["machine"]
    assert machine["memory limit"] == "0.4 GB by the control group"
    assert machine["core limit"] == "1.5 by the control group"
    assert {"memory", "cores", "threads", "memory budget"} <= set(machine)


def test_the_lines_say_nothing_about_the_user(capsys: pytest.CaptureFixture[str]):
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("srcnn\n  version")
    assert out.endswith("problems\n  none\n")
    assert str(Path.home()) not in out
    assert str(Path(__file__).parents[1]) not in out


def test_damaged_weights_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    folder = tmp_path / "zoo"
    shutil.copytree(srcnn.zoo.models_folder(), folder)
    monkeypatch.setenv("SRCNN_MODELS", str(folder))
    path = folder / "9-1-5-x3.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # a bit of the last bias: still a whole file
    path.write_bytes(content)
    assert run(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "wrong hash of shipped weights: 9-1-5-x3.safetensors" in out
    assert "1 wrong" in out


@pytest.mark.parametrize(("how", "state"), [("raises", "broken"), ("lies", "wrong"), ("nan", "wrong")])
def test_a_broken_engine_hides_nothing_else(monkeypatch: pytest.MonkeyPatch, how: str, state: str):
    class Odd:
        def __init__(self, weights: Any) -> None:
            self.engine = create_engine(weights, "numpy")

        def run(self, *arguments: Any) -> np.ndarray:
            if how == "raises":
                raise RuntimeError("no such\ninstruction")
            return self.engine.run(*arguments) + (np.nan if how == "nan" else 0.01)

    def create(weights: Any, name: str) -> Any:
        return Odd(weights) if name == "onnxruntime" else create_engine(weights, name)

    monkeypatch.setattr("srcnn.doctor.create_engine", create)
    report = examine()
    assert report.sections["engines"]["onnxruntime"].startswith(state)
    assert report.sections["engines"]["numpy"] == "works"
    (problem,) = report.problems
    assert "the engine onnxruntime" in problem
    assert "\n" not in problem


def test_what_is_missing_is_a_problem_only_where_it_is_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("srcnn.doctor.NEEDED", ("numpy", "no-such-package"))
    monkeypatch.setattr("srcnn.doctor.EXTRAS", {"figures": ("no-such-extra",)})
    report = examine()
    assert report.sections["packages"]["no-such-package"] == "missing"
    assert report.sections["extras"]["figures"] == "no-such-extra missing"
    (problem,) = report.problems
    assert problem.startswith("no-such-package not found")


def test_a_library_that_does_not_load_hides_nothing_else(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise OSError("libvips.so.42: cannot open shared object file")

    monkeypatch.setattr("pyvips.get_suffixes", fail)
    report = examine()
    assert report.sections["pictures"] == {"state": "broken"}
    assert report.problems == ("pictures: OSError: libvips.so.42: cannot open shared object file",)
    assert report.sections["weights"]["hashes"] == "all as shipped"


def test_problems_name_no_folder_of_the_user(monkeypatch: pytest.MonkeyPatch):
    home = Path("/home/jane")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.syspath_prepend("/srv/jane/site-packages")

    def fail(*_: Any) -> Any:
        raise OSError(f"dlopen({home / 'venv/libx.so'}): not found; /srv/jane/site-packages/x/y.py, /usr/x")

    def refuse() -> Any:
        raise OSError(f"{home}: refused, as /mnt{home}/x and {home}t/y are")

    monkeypatch.setattr("pyvips.get_suffixes", fail)
    monkeypatch.setattr("srcnn.doctor._engine", fail)
    said = "OSError: dlopen(venv/libx.so): not found; x/y.py, /usr/x"
    assert examine().problems == (f"pictures: {said}", f"engines: {said}")
    monkeypatch.setattr("pyvips.get_suffixes", refuse)
    assert (
        examine().problems[0]
        == "pictures: OSError: a folder: refused, as /mnt/home/jane/x and /home/janet/y are"
    )
    monkeypatch.setattr("pyvips.get_suffixes", fail)
    monkeypatch.setenv("HOME", "/")
    assert examine().problems[0].endswith("/usr/x")
