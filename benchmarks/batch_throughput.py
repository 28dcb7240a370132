"""``srcnn batch`` beside ``srcnn upscale --workers 2``, two nodes beside one, and the driver over many names.

Pictures of 512x512 are enlarged twice by the command and by a Ray cluster of this machine, in turns, each
from its start to its end; the pace without Ray's start is given too. Then clusters of one node and of two,
one core each, do the same pictures, and so do one process and two without a cluster: what the second core
of this machine is worth. Last, the driver's memory is watched while many tiny pictures pass.

    python benchmarks/batch_throughput.py [--parts NAMES] [--pictures 200] [--rounds 3] [--record FILE]
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.atomic import write_bytes
from srcnn.files import Picture, write_picture
from srcnn.system import processor, usable_cores

SIDE = 512
LINKS = 50_000
"""Names of one file at most: file systems have limits."""


def make_folder(folder: Path, count: int) -> Path:
    """A folder of ``count`` pictures: rings, ramps and some noise."""
    folder.mkdir()
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    for number in range(count):
        rings = 60 * np.cos((rows - number) ** 2 / 900 + (columns - 300) ** 2 / 900)
        rgb = np.stack([128 + rings, 64 + rows / 4 + rings / 2, 32 + columns / 3], axis=-1)
        rgb += np.random.default_rng(number).normal(0, 3, rgb.shape)
        pixels = np.clip(rgb, 0, 255).astype(np.uint8)
        write_picture(Picture(pixels), folder / f"{number:05d}.png")
    return folder


def srcnn(*arguments: str | Path) -> tuple[float, dict[str, Any]]:
    """Seconds on the clock of a command, and its JSON."""
    started = time.perf_counter()
    line = [sys.executable, "-m", "srcnn", *map(str, arguments), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.perf_counter() - started, json.loads(done.stdout)


def against_the_command(source: Path, count: int, rounds: int) -> dict[str, Any]:
    """Pictures a second of both, in turns."""
    paces: dict[str, list[float]] = {"upscale": [], "batch": [], "batch without its start": []}
    for number in range(rounds):
        out = source.parent / f"upscale{number}"
        seconds, _ = srcnn("upscale", source, "-o", out, "--workers", "2", "--threads", "1")
        paces["upscale"].append(count / seconds)
        seconds, found = srcnn("batch", source, source.parent / f"batch{number}", "--workers", "2")
        paces["batch"].append(count / seconds)
        paces["batch without its start"].append(found["pictures_per_second"])
    return {"pictures_per_second": paces, "ratios": _ratios(paces, "upscale")}


@contextmanager
def nodes(count: int) -> Any:
    """The address of a cluster of a head without cores and ``count`` nodes of one core."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    for _ in range(count):
        cluster.add_node(num_cpus=1)
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


def nodes_against_one(source: Path, rounds: int) -> dict[str, Any]:
    """Pictures a second, without Ray's start, of one node and of two, in turns.

    ``at_work`` is how many workers were at a picture on average: what a cluster makes of its nodes, whatever
    else the cores of this machine had to do.
    """
    paces: dict[str, list[float]] = {"one node": [], "two nodes": []}
    at_work: dict[str, list[float]] = {"one node": [], "two nodes": []}
    for number in range(rounds):
        for count, name in ((1, "one node"), (2, "two nodes")):
            with nodes(count) as address:
                target = source.parent / f"nodes{number}-{count}"
                _, found = srcnn("batch", source, target, "--address", address)
            paces[name].append(found["pictures_per_second"])
            at_work[name].append(found["worker_seconds"] / found["seconds"])
    return {"pictures_per_second": paces, "ratios": _ratios(paces, "one node"), "at_work": at_work}


def processes_against_one(source: Path, rounds: int) -> dict[str, Any]:
    """Pictures a second of one process and of two, until the last has ended, in turns."""
    paces: dict[str, list[float]] = {"one process": [], "two processes": []}
    context = multiprocessing.get_context("spawn")
    for _ in range(rounds):
        for count, name in ((1, "one process"), (2, "two processes")):
            ready, spans = context.Barrier(count), context.Queue()
            processes = [context.Process(target=_enlarge, args=(source, ready, spans)) for _ in range(count)]
            for process in processes:
                process.start()
            starts, ends, counts = zip(*(spans.get() for _ in processes), strict=True)
            paces[name].append(sum(counts) / (max(ends) - min(starts)))
            for process in processes:
                process.join()
    return {"pictures_per_second": paces, "ratios": _ratios(paces, "one process")}


def _enlarge(source: Path, ready: Any, spans: "Queue[tuple[float, float, int]]") -> None:
    from srcnn import change_bytes
    from srcnn.jobs import UpscaleOptions

    work = UpscaleOptions(threads=1)
    contents = [path.read_bytes() for path in sorted(source.iterdir())]
    change_bytes(contents[0], "first.png", work)  # loads the model
    ready.wait()
    started = time.monotonic()
    for content in contents:
        change_bytes(content, "picture.png", work)
    spans.put((started, time.monotonic(), len(contents)))


def _ratios(paces: dict[str, list[float]], base: str) -> dict[str, dict[str, float]]:
    found = {}
    for name, values in paces.items():
        ratios = sorted(a / b for a, b in zip(values, paces[base], strict=True))
        found[name] = {"median": statistics.median(ratios), "least": ratios[0], "most": ratios[-1]}
    return found


def driver_memory(folder: Path, count: int) -> list[dict[str, float]]:
    """The driver's own memory (MiB, without what it shares) at each tenth of so many names.

    The names are links to a few tiny pictures.
    """
    from srcnn.corpus import CorpusRequest, RayPipeline, Tally, run_corpus
    from srcnn.jobs import Naming, UpscaleOptions

    (folder / "names").mkdir(parents=True)
    first = folder / "one.png"
    for number in range(count):
        if number % LINKS == 0:
            first.unlink(missing_ok=True)
            write_picture(Picture(np.zeros((4, 4), np.uint8)), first)
        os.link(first, folder / "names" / f"{number:07d}.png")
    seen: list[dict[str, float]] = []

    def watch(tally: Tally) -> None:
        if tally.done * 10 >= count * (len(seen) + 1):
            seen.append({"done": tally.done, "mib": own_memory()})

    request = CorpusRequest(str(folder / "names"), str(folder / "large"), Naming("{stem}_x2{ext}"))
    work = UpscaleOptions(model="9-1-5", threads=1)
    run_corpus(request, work, RayPipeline(workers=usable_cores()), progress=watch)
    return seen


def own_memory() -> float:
    """MiB of memory that belong to this process alone."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / 1024


PARTS = ("command", "nodes", "processes", "driver")


def measure(part: str, arguments: argparse.Namespace) -> Any:
    """One of `PARTS`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if part == "driver":
            return driver_memory(folder / "driver", arguments.names)
        source = make_folder(folder / "in", arguments.pictures)
        if part == "command":
            found = against_the_command(source, arguments.pictures, arguments.rounds)
        elif part == "nodes":
            found = nodes_against_one(source, arguments.rounds)
        else:
            found = processes_against_one(source, arguments.rounds)
        made_by = " ".join(["python", *sys.argv])
        return {"made_by": made_by, "pictures": arguments.pictures, "side": SIDE, **found}


def lines_of(part: str, found: Any) -> Iterator[str]:
    """What was measured, in words."""
    if part == "driver":
        yield from (f"{row['done']:8,} names  {row['mib']:.0f} MiB" for row in found)
        return
    for name, ratio in found["ratios"].items():
        pace = statistics.median(found["pictures_per_second"][name])
        workers = f", {statistics.median(found['at_work'][name]):.2f} at work" if "at_work" in found else ""
        yield f"{name:24} {pace:6.2f} pictures/s, {ratio['median']:.2f} times{workers}"


def main() -> None:
    """Measure, print, and keep in the record, part by part."""
    parser = argparse.ArgumentParser(description="srcnn batch beside srcnn upscale, and its driver.")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--record", type=Path, help="a JSON file, whose other parts are kept")
    arguments = parser.parse_args()
    for part in arguments.parts.split(","):
        found = measure(part, arguments)
        print("\n".join(lines_of(part, found)), flush=True)
        if arguments.record is not None:
            path = arguments.record
            record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            record |= {"machine": {"processor": processor(), "cores": usable_cores()}, part: found}
            write_bytes((json.dumps(record, indent=2) + "\n").encode(), path)


if __name__ == "__main__":
    main()
