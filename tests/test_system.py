"""What control groups allow, in folders as Linux lays them out."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from srcnn import system
from srcnn.system import core_limit, memory_budget, memory_limit, usable_cores, usable_memory

V1 = "7:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n"
V1_UNLIMITED = "9223372036854771712"


def tree(root: Path, groups: str, files: Mapping[str, str]) -> Path:
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("groups", "files", "memory", "cores"),
    [
        # docker run --memory 400m --cpus 1.5 on cgroup v2: the container's group is the root it sees.
        ("0::/", {"memory.max": "419430400", "cpu.max": "150000 100000"}, 419430400, 1.5),
        ("0::/", {"memory.max": "max", "cpu.max": "max 100000"}, None, None),
        # A service of systemd below a slice with a lower limit.
        (
            "0::/system.slice/srcnn.service",
            {
                "system.slice/memory.max": "1000000000",
                "system.slice/srcnn.service/memory.max": "max",
                "system.slice/srcnn.service/cpu.max": "50000 100000",
            },
            1000000000,
            0.5,
        ),
        # cgroup v1 with the host's path, which a container does not see.
        (
            V1,
            {
                "memory/memory.limit_in_bytes": "419430400",
                "cpu,cpuacct/cpu.cfs_quota_us": "200000",
                "cpu,cpuacct/cpu.cfs_period_us": "100000",
            },
            419430400,
            2.0,
        ),
        # The same where each controller is mounted alone, and with a group of its own.
        (
            "7:memory:/job\n3:cpu:/job\n0::/",
            {
                "memory/memory.limit_in_bytes": V1_UNLIMITED,
                "memory/job/memory.limit_in_bytes": "2147483648",
                "cpu/cpu.cfs_quota_us": "-1",
                "cpu/cpu.cfs_period_us": "100000",
                "cpu/job/cpu.cfs_quota_us": "300000",
                "cpu/job/cpu.cfs_period_us": "100000",
            },
            2147483648,
            3.0,
        ),
        (V1, {"memory/memory.limit_in_bytes": V1_UNLIMITED, "cpu/cpu.cfs_quota_us": "-1"}, None, None),
        ("no control group", {"memory.max": "nonsense"}, None, None),
    ],
)
def test_limits_of_control_groups(
    tmp_path: Path, groups: str, files: Mapping[str, str], memory: int | None, cores: float | None
) -> None:
    root = tree(tmp_path, groups, {f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    assert memory_limit(root) == memory
    assert core_limit(root) == cores


def test_a_system_without_control_groups(tmp_path: Path) -> None:
    assert memory_limit(tmp_path) is None
    assert core_limit(tmp_path) is None


def test_limits_bound_what_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "physical_memory", lambda: 2**36)
    monkeypatch.setattr(system, "memory_limit", lambda: 400_000_000)
    assert usable_memory() == 400_000_000
    assert memory_budget() == 100_000_000
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    for quota, cores in ((0.3, 1), (1.5, 2), (4.0, 4), (100.0, 64), (None, 64)):
        monkeypatch.setattr(system, "core_limit", lambda quota=quota: quota)
        assert usable_cores() == cores
