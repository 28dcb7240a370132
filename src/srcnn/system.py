"""The machine: its memory, and pictures that it cannot hold; its processor, instructions and cores.

In a container the machine's memory and cores are not what a process gets: control groups (cgroup v1 and v2)
limit both, and a process that takes more memory is killed.
"""

import math
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.errors import ImageError
from srcnn.types import Array

Empty = Callable[[tuple[int, ...], npt.DTypeLike], Array]
"""As ``np.empty``, wherever the array lies."""
_GUESS = 2**32
"""Bytes of memory taken for granted where the system does not say."""
_ROOT = Path("/")
"""Where ``proc`` and ``sys`` lie."""
_UNLIMITED = 2**60
"""Bytes from which on a limit of cgroup v1 is none: it is the largest number of whole pages."""


def physical_memory() -> int | None:
    """Bytes of memory that the machine has; None where the system does not say."""
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    return pages * size if pages > 0 and size > 0 else None


def memory_limit(root: Path = _ROOT) -> int | None:
    """Bytes of memory that the control groups of this process allow; None without a limit."""
    limits = [
        int(text)
        for group in _groups("memory", root)
        for name in ("memory.max", "memory.limit_in_bytes")
        if (text := _content(group / name)).isdecimal() and int(text) < _UNLIMITED
    ]
    return min(limits, default=None)


def core_limit(root: Path = _ROOT) -> float | None:
    """Cores that the CPU quota of the control groups of this process allows; None without a quota."""
    limits = []
    for group in _groups("cpu", root):
        words = _content(group / "cpu.max").split() or [
            _content(group / f"cpu.cfs_{name}_us") for name in ("quota", "period")
        ]
        # "max" and -1 stand for no quota.
        if len(words) == 2 and all(map(str.isdecimal, words)) and int(words[1]):
            limits.append(int(words[0]) / int(words[1]))
    return min(limits, default=None)


def usable_memory() -> int | None:
    """Bytes of memory that this process may use; None where the system does not say."""
    known = [size for size in (physical_memory(), memory_limit()) if size is not None]
    return min(known, default=None)


def memory_budget() -> int:
    """Bytes that pictures may take by default: a quarter of the memory that this process may use."""
    return (usable_memory() or _GUESS) // 4


def _groups(controller: str, root: Path) -> Iterator[Path]:
    """Folders of the control groups that this process is in and that may hold limits, up to the topmost."""
    top = root / "sys/fs/cgroup"
    for line in _content(root / "proc/self/cgroup").splitlines():
        number, controllers, path = (*line.split(":", 2), "", "")[:3]
        if number == "0" and not controllers:
            mounts = [top, top / "unified"]
        elif controller in controllers.split(","):
            mounts = [top / controllers, top / controller]
        else:
            continue
        # In a container the path may be the host's, which is not there: what is mounted is its own group.
        group = Path(path.lstrip("/"))
        for mount in mounts:
            yield from (mount / part for part in (group, *group.parents))


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


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
        ImageError: more than this process may use, or more than the system gives.
    """
    available = usable_memory()
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
    """Cores that this process may use: those it may run on, and no more than its CPU quota, rounded up."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = core_limit()
    return cores if limit is None else max(1, min(cores, math.ceil(limit)))
