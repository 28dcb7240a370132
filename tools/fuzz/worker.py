"""A warm process that reads broken files one after another and writes what it could read."""

import resource
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from srcnn.errors import SrcnnError
from srcnn.files import jpeg_quality, read_picture, write_picture

MEMORY = 8 * 2**30
SECONDS = 10
"""Processor time for a file; the system ends a process that takes more."""


Judge = Callable[[Path, Path], tuple[str, str]]
"""Takes a broken file and a folder to write to; gives the outcome and why."""


def serve(channel: Connection, folder: Path, judge: Judge) -> None:
    """Answer each path with (outcome, detail, largest resident memory in MiB) until the channel closes."""
    # So that what asks for all memory fails here and does not bring the machine down.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        try:
            path = channel.recv()
        except EOFError:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        end = int(used.ru_utime + used.ru_stime) + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (end, resource.RLIM_INFINITY))
        outcome, detail = judge(path, folder)
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit // 2**20
        channel.send((outcome, detail, peak))


def judge_picture(path: Path, folder: Path) -> tuple[str, str]:
    """The outcome for a picture, and why."""
    output = folder / "out.png"
    output.unlink(missing_ok=True)
    try:
        jpeg_quality(path)
    except SrcnnError as error:
        if "\n" in str(error):
            return "finding", f"an error of several lines: {error!r}"
    except Exception:
        return "finding", traceback.format_exc()
    try:
        picture = read_picture(path)
    except SrcnnError as error:
        if "\n" in str(error) or str(path) not in str(error):
            return "finding", f"an error of several lines or without the name: {error!r}"
        return "refused", str(error).replace(str(path), "...")
    except Exception:
        return "finding", traceback.format_exc()
    try:
        write_picture(picture, output)
    except SrcnnError as error:
        return "finding", f"read, but not written: {error}"
    except Exception:
        return "finding", traceback.format_exc()
    return _compared(picture.pixels.shape, output)


def _compared(shape: tuple[int, ...], output: Path) -> tuple[str, str]:
    try:
        written = read_picture(output)
    except SrcnnError as error:
        return "finding", f"an output that is not whole: {error}"
    if written.pixels.shape != shape:
        return "finding", f"an output of {written.pixels.shape} for {shape}"
    return "read", ""
