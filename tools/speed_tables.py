"""Tables of exactness and speed, from ``records/benchmarks``."""

import json
from collections.abc import Callable
from typing import Any

from recording import RECORDS, engine_sources, table


def _record(name: str) -> dict[str, Any]:
    path = RECORDS / "benchmarks" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def exactness() -> str:
    """The largest difference from float64 of each network: on pictures, and on planes made to be hard."""
    rows = []
    for row in _record("exactness")["rows"]:
        hardest = max(row["hard"], key=row["hard"].get)
        levels = [*row["sets"].values(), row["hard"][hardest]]
        rows.append([row["name"], *(f"{value:.4f}" for value in levels), hardest])
    sets = list(_record("exactness")["every"])
    return table(["network", *sets, "hard planes", "the hardest"], rows)


def emulated_avx512() -> str:
    """The bits of AVX-512 in an emulated processor, beside those of this machine's levels."""
    rows = []
    for name in ("avx512", "avx512_zig"):
        record = _record(name)
        counts, floats = record["counts"], record["floats"]["avx512"]
        differing = "none" if not record["faults"] else "; ".join(record["faults"])
        sources = "" if record["sources"] == engine_sources() else ", former sources"
        rows.append([record["compiler"] + sources, f"{counts['jobs']:,}", f"{floats:,}", differing])
    return table(["compiler", "networks on windows", "floats compared", "that differ"], rows)


def cold_start() -> str:
    """``srcnn upscale`` from cold beside bicubic and torch."""
    rows = [
        [
            row["name"],
            f"{row['wall']:.2f}",
            f"{row['processor']:.2f}",
            f"{row['peak']:.0f}",
            f"{row['times_bicubic']:.2f}",
        ]
        for row in _record("upscale_cold")["rows"]
    ]
    return table(["process", "seconds", "processor seconds", "peak MiB", "times bicubic"], rows)


def two_threads() -> str:
    """What a second thread gives, and what a second process gives."""
    rows = []
    for row in _record("two_threads")["rows"]:
        cells = (
            "{median:.2f} ({lower:.2f} to {upper:.2f})".format(**ratio) for ratio in row["times_one"].values()
        )
        rows.append([row["model"], *cells])
    return table(["network", "two threads", "two processes of one thread"], rows)


def small_pictures() -> str:
    """A folder of small pictures by engine and number of processes."""
    rows = [
        [
            row["engine"],
            str(row["workers"]),
            f"{row['wall']:.1f}",
            f"{row['processor']:.1f}",
            f"{row['times_native']['median']:.2f}",
        ]
        for row in _record("upscale_folder")["rows"]
    ]
    return table(["engine", "processes", "seconds", "processor seconds", "times native"], rows)


SPEED_TABLES: dict[str, Callable[[], str]] = {
    "exactness": exactness,
    "emulated_avx512": emulated_avx512,
    "cold_start": cold_start,
    "small_pictures": small_pictures,
    "two_threads": two_threads,
}
