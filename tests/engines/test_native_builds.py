"""The C source under sanitizers, and compiled for another processor that an emulator stands for."""

import importlib.util
import os
import platform
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from native_jobs import SOURCE, Recorder, link, planes_of, weights_of
from support import skip_unless_available

import hatch_build
from srcnn.arch import BORDERS, Border, parse_architecture
from srcnn.tiling import ALL_EDGES, Edges

CASES: list[tuple[str, int, Border, int, int]] = [
    (kernels, channels, border, height, width)
    for kernels, channels in (("9-5-5", 1), ("9-1-5", 3), ("11-3-7", 1), ("3-1-9-5", 3), ("7-11-1", 1))
    for border in BORDERS
    for height, width in ((1, 1), (13, 50), (37, 131))
]


def program(folder: Path, machine: str, compiler: list[str], *flags: str) -> Path:
    """The jobs' program, with every level of a processor."""
    objects = []
    for level, options in hatch_build.LEVELS[machine].items():
        objects.append(folder / f"{level}.o")
        command = [*compiler, *hatch_build.FLAGS, *flags, *options, f"-DSRCNN_LEVEL={level}", "-c"]
        subprocess.run([*command, SOURCE / "network.c", "-o", objects[-1]], check=True)
    return link(folder, compiler, *flags, SOURCE / "dispatch.c", *objects, "-lm")


def assert_same_bits(command: list[str], levels: int) -> None:
    """The program's result of every case is this package's to the bit, on so many levels at least."""
    ran = set()
    for kernels, channels, border, height, width in CASES:
        widths = (13, 6, 5)[: kernels.count("-")]
        network = parse_architecture(kernels, widths=widths, channels=channels, border=border)
        weights = weights_of(network.layers, channels)
        engine = Recorder(weights, 1)
        for edges in (ALL_EDGES, Edges(top=True, bottom=False, left=False, right=True)):
            more = 0 if edges == ALL_EDGES else engine.halo
            planes = planes_of(channels, height + more, width + more)
            expected = engine.run(planes, edges)
            given = engine.packed(planes, expected)
            for level in range(3):
                done = subprocess.run([*command, str(level)], input=given, capture_output=True, check=False)
                if done.returncode == 3:  # this processor lacks it
                    continue
                assert done.returncode == 0, done.stderr.decode()[:2000]
                assert done.stderr == b""
                assert np.array_equal(np.frombuffer(done.stdout, np.float32), expected.ravel())
                ran.add(level)
    assert len(ran) >= levels


@pytest.mark.slow
def test_a_library_in_use_is_replaced_and_not_written_over(tmp_path: Path) -> None:
    built = hatch_build.build_library(tmp_path)
    if isinstance(built, str):
        pytest.skip(built)
    before = built[0].read_bytes()
    with built[0].open("rb") as loaded:  # by a process that goes on
        assert hatch_build.build_library(tmp_path) == built
        assert os.fstat(loaded.fileno()).st_ino != built[0].stat().st_ino
        assert loaded.read() == before
    assert built[0].read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {built[0].name, f"{built[0].name}.sha256"}


@pytest.mark.slow
def test_sanitizers_find_nothing(tmp_path: Path) -> None:
    skip_unless_available("native")
    compiler = shutil.which("gcc") or shutil.which("clang")
    machine = hatch_build.MACHINES.get(platform.machine().lower())
    if compiler is None or machine is None:
        pytest.skip("needs gcc or clang")
    sanitizers = "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"
    command = [str(program(tmp_path, machine, [compiler], *sanitizers))]
    assert_same_bits(command, 2)


@pytest.mark.slow
def test_neon_gives_the_same_bits(tmp_path: Path) -> None:
    skip_unless_available("native")
    compiler, emulator = shutil.which("aarch64-linux-gnu-gcc"), shutil.which("qemu-aarch64")
    if compiler is None or emulator is None:
        pytest.skip("needs gcc-aarch64-linux-gnu and qemu-user")
    assert_same_bits([emulator, str(program(tmp_path, "aarch64", [compiler], "-static"))], 2)


@pytest.mark.slow
@pytest.mark.parametrize("system", ["x86_64-linux", "aarch64-linux"])
def test_the_library_of_a_wheel_gives_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    skip_unless_available("native")
    machine = system.partition("-")[0]
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip("the package ziglang is not installed")
    own = hatch_build.MACHINES.get(platform.machine().lower()) == machine
    compiler = shutil.which("gcc" if own else f"{machine}-linux-gnu-gcc")
    emulator = [] if own else [shutil.which(f"qemu-{machine}"), "-L", f"/usr/{machine}-linux-gnu"]
    if compiler is None or None in emulator:
        pytest.skip(f"needs {machine}-linux-gnu-gcc and qemu-{machine}")
    monkeypatch.setenv("SRCNN_TARGET", system)
    built = hatch_build.build_library(tmp_path)
    assert not isinstance(built, str), built
    linked = link(tmp_path, [compiler], built[0], f"-Wl,-rpath,{tmp_path}")
    assert_same_bits([*map(str, emulator), str(linked)], 2)
