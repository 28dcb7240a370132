"""A folder of small pictures through ``srcnn upscale``: the native engine beside onnxruntime's, turn by turn.

Each turn is a process of its own that reads all pictures and writes them larger, as PNG; with one process and
all threads, and with as many processes as cores and one thread each. A ratio is made of two turns of one
round. Modules are compiled in the first turn, which is one of the native engine with one process.

    python benchmarks/upscale_folder.py [--pictures 200] [--side 256] [--rounds 3] [--model 9-5-5] [--json]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from upscale_cold import compiling_into, picture, run_once

from srcnn.files import Picture, write_picture
from srcnn.system import processor, usable_cores
from srcnn.text_table import markdown_table

ENGINES = ("native", "onnxruntime")


def make_pictures(folder: Path, count: int, side: int) -> None:
    """Parts of a large picture, each from another place."""
    whole = picture(3 * side)
    rng = np.random.default_rng(0)
    for number in range(count):
        top, left = rng.integers(0, 2 * side, 2)
        part = np.ascontiguousarray(whole[top : top + side, left : left + side])
        write_picture(Picture(part), folder / f"{number:04}.png")


def measure(folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each engine and number of processes."""
    command = [sys.executable, "-m", "srcnn", "upscale", str(folder / "in"), "-o", str(folder / "out")]
    command += ["--overwrite", "--scale", str(options.scale), "--model", options.model]
    ways = {
        (engine, workers): [*command, "--engine", engine, "--workers", str(workers)]
        for workers in sorted({1, usable_cores()})
        for engine in ENGINES
    }
    environment = compiling_into(str(folder / "compiled"))
    seconds: dict[tuple[str, int], list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(options.rounds):
        for way, command in ways.items():
            wall, used, _ = run_once(command, environment)
            seconds[way].append((wall, used))
    rows = []
    for (engine, workers), found in seconds.items():
        ratios = sorted(a[0] / b[0] for a, b in zip(found, seconds["native", workers], strict=True))
        rows.append(
            {
                "engine": engine,
                "workers": workers,
                "wall": statistics.median(wall for wall, _ in found),
                "processor": statistics.median(used for _, used in found),
                "times_native": {"median": statistics.median(ratios), "least": ratios[0], "most": ratios[-1]},
            }
        )
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """A Markdown table."""
    cells = [
        [
            row["engine"],
            str(row["workers"]),
            f"{row['wall']:.1f}",
            f"{row['processor']:.1f}",
            "{median:.2f} ({least:.2f} to {most:.2f})".format(**row["times_native"]),
        ]
        for row in rows
    ]
    return markdown_table(["engine", "processes", "wall s", "processor s", "times native"], cells, words=(0,))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--model", default="9-5-5")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        make_pictures(folder / "in", options.pictures, options.side)
        rows = measure(folder, options)
    record = {
        "command": " ".join(["python", *sys.argv]),
        "what": f"{options.pictures} pictures of {options.side}x{options.side}, x{options.scale}, PNG",
        "machine": f"{processor()}, {os.cpu_count()} cores",
        "rows": rows,
    }
    print(json.dumps(record, indent=2) if options.json else table(rows))


if __name__ == "__main__":
    main()
