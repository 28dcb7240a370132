"""The machine: its memory, and pictures that it cannot hold; its processor, instructions and cores."""

import os
import platform
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.errors import ImageError
from srcnn.types import Array

Empty = Callable[[tuple[int, ...], npt.DTypeLike], Array]
"""As ``np.empty``, wherever the array lies."""
_GUESS = 2**32
"""Bytes of memory taken for granted where the system does not say."""


def physical_memory() -> int | None:
    """Bytes of memory that the machine has; None where the system does not say."""
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return pages * size if pages > 0 and size > 0 else None


def memory_budget() -> int:
    """Bytes that pictures may take by default: a quarter of the machine's memory."""
    return (physical_memory() or _GUESS) // 4


def empty_picture(
    shape: tuple[int, ...],
    dtype: npt.DTypeLike,
    *,
    needed: int,
    advice: str,
    empty: Empty | None = None,
) -> Array:
    """``np.empty`` for a picture, with an error in one line.

    Systems give out more memory than there is and end the process that uses it; so that asking for an array
    is not enough to know that it fits.

    Args:
        shape: (H, W, ...) of the array.
        dtype: its dtype.
        needed: bytes of memory that will be held at once, this array among them if it is to lie there.
        advice: what to do where that is too much.
        empty: makes the array instead of ``np.empty``.

    Raises:
        ImageError: more than the machine has, or more than the system gives.
    """
    available = physical_memory()
    try:
        if available is None or needed <= available:
            return (empty or np.empty)(shape, dtype)
    except (MemoryError, ValueError):  # ValueError: more bytes than an address can count
        pass
    memory = "memory" if available is None else f"{gigabytes(available)} of memory"
    raise ImageError(
        f"expected a picture that fits into {memory}, got one of {shape[1]}x{shape[0]} pixels, "
        f"which needs {gigabytes(needed)}; {advice}"
    )


def gigabytes(size: int) -> str:
    """Bytes in words."""
    return f"{size / 1e9:,.1f} GB"


def processor() -> str:
    """The processor's name as it gives it, such as ``AMD EPYC 7763 64-Core Processor``."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def instructions() -> list[str]:
    """Names, as NumPy has them, of the vector instructions that the processor offers: ``X86_V3`` is AVX2."""
    # NumPy's annotation says None for every mode.
    found: dict[str, list[str]] = (np.show_config(mode="dicts") or {}).get("SIMD Extensions", {})  # type: ignore[attr-defined]
    return [*found.get("baseline", []), *found.get("found", [])]


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
