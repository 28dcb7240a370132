"""tools/wheels.py: what is wrong with a wheel's library is seen before it is published."""

import hashlib
import importlib
import importlib.util
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import hatch_build

ROOT = Path(__file__).parents[2]
ELF = b"\x7fELF\x02" + bytes(13)
NAMES = b"\0".join(
    f"srcnn_{name}".encode()
    for name in ("version", "levels", "level_name", "level_runs", "workspace_floats", "work", "")
)
SOUND = {
    "x86_64-linux": ELF + b"\x3e\0" + NAMES + b"GLIBC_2.2.5\0",
    "aarch64-linux": ELF + b"\xb7\0" + NAMES + b"GLIBC_2.17\0",
    "aarch64-macos": b"\xcf\xfa\xed\xfe\x0c\0\0\x01"
    + bytes(8)
    + b"\x01"
    + bytes(15)
    + b"\x1d\0\0\0\x08\0\0\0_"
    + NAMES,
    "x86_64-windows": b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0\x64\x86" + NAMES,
}


@pytest.fixture
def wheels(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(ROOT / "tools")
    yield importlib.import_module("wheels")
    sys.modules.pop("wheels")


@pytest.mark.parametrize("system", SOUND)
def test_a_library_fits_its_own_system_alone(wheels: ModuleType, system: str) -> None:
    for other in hatch_build.TARGETS:
        found = wheels.library_faults(SOUND[system], other)
        assert found == ([] if other == system else [f"expected a library of {other}, got another file"])


def test_what_is_wrong_with_a_library(wheels: ModuleType) -> None:
    linux = SOUND["x86_64-linux"]
    cases = {
        "no function srcnn_work": (linux.replace(b"srcnn_work\0", b"\0"), "x86_64-linux"),
        "needs glibc 2.29": (linux + b"GLIBC_2.29\0", "x86_64-linux"),
        "the library names the folder in which it was built": (linux + bytes(ROOT), "x86_64-linux"),
        "the library is not signed": (
            SOUND["aarch64-macos"].replace(b"\x1d\0\0\0", b"\x1b\0\0\0"),
            "aarch64-macos",
        ),
    }
    for fault, (library, system) in cases.items():
        assert wheels.library_faults(library, system) == [fault]


def test_what_is_wrong_with_a_wheel(wheels: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "srcnn-1-py3-none-manylinux_2_17_x86_64.whl"
    folder, library = wheels.FOLDER, SOUND["x86_64-linux"]
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{folder}/libconvolution.so", library)
        archive.writestr(f"{folder}/libconvolution.so.sha256", hashlib.sha256(library).hexdigest() + "\n")
    assert wheels.faults(wheel, "x86_64-linux") == []
    assert wheels.faults(wheel, "aarch64-linux")[0].startswith("expected a wheel for manylinux_2_17_aarch64")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{folder}/libconvolution.so", library)
        archive.writestr(f"{folder}/libconvolution.so.sha256", "0" * 64)
    assert wheels.faults(wheel, "x86_64-linux") == ["the digest beside the library is another's"]
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{folder}/libconvolution.so", library)
    assert wheels.faults(wheel, "x86_64-linux") == [f"{folder}/libconvolution.so.sha256 not found"]


@pytest.mark.slow
def test_a_wheel_for_every_system(tmp_path: Path) -> None:
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("the package ziglang is not installed")
    command = [sys.executable, str(ROOT / "tools" / "wheels.py"), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(tmp_path.glob("*.whl"))) == len(hatch_build.TARGETS)
    assert len(list(tmp_path.glob("*.tar.gz"))) == 1
