"""The compiled library: where it lies, whether it loads, and what its functions take."""

import ctypes
import functools
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from srcnn.engines.native.layer_plan import MAX_LAYERS

VERSION = 1
"""Of the functions and structures; a library of another version is not used."""
LEVEL_VARIABLE = "SRCNN_NATIVE"
"""Environment variable: a level of instructions instead of the best, or ``off``."""
FILE_NAME = {"win32": "convolution.dll", "darwin": "libconvolution.dylib"}.get(
    sys.platform, "libconvolution.so"
)


class CLayer(ctypes.Structure):
    """``layer`` of ``csrc/network.h``."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("method", "kernel", "points", "pieces", "inputs", "outputs")),
        *((name, ctypes.c_int64) for name in ("border", "rectify")),
        ("weights", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
    )


class CJob(ctypes.Structure):
    """``job`` of ``csrc/network.h``."""

    _fields_ = (
        ("count", ctypes.c_int64),
        ("layers", CLayer * MAX_LAYERS),
        ("source", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("height", "width", "row_stride", "plane_stride")),
        ("result", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("out_height", "out_width", "origin_row", "origin_column")),
        *((name, ctypes.c_int64 * (MAX_LAYERS + 1)) for name in ("top", "bottom", "left", "right", "tiles")),
        ("tile_rows", ctypes.c_int64),
        ("workers", ctypes.c_int64),
        ("workspace", ctypes.c_void_p),
        ("ranges", ctypes.c_void_p),
        ("stop", ctypes.c_void_p),
    )
    memory: tuple[object, ...] = ()
    """What the addresses lead to, but for the weights."""


@dataclass(frozen=True)
class Level:
    """A set of instructions that the library was compiled for and this processor has.

    Attributes:
        name: ``avx512``, ``avx2``, ``neon`` or ``portable``.
        number: what the library calls it.
        functions: of the library.
    """

    name: str
    number: int
    functions: ctypes.CDLL


def choose_level(name: str | None = None) -> Level | str:
    """The instructions to use, or why there are none, in words.

    Args:
        name: a level; by default what `LEVEL_VARIABLE` says, and the best where it says nothing.
    """
    name = name or os.environ.get(LEVEL_VARIABLE) or None
    if name == "off":
        return f"turned off by {LEVEL_VARIABLE}"
    levels = load_library()
    if isinstance(levels, str):
        return levels
    for level in levels:
        if name in (None, level.name):
            return level
    return f"no instructions named {name} on this processor, but {', '.join(level.name for level in levels)}"


def is_fast() -> bool:
    """Whether the engine runs and is faster than others; the portable level is there to be tested."""
    level = choose_level()
    return not isinstance(level, str) and level.name != "portable"


@functools.cache
def load_library(path: Path | None = None) -> tuple[Level, ...] | str:
    """The levels that run here, the best first, of the library beside this file; or why there are none."""
    path = path or Path(__file__).with_name(FILE_NAME)
    if not path.is_file():
        return "not compiled, for want of a C compiler when the package was built"
    if ctypes.sizeof(ctypes.c_void_p) != 8:
        return "made for 64-bit Python"
    try:
        # A file that was cut short would not be refused by the system but end the process.
        if (
            hashlib.sha256(path.read_bytes()).hexdigest()
            != path.with_name(path.name + ".sha256").read_text().strip()
        ):
            return "its library is damaged; install srcnn again: pip install --force-reinstall srcnn"
        functions = ctypes.CDLL(os.fspath(path))
        functions.srcnn_version.restype = ctypes.c_int64
        if functions.srcnn_version() != VERSION:
            return "its library is of another version; install srcnn again"
        functions.srcnn_levels.restype = ctypes.c_int64
        functions.srcnn_level_name.argtypes = [ctypes.c_int64]
        functions.srcnn_level_name.restype = ctypes.c_char_p
        functions.srcnn_level_runs.argtypes = [ctypes.c_int64]
        functions.srcnn_level_runs.restype = ctypes.c_int64
        functions.srcnn_workspace_floats.argtypes = [ctypes.c_int64, ctypes.POINTER(CJob)]
        functions.srcnn_workspace_floats.restype = ctypes.c_int64
        functions.srcnn_work.argtypes = [ctypes.c_int64, ctypes.POINTER(CJob), ctypes.c_int64]
        functions.srcnn_work.restype = None
    except (OSError, AttributeError) as error:
        said = " ".join(str(error).split()).replace(f"{path.parent}{os.sep}", "")  # doctor names no folder
        return f"its library does not load: {said}"
    return tuple(
        Level(functions.srcnn_level_name(number).decode(), number, functions)
        for number in range(functions.srcnn_levels())
        if functions.srcnn_level_runs(number)
    )
