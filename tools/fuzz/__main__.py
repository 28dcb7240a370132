"""Read thousands of broken pictures in a warm process: no crash, no hang, no output for the unreadable.

Each file is made from a whole little one by one to four accidents; its number and the seed make it again.
Where the process ends or takes more than 10 s, a new one is started and the file is a finding; so is every
error that is not one line of this package's, and every output that is not whole.

    python tools/fuzz --files 20000 --json records/benchmarks/fuzz_pictures.json
    python tools/fuzz --only 1234 --keep findings/
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mutations import mutated
from seeds import seeds
from worker import serve

PATIENCE = 10.0


@dataclass
class Worker:
    """A process and the channel to it, started anew when it is lost."""

    folder: Path
    context: multiprocessing.context.SpawnContext = field(
        default_factory=lambda: multiprocessing.get_context("spawn")
    )

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a process, and wait until it has imported everything."""
        self.channel, theirs = self.context.Pipe()
        self.process = self.context.Process(target=serve, args=(theirs, self.folder), daemon=True)
        self.process.start()
        theirs.close()
        self.channel.send(self.folder / "warm")
        self.channel.recv()

    def judge(self, path: Path) -> tuple[str, str, int]:
        """What became of a file: its outcome, why, and the most memory that the process has had, in MiB."""
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

    files: int = 0
    seconds: float = 0.0
    peak_mib: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


def run(numbers: Iterable[int], seed: int, keep: Path | None) -> Outcomes:
    """Judge the files of these numbers."""
    made, outcomes, started = seeds(), Outcomes(), time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "broken"
        worker = Worker(Path(name))
        for number in numbers:
            rng = random.Random(f"{seed} {number}")
            kind = rng.choice(list(made))
            path.write_bytes(mutated(rng.choice(made[kind]), made[kind], rng))
            outcome, detail, peak = worker.judge(path)
            outcomes.files += 1
            outcomes.peak_mib = max(outcomes.peak_mib, peak)
            count = outcomes.counts.setdefault(kind, {})
            count[outcome] = count.get(outcome, 0) + 1
            if outcome == "finding":
                outcomes.findings.append(f"{kind} {number}: {detail}")
                print(outcomes.findings[-1], flush=True)
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{number}.{kind.lower()}").write_bytes(path.read_bytes())
            if outcomes.files % 1000 == 0:
                print(
                    f"{outcomes.files} files, {len(outcomes.findings)} findings, {peak} MiB",
                    file=sys.stderr,
                    flush=True,
                )
        worker.stop()
    outcomes.seconds = round(time.perf_counter() - started, 1)
    return outcomes


def main() -> int:
    """1 if anything was found."""
    parser = argparse.ArgumentParser(description="Read thousands of broken pictures in a warm process.")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the file of this number alone")
    parser.add_argument("--keep", type=Path, help="folder for the files that were findings")
    parser.add_argument("--json", type=Path, help="write the outcomes to this file")
    given = parser.parse_args()
    outcomes = run([given.only] if given.only is not None else range(given.files), given.seed, given.keep)
    for kind, counts in sorted(outcomes.counts.items()):
        print(f"{kind}: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}")
    print(
        f"{outcomes.files} files in {outcomes.seconds:.0f} s, {len(outcomes.findings)} findings, "
        f"up to {outcomes.peak_mib} MiB"
    )
    if given.json is not None:
        record = {"command": " ".join(["python", *sys.argv]), "seed": given.seed, **asdict(outcomes)}
        given.json.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return int(bool(outcomes.findings))


if __name__ == "__main__":
    sys.exit(main())
