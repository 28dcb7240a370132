"""Standard streams that are missing, closed or full: reports stop there, the work does not.

A service, ``pythonw`` or a shell with ``>&-`` starts a process without them. Files that it opens would get
their numbers, and what a library prints would be written into a picture.
"""

import io
import os
import sys
from collections.abc import Iterable
from typing import TextIO

from srcnn.errors import reason


def open_missing_streams() -> None:
    """Open the null device for each of standard input, output and error that the process lacks."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is given out, which is this one; worker processes inherit it.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115, PTH123


class ReportStream(io.TextIOBase):
    """Standard output or error whose writes never fail: after the first ``failure`` the rest is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    @property
    def buffer(self) -> io.BufferedIOBase:
        """Takes bytes, such as a picture's; its errors are raised."""
        return self._stream.buffer  # type: ignore[return-value]

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of the stream."""
        return self._stream.encoding

    def write(self, text: str, /) -> int:
        """Write, or drop the text."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._discard(error)
        return len(text)

    def writelines(self, lines: Iterable[str], /) -> None:  # type: ignore[override]
        """`write` of each."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write out what is buffered, or drop it."""
        try:
            self._stream.flush()
        except OSError as error:
            self._discard(error)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """The stream's descriptor."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """True."""
        return True

    def _discard(self, error: OSError) -> None:
        """Let all that follows, what is buffered included, go to the null device."""
        self.failure = self.failure or error
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, self._stream.fileno())
        os.close(null)


def guard_reports() -> None:
    """Make ``sys.stdout`` and ``sys.stderr`` a `ReportStream` each."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            # A file name may hold bytes that are no text; printing it must not fail.
            stream.reconfigure(errors="backslashreplace")
            setattr(sys, name, ReportStream(stream))


def report_failure() -> str | None:
    """What went wrong with standard output until now, in words; None if nothing did."""
    sys.stdout.flush()
    failure = getattr(sys.stdout, "failure", None)
    return None if failure is None else f"cannot write to standard output: {reason(failure)}"
