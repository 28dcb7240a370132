"""The Verilog core of an exported design, run by Icarus Verilog or Verilator on its golden vectors."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from srcnn.errors import HardwareError, UsageError
from srcnn.hardware.manifest import NAME
from srcnn.types import Levels

Simulator = Literal["iverilog", "verilator"]
SIMULATORS: tuple[Simulator, ...] = get_args(Simulator)


@dataclass(frozen=True, eq=False)
class Simulation:
    """What a simulation put out.

    Attributes:
        outputs: (C, H, W) uint8 by the name of the vector.
        clocks: from the end of the frame before to the end of this one, by the name of the vector; those of
            the first contain the time until its first pixel.
        mismatches: a line for each of the first numbers that differ from the golden vectors.
    """

    outputs: dict[str, Levels]
    clocks: dict[str, int]
    mismatches: list[str]


@dataclass(frozen=True)
class BuiltSimulation:
    """A core compiled for one simulator; see `build_simulation`."""

    directory: Path
    build: Path
    command: tuple[str, ...]

    def run(self, names: Sequence[str], *, stall_seed: int | None = None) -> Simulation:
        """Send vectors through the core, one behind the other without a gap.

        Args:
            names: of vectors, in that order, each once.
            stall_seed: for random gaps before the core and random refusal behind it; none by default.

        Raises:
            UsageError: a vector that the design does not have, or one beyond the core's maximum size.
            HardwareError: a simulation that ended without a verdict.
        """
        frames = [(name, *_read_size(self.directory, name)) for name in names]
        listing, output = self.build / "frames.txt", self.build / "output.hex"
        listing.write_text(
            "".join(
                f"{name} {width} {height} {int(_has_layers(self.directory, name))}\n"
                for name, width, height in frames
            )
        )
        output.unlink(missing_ok=True)
        arguments = [f"+frames={listing}", f"+output={output}"]
        if stall_seed is not None:
            arguments.append(f"+seed={stall_seed}")
        done = subprocess.run(
            [*self.command, *arguments], cwd=self.directory, capture_output=True, text=True, check=False
        )
        if not re.search(r"^(PASS|FAIL)\b", done.stdout, re.MULTILINE):
            raise HardwareError(f"{self.command[0]} failed: {_complaint(done.stderr or done.stdout)}")
        passed = done.returncode == 0 and re.search("^PASS$", done.stdout, re.MULTILINE)
        pattern = r"^(?:mismatch|mark|layer|input error|the core|FAIL).*"
        mismatches = [] if passed else re.findall(pattern, done.stdout, re.MULTILINE)
        clocks = {
            name: int(count)
            for name, count in re.findall(r"^frame (\S+) clocks (\d+)$", done.stdout, re.MULTILINE)
        }
        return Simulation(_read_outputs(output, frames), clocks, mismatches)


@contextmanager
def build_simulation(directory: Path, simulator: Simulator) -> Iterator[BuiltSimulation]:
    """Compile a design's core and testbench into a temporary folder.

    Args:
        directory: what `srcnn hardware export` has written.
        simulator: which program.

    Raises:
        HardwareError: a program that is not installed, or that refuses the sources.
    """
    if shutil.which(simulator) is None:
        raise HardwareError(f"{simulator} not found; on Debian: apt install {simulator}")
    directory = directory.resolve()
    with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        build = Path(folder)
        compiler, command = _commands(build, simulator)
        done = subprocess.run(
            [*compiler, *_sources(directory)], cwd=directory, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise HardwareError(f"{simulator} failed: {_complaint(done.stderr or done.stdout)}")
        yield BuiltSimulation(directory, build, command)


def simulate(
    directory: Path, simulator: Simulator, names: Sequence[str], *, stall_seed: int | None = None
) -> Simulation:
    """`build_simulation` and one run."""
    with build_simulation(directory, simulator) as built:
        return built.run(names, stall_seed=stall_seed)


def has_cocotb() -> bool:
    """Whether cocotb 2 is installed beside this package."""
    return importlib.util.find_spec("cocotb_tools") is not None


def run_cocotb(directory: Path, names: Sequence[str], *, seed: int = 1) -> list[str]:
    """Send vectors through the core as cocotb's master and slave, in Icarus Verilog, with random stalls.

    Args:
        directory: what `srcnn hardware export` has written, with its ``tb/frames.txt``.
        names: of vectors that stand there.
        seed: of gaps and refusals.

    Returns:
        The first difference from the golden vectors, or nothing.

    Raises:
        HardwareError: no cocotb 2 beside this package, no Icarus Verilog, or a test that could not be run.
    """
    if not has_cocotb():
        raise HardwareError("cocotb not found; pip install 'cocotb>=2'")
    if shutil.which("iverilog") is None:
        raise HardwareError("iverilog not found; on Debian: apt install iverilog")
    with tempfile.TemporaryDirectory(prefix="srcnn-") as build:
        command = [sys.executable, "tb/cocotb_srcnn.py", "--build", build, "--seed", str(seed), *names]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    if done.returncode == 0:
        return []
    differences = re.findall(r"AssertionError: (.*)", text)
    if not differences:
        raise HardwareError(f"cocotb failed: {_complaint(text)}")
    return differences


def _commands(build: Path, simulator: Simulator) -> tuple[list[str], tuple[str, ...]]:
    """What compiles, without the sources; what runs, without the arguments."""
    if simulator == "iverilog":
        compiled = build / "tb_srcnn.vvp"
        options = ["-g2001", "-Wall", "-s", "tb_srcnn", "-I", "rtl", "-I", "tb", "-o", str(compiled)]
        return ["iverilog", *options], ("vvp", "-n", str(compiled))
    options = ["--binary", "-O3", "-j", "0", "--top-module", "tb_srcnn", "-Irtl", "-Itb"]
    return ["verilator", *options, "--Mdir", str(build), "-o", "tb_srcnn"], (str(build / "tb_srcnn"),)


def _sources(directory: Path) -> list[str]:
    paths = [*sorted(directory.glob("rtl/*.v")), *sorted(directory.glob("tb/*.v"))]
    if not paths:
        raise HardwareError(f"{directory / 'rtl'} not found; export the design again")
    return [str(path.relative_to(directory)) for path in paths]


def _read_size(directory: Path, name: str) -> tuple[int, int]:
    manifest = json.loads((directory / NAME).read_text())
    vectors, core = manifest["vectors"], manifest["core"]
    if name not in vectors:
        raise UsageError(f"expected a vector of {', '.join(vectors)}, got {name}")
    width, height = vectors[name]["width"], vectors[name]["height"]
    if width > core["max_width"] or height > core["max_height"]:
        raise UsageError(
            f"expected at most {core['max_width']}x{core['max_height']} pixels, what the core was made for, "
            f"got {name} of {width}x{height}"
        )
    return width, height


def _has_layers(directory: Path, name: str) -> bool:
    """Whether a vector holds what every layer makes, or the picture alone."""
    return (directory / "vectors" / name / "conv1_acc.hex").is_file()


def _read_outputs(path: Path, frames: Sequence[tuple[str, int, int]]) -> dict[str, Levels]:
    lines = path.read_text().split() if path.is_file() else []
    # A pixel is two digits a channel, channel 0 in the lowest; unknown digits are those of a broken core.
    rows = [bytes.fromhex(re.sub("[^0-9a-f]", "0", line))[::-1] for line in lines]
    outputs, start = {}, 0
    for name, width, height in frames:
        end = start + width * height
        if end <= len(rows):
            pixels = np.frombuffer(b"".join(rows[start:end]), np.uint8)
            outputs[name] = pixels.reshape(height, width, -1).transpose(2, 0, 1).copy()
        start = end
    return outputs


def _complaint(text: str) -> str:
    """The first line that speaks of an error or a warning, or the last of all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no output"]
    return next((line for line in lines if re.search("error|warning", line, re.IGNORECASE)), lines[-1])
