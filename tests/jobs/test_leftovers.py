"""Half files of killed processes go, those of living ones stay."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from srcnn import atomic
from srcnn.atomic import remove_leftovers, written_aside
from srcnn.files import Picture, write_picture
from srcnn.jobs import Request, UpscaleOptions, run_files
from srcnn.weights import save_weights

HALF = ".srcnn-0123456789abcdef.png"
DAYS = 2 * 24 * 3600


def make_old(path: Path) -> None:
    then = time.time() - DAYS
    os.utime(path, (then, then))


def test_what_this_process_writes_survives_a_resumed_run(tmp_path: Path, tiny_weights):
    pytest.importorskip("fcntl")
    save_weights(tiny_weights(), tmp_path / "tiny.safetensors")
    (tmp_path / "in").mkdir()
    write_picture(Picture(np.zeros((5, 6), np.uint8)), tmp_path / "in" / "a.png")
    out = tmp_path / "out"
    out.mkdir()
    with written_aside(out / "big.png") as aside:
        aside.write_bytes(b"half")
        outcome = run_files(
            Request([tmp_path / "in"], out, resume=True), UpscaleOptions(model=tmp_path / "tiny.safetensors")
        )
        assert outcome.count("done") == 1
        assert aside.exists()
    assert (out / "big.png").read_bytes() == b"half"


def test_what_a_killed_process_wrote_goes_at_once(tmp_path: Path):
    pytest.importorskip("fcntl")
    script = (
        "import sys, time; from pathlib import Path; from srcnn.atomic import written_aside\n"
        "with written_aside(Path(sys.argv[1]) / 'a.png') as aside:\n"
        "    aside.write_bytes(b'half'); print('ready', flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            remove_leftovers(tmp_path)
            left = list(tmp_path.iterdir())
        finally:
            process.kill()
    assert len(left) == 1
    remove_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())


def test_while_somebody_writes_only_old_half_files_go(tmp_path: Path):
    pytest.importorskip("fcntl")
    (tmp_path / HALF).write_bytes(b"half")
    with written_aside(tmp_path / "a.png") as aside:
        aside.touch()
        remove_leftovers(tmp_path)
        assert (tmp_path / HALF).exists()
        make_old(tmp_path / HALF)
        remove_leftovers(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [aside.name]


def test_without_locks_only_old_half_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    (tmp_path / HALF).write_bytes(b"half")
    atomic.write_bytes(b"whole", tmp_path / "a.png")
    remove_leftovers(tmp_path)
    assert (tmp_path / HALF).exists()
    make_old(tmp_path / HALF)
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_what_is_begun_while_leftovers_are_removed_is_locked_too(tmp_path: Path):
    fcntl = pytest.importorskip("fcntl")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    timer = threading.Timer(0.1, os.close, [descriptor])  # which ends the lock
    timer.start()
    with written_aside(tmp_path / "a.png") as aside:
        aside.touch()
        remove_leftovers(tmp_path)
        assert aside.exists()
    timer.join()
