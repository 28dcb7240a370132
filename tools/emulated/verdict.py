"""What the emulated program found, from the lines that it wrote."""

from collections import Counter
from typing import Any

BEST = {"none": "portable", "x87": "portable", "sse": "portable", "avx": "avx2", "avx512": "avx512"}
"""Registers that the system keeps to the level that the library must take."""


def judge(lines: list[str], sizes: list[int]) -> dict[str, Any]:
    """What the program found.

    Args:
        lines: that it wrote.
        sizes: floats of each job's result, of the one with a wrong bit too.

    Returns:
        What goes into the record; ``faults`` is empty if all is well.
    """
    found: dict[str, Any] = {"emulated": "", "best": {}, "floats": Counter(), "faults": []}
    results: dict[str, list[list[str]]] = {}
    for line in lines:
        name, _, rest = line.partition(" ")
        if name == "processor":
            found["emulated"] = rest.strip()
        elif name == "registers":
            kept, _, level = rest.split()
            found["best"][kept] = level
        elif name == "level":
            level, *words = rest.split()
            results.setdefault(level, []).append(words)
    if lines[-1:] != ["end"]:
        found["faults"].append(f"the program stopped after: {lines[-1] if lines else 'nothing'}")
    if found["best"] != BEST:
        found["faults"].append(f"expected the levels {BEST}, got {found['best']}")
    for level in ("avx512", "avx2"):
        expected = [["floats", str(size), "differing", "0"] for size in sizes]
        expected[-1][-1] = "1"
        given = results.get(level, [])
        if len(given) != len(expected):
            found["faults"].append(f"{level}: expected {len(expected)} results, got {len(given)}")
        for number, (line, right) in enumerate(zip(given, expected, strict=False)):
            if line != right:
                found["faults"].append(f"{level}, job {number}: expected {right}, got {line}")
        found["floats"][level] = sum(int(words[1]) for words in given[: len(sizes) - 1])
    return found
