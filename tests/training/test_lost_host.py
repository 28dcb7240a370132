"""Training on two hosts, here two agents of torchrun with gloo: one is lost, and the run resumes."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from srcnn.training.run_folder import RunFolder
from srcnn.weights import load_weights

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the workers of an agent with ps of Linux"),
]

RECIPE = """
name = "shared"
description = "one batch for two hosts"
[network]
architecture = "3-1-3"
widths = [6, 4]
residual = true
[data]
train = ["Tiny"]
scale = 2
size = 16
hold_out = 3
[optimiser]
name = "sgd"
rate = 1e-3
[run]
steps = 2000
batch = 4
validate_every = 20
"""


def start_hosts(arguments: list[str]) -> list[subprocess.Popen[str]]:
    """The command of the how-to, once for each of two hosts that meet at a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nnodes=2", "--nproc-per-node=1"]
    launcher += ["--master-addr=127.0.0.1", f"--master-port={port}"]
    command = ["-m", "srcnn", "train", *arguments, "--threads", "1"]
    return [
        subprocess.Popen(
            [*launcher, f"--node-rank={rank}", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]


def kill_all_of(host: subprocess.Popen[str]) -> None:
    """End an agent of torchrun and its workers, which are in sessions of their own."""
    line = ["ps", "-o", "pid=", "--ppid", str(host.pid)]
    children = subprocess.run(line, capture_output=True, text=True, check=False).stdout.split()
    for pid in [host.pid, *map(int, children)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end_all(hosts: list[subprocess.Popen[str]]) -> None:
    for host in hosts:
        if host.poll() is None:
            kill_all_of(host)
        host.wait()


def test_a_run_that_loses_a_host_resumes_from_its_checkpoint(tiny_sets: Path, tmp_path: Path) -> None:
    recipe, out = tmp_path / "shared.toml", tmp_path / "run"
    recipe.write_text(RECIPE)
    hosts = start_hosts([str(recipe), "--out", str(out), "--data", str(tiny_sets)])
    until = time.monotonic() + 120
    try:
        while not RunFolder(out).checkpoint.exists():
            assert time.monotonic() < until, hosts[0].communicate()[0]
            assert hosts[0].poll() is None, hosts[0].communicate()[0]
            time.sleep(0.02)  # the run must not end before its host is lost
        kill_all_of(hosts[1])
        hosts[0].wait(timeout=120)
        assert hosts[0].returncode != 0
    finally:
        end_all(hosts)
    before = len(RunFolder(out).rows())
    assert 0 < before < 100
    hosts = start_hosts(["--resume", str(out), "--data", str(tiny_sets)])
    try:
        outputs = [host.communicate(timeout=300)[0] for host in hosts]
        assert [host.returncode for host in hosts] == [0, 0], outputs[0][-2000:]
    finally:
        end_all(hosts)
    steps = [row["step"] for row in RunFolder(out).rows()]
    assert steps == sorted(set(steps))
    assert steps[-1] == 2000
    assert load_weights(RunFolder(out).weights).architecture.name
