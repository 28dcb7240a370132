"""Build what is published: the sdist, and a wheel for each system with the native engine's library in it.

Usage: python tools/wheels.py [--out dist] [SYSTEM ...]

One machine builds all, with the package ``ziglang`` as the compiler; it needs ``hatchling`` and
``hatch-fancy-pypi-readme`` too. Systems are those of ``TARGETS`` in ``hatch_build.py``, all by default. Every
library is looked at: its file format, processor and functions, its digest, and what it asks of the system.
There is no wheel without a library: where none fits, pip builds the sdist, and gets a compiler if it must.
"""

import argparse
import hashlib
import os
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from hatch_build import SOURCES, TARGETS  # noqa: E402

FOLDER = "srcnn/engines/native"
OLDEST_GLIBC = (2, 17)
_MACHINES = {
    "linux": {"x86_64": 62, "aarch64": 183},
    "macos": {"x86_64": 0x01000007, "aarch64": 0x0100000C},
    "windows": {"x86_64": 0x8664, "aarch64": 0xAA64},
}
"""The processor as headers of ELF, Mach-O and PE name it."""
_SIGNATURE = 0x1D
"""Mach-O's load command of a code signature; Apple's processors run nothing without one."""


def build(out: Path, target: str, system: str | None = None) -> Path:
    """An sdist, or the wheel of a system.

    Raises:
        subprocess.CalledProcessError: it cannot be built.
    """
    out.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, **({} if system is None else {"SRCNN_TARGET": system})}
    with tempfile.TemporaryDirectory(dir=out) as folder:
        command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", folder]
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        (made,) = Path(folder).iterdir()
        return made.replace(out / made.name)


def faults(wheel: Path, system: str) -> list[str]:
    """What is wrong with the library of a wheel, a line each."""
    _, platform, name = TARGETS[system]
    found = []
    if not wheel.name.endswith(f"-py3-none-{platform}.whl"):
        found.append(f"expected a wheel for {platform}, got {wheel.name}")
    with zipfile.ZipFile(wheel) as archive:
        missing = {f"{FOLDER}/{name}", f"{FOLDER}/{name}.sha256"} - {*archive.namelist()}
        if missing:
            return [*found, f"{', '.join(sorted(missing))} not found"]
        library = archive.read(f"{FOLDER}/{name}")
        digest = archive.read(f"{FOLDER}/{name}.sha256").decode().strip()
    if hashlib.sha256(library).hexdigest() != digest:
        found.append("the digest beside the library is another's")
    return found + library_faults(library, system)


def library_faults(library: bytes, system: str) -> list[str]:
    """What is wrong with a library for a system, a line each."""
    processor, _, kind = system.partition("-")
    found = []
    machine, signed = _header(library, kind)
    if machine != _MACHINES[kind][processor]:
        return [f"expected a library of {system}, got another file"]
    if kind == "macos" and processor == "aarch64" and not signed:
        found.append("the library is not signed")
    functions = {name.encode() for name in re.findall(r"PUBLIC .*?(srcnn_\w+)\(", _source())}
    absent = sorted(name.decode() for name in functions if name + b"\0" not in library)
    if absent or not functions:
        found.append(f"no function {', '.join(absent)}")
    versions = [(int(a), int(b)) for a, b in re.findall(rb"GLIBC_(\d+)\.(\d+)", library)]
    if max(versions, default=OLDEST_GLIBC) > OLDEST_GLIBC:
        found.append(f"needs glibc {'.'.join(map(str, max(versions)))}")
    if os.fsencode(ROOT) in library:
        found.append("the library names the folder in which it was built")
    return found


def _source() -> str:
    return (SOURCES / "csrc" / "dispatch.c").read_text(encoding="utf-8")


def _header(library: bytes, kind: str) -> tuple[int, bool]:
    """The processor that a library's header names, 0 if it is of another kind; and a Mach-O's signature."""
    if kind == "linux" and library[:5] == b"\x7fELF\x02":
        return struct.unpack_from("<H", library, 18)[0], False
    if kind == "windows" and library[:2] == b"MZ":
        (start,) = struct.unpack_from("<I", library, 60)
        if library[start : start + 4] == b"PE\0\0":
            return struct.unpack_from("<H", library, start + 4)[0], False
    if kind == "macos" and library[:4] == b"\xcf\xfa\xed\xfe":
        machine, count = struct.unpack_from("<I8xI", library, 4)
        commands, at = set(), 32
        for _ in range(count):
            command, size = struct.unpack_from("<II", library, at)
            commands.add(command)
            at += size
        return machine, _SIGNATURE in commands
    return 0, False


def main() -> int:
    """Build, look, and print a line for each file; 1 if one is not what it should be."""
    parser = argparse.ArgumentParser(description="Build the sdist and the wheels.")
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=f"of {', '.join(TARGETS)} [all]")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder to write into [dist]")
    arguments = parser.parse_args()
    unknown = {*arguments.systems} - {*TARGETS}
    if unknown:
        parser.error(f"expected systems of {', '.join(TARGETS)}, got {', '.join(sorted(unknown))}")
    out, failed = arguments.out.resolve(), False
    try:
        sdist = build(out, "sdist")
        print(f"{sdist.name}  {sdist.stat().st_size:,} bytes", flush=True)
        for system in arguments.systems or TARGETS:
            wheel = build(out, "wheel", system)
            found = faults(wheel, system)
            failed = failed or bool(found)
            print(f"{wheel.name}  {wheel.stat().st_size:,} bytes  {'; '.join(found) or 'sound'}", flush=True)
    except subprocess.CalledProcessError as error:
        print(error.stderr, end="", file=sys.stderr)
        return 1
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
