"""Compiles the native engine's library into the wheel; where no C compiler does it, the wheel is pure.

Where the system has no working compiler, the build asks pip for one: the package ``ziglang``, which is gone
after the build. An editable install gets the library beside its source. ``python hatch_build.py`` compiles it
there again.

Environment:
    CC: the compiler, instead of the first that works of ``cc``, ``gcc``, ``clang`` and the ``ziglang``
        package; ``none`` for a pure wheel.
    SRCNN_TARGET: another system to compile for, as in `TARGETS`; needs the ``ziglang`` package.
"""

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "src" / "srcnn" / "engines" / "native"
FLAGS = (
    "-std=c11",
    "-O3",
    "-g0",
    "-fPIC",
    "-ffp-contract=off",
    "-fvisibility=hidden",
    "-Wall",
    "-Wextra",
    "-Wno-unknown-pragmas",
)
"""Without contraction: where a multiplication and an addition are one operation, the source says so."""
LEVELS = {
    "x86_64": {
        "avx512": ("-DSRCNN_AVX512", "-mavx512f", "-mavx2", "-mfma"),
        "avx2": ("-DSRCNN_AVX2", "-mavx2", "-mfma"),
        "portable": (),
    },
    "aarch64": {"neon": ("-DSRCNN_NEON",), "portable": ()},
}
"""Processor to its levels of instructions, and what the compiler is told for each."""
TARGETS = {
    "x86_64-linux": ("x86_64-linux-gnu.2.17", "manylinux_2_17_x86_64", "libconvolution.so"),
    "aarch64-linux": ("aarch64-linux-gnu.2.17", "manylinux_2_17_aarch64", "libconvolution.so"),
    "x86_64-macos": ("x86_64-macos.11.0", "macosx_11_0_x86_64", "libconvolution.dylib"),
    "aarch64-macos": ("aarch64-macos.11.0", "macosx_11_0_arm64", "libconvolution.dylib"),
    "x86_64-windows": ("x86_64-windows-gnu", "win_amd64", "convolution.dll"),
    "aarch64-windows": ("aarch64-windows-gnu", "win_arm64", "convolution.dll"),
}
"""System to what zig calls it, the wheel's platform, and the library's name there."""
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


def find_compiler() -> list[str] | None:
    """The command of a C compiler."""
    named = os.environ.get("CC")
    if named:
        return None if named == "none" else shlex.split(named)
    for name in ("cc", "gcc", "clang"):
        if (found := shutil.which(name)) and works(found):
            return [found]
    return zig()


def works(compiler: str) -> bool:
    """Whether a compiler of the system makes a library of a file with a header of the C library."""
    # The stand-in of macOS opens a window that offers to install the compiler.
    if sys.platform == "darwin" and compiler.startswith("/usr/bin/"):
        chosen = subprocess.run(["/usr/bin/xcode-select", "-p"], capture_output=True, check=False)
        if chosen.returncode:
            return False
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "try.c"
        source.write_text("#include <math.h>\nfloat f(float x) { return sqrtf(x); }\n", encoding="ascii")
        command = [compiler, *FLAGS, "-shared", str(source), "-o", str(Path(folder) / "try.so")]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False


def needs_compiler() -> bool:
    """Whether this system could have the library if it had a compiler."""
    if os.environ.get("SRCNN_TARGET"):
        return zig() is None
    return is_covered() and not os.environ.get("CC") and find_compiler() is None


def is_covered() -> bool:
    """Whether there is a library for this processor and this Python."""
    return platform.machine().lower() in MACHINES and sys.maxsize > 2**32


def zig() -> list[str] | None:
    """The command of the ``ziglang`` package, a C compiler for many systems."""
    # Its checks of undefined behaviour are for programs that bring its runtime.
    found = importlib.util.find_spec("ziglang")
    return [sys.executable, "-m", "ziglang", "cc", "-fno-sanitize=all"] if found else None


def compile_library(compiler: list[str], machine: str, target: Path) -> None:
    """Compile the library.

    Args:
        compiler: its command.
        machine: processor, as in `LEVELS`.
        target: the file to write.

    Raises:
        OSError: a compiler that does not run.
        subprocess.CalledProcessError: one that fails; its ``stderr`` says why.
    """
    source = SOURCES / "csrc"
    with tempfile.TemporaryDirectory() as folder:
        objects = []
        for level, flags in LEVELS[machine].items():
            objects.append(str(Path(folder) / f"{level}.o"))
            command = [*compiler, *FLAGS, *flags, f"-DSRCNN_LEVEL={level}", "-c", str(source / "network.c")]
            subprocess.run([*command, "-o", objects[-1]], check=True, capture_output=True, text=True)
        library = Path(folder) / target.name
        command = [*compiler, *FLAGS, "-shared", str(source / "dispatch.c"), *objects, "-o", str(library)]
        # -s: names of inner functions are of no use to those who install.
        command += {".so": ["-lm", "-s"], ".dylib": ["-lm"], ".dll": ["-s"]}[target.suffix]
        subprocess.run(command, check=True, capture_output=True, text=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into its place: a process that has the former one loaded keeps it.
        aside = target.with_name(f"{target.name}.{os.getpid()}.new")
        try:
            shutil.copyfile(library, aside)
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
        # Looked at before it is loaded: a file cut short ends the process that loads it.
        digest = hashlib.sha256(library.read_bytes()).hexdigest()
        target.with_name(target.name + ".sha256").write_text(digest + "\n", encoding="ascii")


def build_library(folder: Path) -> tuple[Path, str] | str:
    """The library for this system, or the one that ``SRCNN_TARGET`` names.

    Returns:
        Its path in ``folder`` and the wheel's platform, or why there is none.
    """
    wanted = os.environ.get("SRCNN_TARGET")
    if wanted:
        if wanted not in TARGETS:
            raise SystemExit(f"expected SRCNN_TARGET of {', '.join(TARGETS)}, got {wanted!r}")
        compiler, (name, tag, file_name) = zig(), TARGETS[wanted]
        if compiler is None:
            raise SystemExit("ziglang not found; it compiles for other systems: pip install ziglang")
        compiler, machine = [*compiler, "-target", name], wanted.partition("-")[0]
    else:
        if not is_covered():
            return f"there is none for {platform.machine()}"
        compiler, machine = find_compiler(), MACHINES[platform.machine().lower()]
        tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        file_name = {"win32": "convolution.dll", "darwin": "libconvolution.dylib"}.get(
            sys.platform, "libconvolution.so"
        )
        if compiler is None:
            return "no C compiler was found"
    try:
        compile_library(compiler, machine, folder / file_name)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        if wanted:
            raise SystemExit("\n".join(said)) from error
        # A library in use cannot be replaced on Windows, for one: no fault of the compiler.
        who = compiler[0] if isinstance(error, subprocess.CalledProcessError) else "the build"
        return f"{who} failed: {said[0] if said else 'it said nothing'}"
    return folder / file_name, tag


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script, where hatchling need not be
    BuildHookInterface = object  # type: ignore[assignment, misc]


class NativeBuildHook(BuildHookInterface):  # type: ignore[type-arg, valid-type]
    """What hatchling runs before it makes a wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling: a compiler, where there is none."""
        return ["ziglang>=0.13"] if needs_compiler() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the library into the wheel, or beside its source for an editable install."""
        editable = version == "editable"
        self._folder = None if editable else tempfile.mkdtemp()
        result = build_library(SOURCES if editable else Path(str(self._folder)))
        if isinstance(result, str):
            self.app.display_warning(
                f"srcnn without its native engine: {result}. The slow NumPy engine serves instead; "
                "for a faster one: pip install 'srcnn[onnx]'"
            )
            return
        path, tag = result
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{tag}"
        if not editable:
            for name in (path.name, f"{path.name}.sha256"):
                build_data["force_include"][str(path.with_name(name))] = f"srcnn/engines/native/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


if __name__ == "__main__":
    outcome = build_library(SOURCES)
    if isinstance(outcome, str):
        raise SystemExit(outcome)
    print(outcome[0].name)
