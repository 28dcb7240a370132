"""The process that trains: Ctrl-C, the memory it frees, and the others that ``torchrun`` starts beside it."""

import ctypes
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruptible() -> Iterator[Callable[[], int]]:
    """Within the block SIGINT and SIGTERM only set what the yielded function returns: their number, else 0.

    Training finishes its step then, writes a checkpoint, and stops.

    A second signal acts at once, as it would outside. One that is ignored, as shells do for what runs in the
    background, stays so; and outside the main thread, where Python allows no handlers, both are left as they
    are.
    """
    asked = 0
    if threading.current_thread() is not threading.main_thread():
        yield lambda: 0
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before = {number: handler for number, handler in handlers.items() if handler is not signal.SIG_IGN}

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = number
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, note)
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Of glibc's malloc.h; see mallopt(3).
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_LARGEST = 2**31 - 1
_AHEAD = 64 * 2**20
"""Bytes by which the heap grows beyond what is asked for."""


def keep_freed_memory() -> bool:
    """Let this process keep what it frees, from now on, instead of giving it back to the system.

    Every step allocates and frees the same large arrays. By default glibc takes each of them fresh from the
    kernel, which fills it with zeros page by page; kept, they cost nothing and no bit of a result changes.

    Returns:
        Whether it was done: False, and nothing changes, where there is no glibc.
    """
    try:
        if not os.confstr("CS_GNU_LIBC_VERSION"):
            return False
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, ValueError, OSError):  # no confstr, no such name, no such function
        return False
    settings = {_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: _LARGEST, _M_TOP_PAD: _AHEAD}
    return all(mallopt(ctypes.c_int(key), ctypes.c_int(value)) for key, value in settings.items())


def local_processes() -> int:
    """Processes of this training on this machine, as ``torchrun`` says; 1 without it."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def machines() -> int:
    """Machines of this training, each with as many processes, as ``torchrun`` says; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1")) // local_processes()


def leads() -> bool:
    """Whether this is the process that writes and prints."""
    return os.environ.get("RANK", "0") == "0"
