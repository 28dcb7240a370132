"""Memory that is kept, measured by the page faults of a fresh process, and signals."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from srcnn.training.process import interruptible, keep_freed_memory

CODE = """
import resource, sys
from srcnn.training.process import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
block = 16 * 2**20
b"x" * block
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    b"x" * block
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _glibc() -> bool:
    return "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", {})


@pytest.mark.skipif(not _glibc(), reason="needs glibc")
def test_the_same_size_again_costs_no_new_pages() -> None:
    # Settings of the caller's own would decide instead.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    faults = {}
    for way in ("plain", "kept"):
        command = [sys.executable, "-c", CODE, way]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        faults[way] = int(done.stdout)
    assert faults["kept"] < faults["plain"] / 10


@pytest.mark.parametrize("missing", ["confstr", "the name", "the function"])
def test_without_glibc_nothing_happens(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: object) -> str:
        raise ValueError("unrecognized configuration name")

    cases: dict[str, Callable[[], None]] = {
        "confstr": lambda: monkeypatch.delattr(os, "confstr", raising=False),
        "the name": lambda: monkeypatch.setattr(os, "confstr", unknown, raising=False),
        "the function": lambda: monkeypatch.setattr(ctypes, "CDLL", lambda name: object()),
    }
    cases[missing]()
    assert not keep_freed_memory()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_unless_it_is_ignored(number: signal.Signals) -> None:
    # A shell's `command &` in a script ignores SIGINT: Ctrl-C on what runs in front is not for it.
    before = signal.getsignal(number)
    try:
        for handler, noted in ((signal.default_int_handler, number), (signal.SIG_IGN, 0)):
            signal.signal(number, handler)
            with interruptible() as interrupted:
                signal.raise_signal(number)
                assert interrupted() == noted
            assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)
