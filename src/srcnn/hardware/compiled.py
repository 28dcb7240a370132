"""The C, C++ and HLS code of a design, compiled and run on its vectors."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from srcnn.errors import HardwareError

Language = Literal["C", "C++", "HLS C++"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_WARNINGS = ("-O2", "-Wall", "-Wextra", "-pedantic", "-Werror")
_SANITIZERS = ("-fsanitize=undefined,address", "-fno-sanitize-recover=all")
_REFERENCE = ("srcnn_ref.c", "tb/tb_srcnn.c")
_COMMANDS: dict[Language, tuple[str, ...]] = {
    "C": ("gcc", "-std=c99", *_WARNINGS, *_SANITIZERS, *_REFERENCE),
    "C++": ("g++", "-x", "c++", "-std=c++14", *_WARNINGS, *_SANITIZERS, *_REFERENCE),
    "HLS C++": ("g++", "-std=c++14", *_WARNINGS, "-Wno-unknown-pragmas", "srcnn_top.cpp", "tb/tb_hls.cpp"),
}


@dataclass(frozen=True)
class ProgramRun:
    """What a testbench printed: lines of mismatches, and the bytes of all frames it made."""

    mismatches: list[str]
    output: bytes


def compiler_of(language: Language) -> str:
    """The program that compiles it."""
    return _COMMANDS[language][0]


def run_program(directory: Path, language: Language, frames: str = "tb/frames.txt") -> ProgramRun:
    """Compile a design's code into a temporary folder and compare it with the golden vectors.

    Args:
        directory: of a design.
        language: which code.
        frames: the list of vectors, a path in the directory.

    Raises:
        HardwareError: no compiler, code that does not compile without a warning, or a program that fails
            otherwise than by a mismatch.
    """
    command = _COMMANDS[language]
    if shutil.which(command[0]) is None:
        raise HardwareError(f"{command[0]} not found; on Debian: apt install {command[0]}")
    with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        program, output = Path(folder) / "program", Path(folder) / "output"
        _run([*command, "-I.", "-o", str(program)], directory, (0,))
        done = _run([str(program), frames, str(output)], directory, (0, 1))
        mismatches = [line for line in done.stdout.splitlines() if line.startswith("mismatch")]
        if done.returncode and not mismatches:
            raise HardwareError(f"{language}: the program failed: {_last(done)}")
        return ProgramRun(mismatches, output.read_bytes())


def _run(command: list[str], directory: Path, codes: tuple[int, ...]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode not in codes:
        raise HardwareError(f"{Path(command[0]).name} failed: {_last(done)}")
    return done


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    # A compiler's first line with "error" says more than its last.
    return next((line for line in lines if "rror" in line), lines[-1] if lines else "no output")
