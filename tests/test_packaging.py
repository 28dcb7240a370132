"""What is built: the sdist holds the repository, the wheel of it the package; both install offline."""

import ast
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

import hatch_build

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "srcnn"
WHEEL_LIMIT = 5_000_000
"""Bytes: weights are most of the wheel, and it should stay something one installs without a thought."""
DATA = PACKAGE / "hardware" / "testbench"
"""Written into designs and run there by cocotb: no module of the package."""
LIBRARIES = ("*.so", "*.dylib", "*.dll", "*.sha256")
"""What the build adds to the package."""
FOLDERS = ("benchmarks", "docs", "examples", "records", "src", "tests", "tools")
FILES = (
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "LICENSE-weights.md",
    "README.md",
    "constraints.txt",
    "hatch_build.py",
    "pyproject.toml",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An sdist of a copy of the repository, and a wheel of the unpacked sdist."""
    for name in ("hatchling", "hatch_fancy_pypi_readme"):
        pytest.importorskip(name)
    folder = tmp_path_factory.mktemp("built")
    copy = folder / "copy"
    copy.mkdir()
    for name in (*FILES, ".gitignore"):
        shutil.copy(ROOT / name, copy)
    for name in FOLDERS:
        left_out = shutil.ignore_patterns("__pycache__", "*.egg-info", "_build", ".*", *LIBRARIES)
        shutil.copytree(ROOT / name, copy / name, ignore=left_out)
    sdist = build(copy, "sdist", folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (source,) = (folder / "unpacked").iterdir()
    return {"copy": copy, "sdist": sdist, "wheel": build(source, "wheel", folder)}


def build(source: Path, kind: str, out: Path, **environment: str) -> Path:
    before = set(out.iterdir())
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(out)]
    done = subprocess.run(
        command, cwd=source, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    (made,) = set(out.iterdir()) - before
    return made


def files_under(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_sdist_holds_everything(built: dict[str, Path]) -> None:
    with tarfile.open(built["sdist"]) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    given = files_under(built["copy"])
    assert len(given) > 200
    assert given - held == set()


def test_the_wheel_holds_the_package_and_is_small(built: dict[str, Path]) -> None:
    assert built["wheel"].stat().st_size < WHEEL_LIMIT
    with zipfile.ZipFile(built["wheel"]) as archive:
        held = set(archive.namelist())
    given = {f"srcnn/{name}" for name in files_under(built["copy"] / "src" / "srcnn")}
    assert any(name.endswith(".safetensors") for name in given)
    compiled = {
        name for name in held if PurePosixPath(name).suffix in {Path(name).suffix for name in LIBRARIES}
    }
    assert {name for name in held if ".dist-info/" not in name} - compiled == given
    assert len(compiled) == (0 if built["wheel"].name.endswith("-py3-none-any.whl") else 2)
    licences = {name.rpartition("/")[2] for name in held if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-weights.md"}


def test_without_a_working_compiler_the_wheel_is_pure(built: dict[str, Path], tmp_path: Path) -> None:
    for number, compiler in enumerate(["none", "no-such-compiler"]):
        out = tmp_path / str(number)
        out.mkdir()
        wheel = build(built["copy"], "wheel", out, CC=compiler)
        assert wheel.name.endswith("-py3-none-any.whl")
        with zipfile.ZipFile(wheel) as archive:
            assert "srcnn/engines/native/library.py" in archive.namelist()
            assert not [name for name in archive.namelist() if name.endswith(".so")]


REQUIRED = "from hatchling.build import get_requires_for_build_wheel as required; print(*required())"


@pytest.mark.parametrize("compiler", [None, "broken", "works"])
def test_the_build_asks_for_a_compiler_where_none_works(
    built: dict[str, Path], tmp_path: Path, compiler: str | None
) -> None:
    if importlib.util.find_spec("ziglang") is not None:
        pytest.skip("the package ziglang is installed")
    if platform.machine().lower() not in hatch_build.MACHINES:
        pytest.skip("there is no library for this processor")
    if compiler == "works" and hatch_build.find_compiler() is None:
        pytest.skip("there is no C compiler")
    if compiler == "broken":
        (tmp_path / "cc").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "cc").chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name not in ("CC", "SRCNN_TARGET")}
    if compiler != "works":
        environment["PATH"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", REQUIRED],
        cwd=built["copy"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("ziglang" in done.stdout) == (compiler != "works")


def test_what_an_index_shows_has_no_link_that_leads_nowhere(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["wheel"]) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        shown = Parser().parsestr(archive.read(name).decode()).get_payload()
    assert isinstance(shown, str)
    assert "srcnn upscale" in shown
    assert re.findall(r"\]\((?!https?://)[^)]*\)", shown) == []
    assert "<!--" not in shown


def test_the_wheel_installs_offline_and_works(built: dict[str, Path], tmp_path: Path) -> None:
    home = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target", str(home)]
    done = subprocess.run([*pip, str(built["wheel"])], capture_output=True, text=True, check=False)
    if "No module named pip" in done.stderr:
        pytest.skip("this environment has no pip")
    assert done.returncode == 0, done.stderr
    code = (
        f"import sys; sys.path.insert(0, {str(home)!r})\n"
        "import srcnn, json; from srcnn.cli import run\n"
        "print(srcnn.__file__); run(['models', '--json'])"
    )
    shown = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    where, _, models = shown.stdout.partition("\n")
    assert Path(where).is_relative_to(home)
    assert len(json.loads(models)) == len(list(PACKAGE.glob("shipped/*.safetensors")))


def declared(*extras: str) -> set[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lists = [project["dependencies"]] if not extras else [project["optional-dependencies"][e] for e in extras]
    return {normal(re.split(r"[\[<>=!~; ]", line)[0]) for lines in lists for line in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


MODULES = {"pillow": "PIL", "scikit-image": "skimage"}
"""Distributions whose module has another name, beyond a dash."""


def modules_of(distributions: set[str]) -> set[str]:
    return {MODULES.get(name, name.replace("-", "_")) for name in distributions}


OWN = {"srcnn", "_typeshed"}
"""The package itself, and what exists for type checkers alone."""


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OWN


def sources() -> list[Path]:
    """The package's modules."""
    return [path for path in PACKAGE.rglob("*.py") if DATA not in path.parents]


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    used = {name for path in sources() for name in imported_modules(path)}
    assert used <= modules_of(
        declared() | declared("train", "formats", "onnx", "figures", "phone", "web", "cluster")
    )
    assert modules_of(declared()) <= used


def test_the_workflow_calls_the_scripts_that_are_run_by_hand() -> None:
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    called = {line.split()[-1] for line in re.findall(r"run: (.+)", workflow)}
    assert called == {f".ci/{path.name}" for path in (ROOT / ".ci").iterdir()}
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    tried = set(re.findall(r'"(3\.\d+)"', workflow))
    assert project["requires-python"].removeprefix(">=") in tried
    assert {c.rpartition(" ")[2] for c in project["classifiers"] if "Python :: 3" in c} <= tried


# The rest loads without any extra: what a file imports when it is loaded comes with the base.
NEEDS_AN_EXTRA = ("srcnn.training.", "srcnn.engines.torch", "srcnn.weight_formats.pytorch", "srcnn.web.")
LOAD_ALL = """
import importlib, json, sys
for name in json.loads(sys.argv[2]):
    sys.modules[name] = None  # importing it raises ModuleNotFoundError
failed = []
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        failed.append(f"{name}: {error}")
print(json.dumps(failed))
"""


def test_everything_but_training_and_the_service_loads_without_the_extras() -> None:
    extras = (
        declared("train", "formats", "onnx", "figures", "web", "cluster", "test", "dev")
        - declared()
        - {"srcnn"}
    )
    parts = [path.relative_to(PACKAGE.parent).with_suffix("").parts for path in sources()]
    names = sorted(".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts if p[-1] != "__main__")
    names = [name for name in names if not name.startswith(NEEDS_AN_EXTRA)]
    assert len(names) > 50
    arguments = [json.dumps(names), json.dumps(sorted(modules_of(extras)))]
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
