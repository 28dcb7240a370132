"""The service of ``srcnn web`` under load, beside ``srcnn upscale`` on the same pictures; or killed under it.

Clients send pictures of mixed sizes and formats at once, half of them as a single request, half as a job that
is followed, fetched and deleted; some pictures are broken, and some clients go away. Every answer is compared
with the file that the command writes, byte by byte. Meanwhile health is asked for again and again, as it was
before the load, and the memory of all processes of the service is looked at. Throughput is of whole pictures
alone: the command and the service take turns, with as many workers each.

With ``--kills`` the service is killed (SIGKILL) so many times under load and started again instead; what it
had answered until then is compared, and what it has left on disk is looked for.

    python benchmarks/service [--requests 200] [--clients 16] [--runs 3] [--json FILE]
    python benchmarks/service --kills 5
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from clients import load, watch
from process import Service, lives

from srcnn.files import Picture, WriteOptions, write_picture
from srcnn.system import processor

SIDES = (48, 96, 160, 256, 400, 640)
SUFFIXES = (".png", ".jpg", ".tif", ".webp")
COUNT = 40
WORKERS = 2
MAX_MEMORY = 600 * 10**6
OPTIONS = ("--max-memory", str(MAX_MEMORY), "--workers", str(WORKERS))
FAULTS = 0.05
"""Part of the pictures that is broken, and part of the clients that go away."""
UNTIL_KILLED = 5.0  # seconds
QUIET = 5.0  # seconds


@dataclass
class Turn:
    """Pictures a second, and seconds of processor for each."""

    rate: float
    processor: float


@dataclass
class Record:
    """What is kept; ratios are of the service to the command.

    ``answers`` are of the load with its broken pictures and clients that go away; see `counted`.

    ``health_p99`` is in milliseconds, ``health_p99_idle`` without load. ``idle`` and ``peak`` are megabytes
    of memory that all its processes take, before the load and at most.

    The better turn of each counts. ``processor_ratio`` is how many pictures the service does in a second of
    processor, to how many the command does: it hardly depends on what else the machine does.
    """

    requests: int
    clients: int
    answers: dict[str, int]
    health_p99: float
    health_p99_idle: float
    idle: int
    peak: int
    workers_alive: int
    workers_replaced: int
    command_turns: list[Turn]
    service_turns: list[Turn]
    ratio: float
    processor_ratio: float


def make_pictures(folder: Path) -> list[Path]:
    """Pictures with rings and noise, of mixed sizes and formats."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    for number in range(COUNT):
        height, width = (int(side) for side in rng.choice(SIDES, 2))
        rows, columns = np.mgrid[:height, :width]
        rings = 60 * np.cos(((rows - height / 2) ** 2 + (columns - width / 3) ** 2) / (90 + 40 * number))
        rgb = 128 + rings[..., None] * (1, 0.5, -0.5) + rng.normal(0, 3, (height, width, 3))
        suffix = SUFFIXES[number % len(SUFFIXES)]
        pixels = np.clip(rgb, 0, 255).astype(np.uint8)
        write_picture(Picture(pixels), folder / f"{number}{suffix}", WriteOptions(quality=90))
    return sorted(folder.iterdir())


def run_command(pictures: Path, results: Path) -> Turn:
    """The command on all of them."""
    command = (sys.executable, "-m", "srcnn", "upscale", pictures, "-o", results, "--name", "{stem}{ext}")
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        (*command, "--workers", str(WORKERS), "--overwrite"), stdout=subprocess.DEVNULL, check=True
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Turn(round(COUNT / wall, 2), round(seconds / COUNT, 4))


def measure(requests: int, clients: int, runs: int, folder: Path) -> Record:
    """The load, and the two in turns."""
    pictures, results = make_pictures(folder / "pictures"), folder / "results"
    run_command(folder / "pictures", results)
    service = Service(folder, *OPTIONS)
    try:
        load(service, 2 * WORKERS, WORKERS, pictures, results, 0.0)  # what is loaded once
        quiet = watch(service, QUIET)
        outcome = load(service, requests, clients, pictures, results, FAULTS)
        command_turns, service_turns = [], []
        for _ in range(runs):
            command_turns.append(run_command(folder / "pictures", results))
            whole = load(service, COUNT, clients, pictures, results, 0.0)
            if whole.answers != {"right": COUNT}:
                raise SystemExit(f"expected right answers alone, got {dict(whole.answers)}")
            service_turns.append(Turn(round(COUNT / whole.seconds, 2), round(whole.processor / COUNT, 4)))
        fastest = [max(turn.rate for turn in turns) for turns in (service_turns, command_turns)]
        least = [min(turn.processor for turn in turns) for turns in (service_turns, command_turns)]
        loaded, idle = (round(1000 * float(np.percentile(each.health, 99)), 1) for each in (outcome, quiet))
        return Record(
            requests,
            clients,
            counted(outcome.answers),
            loaded,
            idle,
            quiet.peak // 10**6,
            outcome.peak // 10**6,
            len(service.workers()),
            int(service.metric("srcnn_workers_replaced")),
            command_turns,
            service_turns,
            round(fastest[0] / fastest[1], 3),
            round(least[1] / least[0], 3),
        )
    finally:
        service.stop()


def counted(answers: Mapping[str, int]) -> dict[str, int]:
    """How many of each kind, also none.

    ``right`` are results equal to the command's, ``wrong`` others; ``refused`` are broken pictures that got
    422; ``went away`` are clients that did; ``lost`` are requests without an answer. Others should not be.
    """
    counts = Counter[str]({"right": 0, "wrong": 0, "refused": 0, "went away": 0, "lost": 0})
    for answer, count in answers.items():
        counts["lost" if answer.startswith("lost") else answer] += count
    return dict(counts)


def kill(times: int, clients: int, folder: Path) -> dict[str, Any]:
    """Answers up to each kill; files that a kill leaves, and those that the next start does not remove.

    Clients whose answer the kill has cut off know that it is not whole: they are ``lost``.
    """
    pictures, results = make_pictures(folder / "pictures"), folder / "results"
    run_command(folder / "pictures", results)
    spool, answers = folder / "spool", Counter[str]()
    spool.mkdir()
    after_kill = after_start = living = 0
    for _ in range(times):
        service = Service(spool, *OPTIONS)
        after_start += len(files(spool))
        workers = service.workers()
        killer = threading.Timer(UNTIL_KILLED, service.process.kill)
        killer.start()
        answers += load(service, 10 * COUNT, clients, pictures, results, FAULTS).answers
        service.process.wait()
        after_kill += len(files(spool))
        living += sum(lives(number, 5) for number in workers)
    Service(spool, *OPTIONS).stop()
    after_start += len(files(spool))
    return {
        "kills": times,
        "answers": counted(answers),
        "files_after_kills": after_kill,
        "files_after_starts": after_start,
        "workers_that_live_on": living,
    }


def files(folder: Path) -> Sequence[Path]:
    """Files of pictures below it: received, half written and finished ones."""
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="The service under load, beside the command.")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kills", type=int, help="kill it so many times instead")
    parser.add_argument("--json", type=Path, help="write the record to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if arguments.kills is not None:
            found = kill(arguments.kills, arguments.clients, Path(name))
            what = f"srcnn web killed (SIGKILL) after {UNTIL_KILLED:g} s of load and started again"
        else:
            found = asdict(measure(arguments.requests, arguments.clients, arguments.runs, Path(name)))
            what = "srcnn web under load, then in turns with srcnn upscale"
    sides = f"{COUNT} pictures of {SIDES[0]} to {SIDES[-1]} pixels a side"
    record = {
        "command": " ".join(["python", *sys.argv]),
        "what": f"{what}; {sides}, {WORKERS} workers, --max-memory {MAX_MEMORY // 10**6}M; "
        "ms, MB, pictures a second, processor seconds a picture",
        "machine": f"{processor()}, {os.cpu_count()} cores",
        **found,
    }
    text = json.dumps(record, indent=2)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
