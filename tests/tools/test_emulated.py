"""tools/emulated: a bit that differs, a result that is missing and a program that stops are faults."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

SIZES = [3, 5, 5]
"""Floats of two jobs, and of the last again, in which one bit is wrong."""


@pytest.fixture
def verdict(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "tools" / "emulated")
    return importlib.import_module("verdict")


def lines_of(verdict: ModuleType) -> list[str]:
    lines = [
        "processor Some Core",
        *(f"registers {kept} best {level}" for kept, level in verdict.BEST.items()),
    ]
    for level in ("avx512", "avx2"):
        wrong = (0, 0, 1)
        lines += [
            f"level {level} floats {size} differing {count}" for size, count in zip(SIZES, wrong, strict=True)
        ]
    return [*lines, "end"]


def test_equal_bits_are_no_fault(verdict: ModuleType) -> None:
    found = verdict.judge(lines_of(verdict), SIZES)
    assert found["faults"] == []
    assert found["emulated"] == "Some Core"
    assert found["floats"] == {"avx512": 8, "avx2": 8}


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("level avx512 floats 5 differing 0", "level avx512 floats 5 differing 2", "avx512, job 1: expected"),
        ("level avx2 floats 5 differing 1", "level avx2 floats 5 differing 0", "avx2, job 2: expected"),
        (
            "level avx2 floats 3 differing 0",
            "level avx2 floats 3 differing 0 beyond",
            "avx2, job 0: expected",
        ),
        ("registers avx best avx2", "registers avx best avx512", "expected the levels"),
    ],
)
def test_what_differs_is_a_fault(verdict: ModuleType, before: str, after: str, fault: str) -> None:
    lines = lines_of(verdict)
    lines[lines.index(before)] = after
    (found,) = verdict.judge(lines, SIZES)["faults"]
    assert found.startswith(fault)


def test_a_program_that_stops_is_a_fault_and_counts_what_it_did(verdict: ModuleType) -> None:
    lines = lines_of(verdict)
    cut = lines[: lines.index("level avx2 floats 5 differing 0")]
    found = verdict.judge(cut, SIZES)
    assert found["faults"] == [
        "the program stopped after: level avx2 floats 3 differing 0",
        "avx2: expected 3 results, got 1",
    ]
    assert found["floats"] == {"avx512": 8, "avx2": 3}
    assert verdict.judge([], SIZES)["faults"][0] == "the program stopped after: nothing"
