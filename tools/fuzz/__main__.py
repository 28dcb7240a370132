"""Read thousands of broken files in a warm process: no crash, no hang, no output for the unreadable.

The files are pictures, or with ``--of weights`` the weights of this package and of other programs. With
``--of uploads`` pictures are sent to a service of ``srcnn web``: whatever it answers but a result, 413 or
422 is a finding.

Each file is made from a whole little one by one to four accidents; its number and the seed make it again.
Where the process ends, takes more than 10 s of a processor or waits for a minute, a new one is started and
the file is a finding; so is every error that is not one line of this package's, every output that is not
whole, and a weights file that takes hundreds of megabytes.

    python tools/fuzz --files 20000 --json records/benchmarks/fuzz_pictures.json
    python tools/fuzz --of weights --files 20000 --json records/benchmarks/fuzz_weights.json
    python tools/fuzz --of uploads --files 2000 --json records/benchmarks/fuzz_uploads.json
    python tools/fuzz --only 1234 --keep findings/
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import version
from multiprocessing.context import SpawnContext
from pathlib import Path

from mutations import mutated
from worker import Judge, judge_picture, serve

from srcnn.system import processor

PROCESSED = {
    "pictures": "read and written by warm processes",
    "weights": "read and written by warm processes",
    "uploads": "sent to a service that enlarges them",
}
PATIENCE = 60.0  # seconds of waiting, on a machine that may have other work


@dataclass(frozen=True)
class Subject:
    """What is broken and read: whole files by kind, how they break and are judged, what reads them."""

    seeds: Mapping[str, Sequence[bytes]]
    mutated: Callable[[bytes, Sequence[bytes], random.Random], bytes]
    judge: Judge
    file_names: Mapping[str, str]
    packages: tuple[str, ...]


def pictures() -> Subject:
    """Pictures of every format."""
    from seeds import seeds

    return Subject(seeds(), mutated, judge_picture, {}, ("pyvips", "pyvips-binary", "Pillow"))


def weights() -> Subject:
    """Weights of every program, and this package's own."""
    from weights_judge import OWN, judge_weights
    from weights_seeds import SUFFIXES, mutated_weights, seeds

    names = {kind: f"broken{OWN if kind == 'srcnn' else ''}{suffix}" for kind, suffix in SUFFIXES.items()}
    packages = ("torch", "h5py", "scipy", "onnx", "safetensors", "numpy")
    return Subject(seeds(), mutated_weights, judge_weights, names, packages)


@contextmanager
def uploads() -> Iterator[Subject]:
    """Pictures, sent to a service that runs meanwhile."""
    from seeds import seeds
    from upload_judge import judge_upload, serving

    packages = ("pyvips", "pyvips-binary", "Pillow", "starlette", "uvicorn")
    with serving() as port:
        yield Subject(seeds(), mutated, partial(judge_upload, port), {}, packages)


@dataclass
class Worker:
    """A process and the channel to it, started anew when it is lost."""

    folder: Path
    judge_file: Judge
    context: SpawnContext = field(default_factory=lambda: multiprocessing.get_context("spawn"))

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a process, and wait until it has imported everything."""
        self.channel, theirs = self.context.Pipe()
        self.process = self.context.Process(
            target=serve, args=(theirs, self.folder, self.judge_file), daemon=True
        )
        self.process.start()
        theirs.close()
        self.channel.send(self.folder / "warm")
        self.channel.recv()

    def judge(self, path: Path) -> tuple[str, str, int]:
        """The result for a file: its outcome, why, and the most memory that the process has had, in MiB."""
        self.channel.send(path)
        try:
            if self.channel.poll(PATIENCE):
                return self.channel.recv()
            outcome = "finding", f"more than {PATIENCE:g} s", 0
        except EOFError:
            self.process.join()
            outcome = "finding", f"the process ended with {self.process.exitcode}", 0
        self.stop()
        self.start()
        return outcome

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()


@dataclass
class Outcomes:
    """How many files of each format were read and refused, and what should not have happened."""

    seconds: float = 0.0
    peak_mib: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def add(self, kind: str, number: int, outcome: str, detail: str, peak: int) -> None:
        """Count the result for a file."""
        count = self.counts.setdefault(kind, {})
        count[outcome] = count.get(outcome, 0) + 1
        self.peak_mib = max(self.peak_mib, peak)
        if outcome == "finding":
            self.findings.append(f"{kind} {number}: {detail}")
            print(self.findings[-1], flush=True)
        if (done := self.files) % 1000 == 0:
            print(f"{done} files, {len(self.findings)} findings", file=sys.stderr, flush=True)

    @property
    def files(self) -> int:
        """Files judged so far."""
        return sum(sum(count.values()) for count in self.counts.values())


def run(subject: Subject, numbers: Sequence[int], seed: int, processes: int, keep: Path | None) -> Outcomes:
    """Judge the files of these numbers, each process its share."""
    seeds, outcomes, started = subject.seeds, Outcomes(), time.perf_counter()

    def share(first: int) -> None:
        with tempfile.TemporaryDirectory() as name:
            worker = Worker(Path(name), subject.judge)
            for number in numbers[first::processes]:
                rng = random.Random(f"{seed} {number}")
                kind = rng.choice(list(seeds))
                path = Path(name) / subject.file_names.get(kind, "broken")
                path.write_bytes(subject.mutated(rng.choice(seeds[kind]), seeds[kind], rng))
                outcome, detail, peak = worker.judge(path)
                if outcome == "finding" and keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, keep / f"{number}.{kind.lower()}")
                outcomes.add(kind, number, outcome, detail, peak)
            worker.stop()

    with ThreadPoolExecutor(processes) as pool:
        for future in [pool.submit(share, first) for first in range(processes)]:
            future.result()
    outcomes.seconds = round(time.perf_counter() - started, 1)
    return outcomes


def main() -> int:
    """1 if anything was found."""
    parser = argparse.ArgumentParser(description="Read thousands of broken files in a warm process.")
    parser.add_argument("--of", choices=("pictures", "weights", "uploads"), default="pictures")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", type=int, help="the file of this number alone")
    parser.add_argument("--keep", type=Path, help="folder for the files that were findings")
    parser.add_argument("--json", type=Path, help="write the outcomes to this file")
    options = parser.parse_args()
    numbers = range(options.files) if options.only is None else [options.only]
    subjects = {"pictures": lambda: nullcontext(pictures()), "weights": lambda: nullcontext(weights())}
    with {**subjects, "uploads": uploads}[options.of]() as subject:
        outcomes = run(subject, numbers, options.seed, options.processes, options.keep)
    for kind, counts in sorted(outcomes.counts.items()):
        print(f"{kind}: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}")
    print(
        f"{outcomes.files} files in {outcomes.seconds:.0f} s, {len(outcomes.findings)} findings, "
        f"up to {outcomes.peak_mib} MiB"
    )
    if options.json is not None:
        record = {
            "command": " ".join(["python", *sys.argv]),
            "what": f"{options.of} with one to four accidents each, {PROCESSED[options.of]}",
            "machine": f"{processor()}, {os.cpu_count()} cores",
            "versions": {name: version(name) for name in ("srcnn", *subject.packages)},
            "seed": options.seed,
            "files": outcomes.files,
            **asdict(outcomes),
        }
        options.json.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return int(bool(outcomes.findings))


if __name__ == "__main__":
    sys.exit(main())
