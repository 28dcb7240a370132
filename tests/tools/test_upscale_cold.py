"""benchmarks/upscale_cold.py: what it says of a process is that process's."""

import os
import sys

import numpy as np
import pytest

from benchmarks.upscale_cold import run_once


def test_the_peak_of_a_process_is_not_that_of_the_benchmark() -> None:
    held = np.ones(400 * 2**17)  # 400 MiB
    bare = run_once([sys.executable, "-I", "-S", "-c", "print()"], dict(os.environ))[2]
    large = run_once([sys.executable, "-c", "len(b'1' * 2**27)"], dict(os.environ))[2]
    assert held.nbytes == 400 * 2**20
    assert 2 < bare < 100
    assert 128 < large < 300


def test_a_process_that_fails_is_no_result() -> None:
    with pytest.raises(SystemExit, match="got exit status 3"):
        run_once([sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
