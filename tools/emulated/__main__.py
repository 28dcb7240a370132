"""Run the native engine's AVX-512 level in an emulated processor: every bit is that of the other levels.

Bochs starts a program without a system: the compiled levels and jobs, each with the bits that the levels of
this machine's own processor agree on. The jobs are every kernel under every border rule, every shipped
network, and random networks on random planes, some with values below the normal numbers, beyond the largest,
NaN or infinite; some in two ranges of rows, which the program works through one after the other. The last job
expects a wrong bit, which must be found. The program also asks the library for its best level while the
system keeps fewer registers.

Needs gcc and Debian's packages bochs, bochsbios, bochs-term, isolinux, syslinux-common and xorriso.

    python tools/emulated --networks 100 --json records/benchmarks/avx512.json
    python tools/emulated --compiler zig --networks 100 --json records/benchmarks/avx512_zig.json
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tools"), str(ROOT / "tests" / "engines")]

from cases import Case, fixed_cases, packed, random_case, record_of, with_a_bit_changed  # noqa: E402
from machine import bochs_version, build_disc, build_program, missing, run  # noqa: E402
from recording import engine_sources  # noqa: E402
from verdict import BEST, judge  # noqa: E402

import hatch_build  # noqa: E402
from srcnn.atomic import write_bytes  # noqa: E402
from srcnn.system import processor  # noqa: E402
from srcnn.training.provenance import source_commit  # noqa: E402
from srcnn.types import Planes  # noqa: E402


def version_of(compiler: list[str]) -> str:
    """The first line that a compiler says of itself."""
    done = subprocess.run([*compiler, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]


def gather(cases: Iterable[Case]) -> tuple[bytes, list[int], dict[str, int]]:
    """The jobs, the floats of each result, and counts for the record."""
    jobs, sizes, counts = bytearray(), [], Counter[str]()
    job, expected = b"", None
    for case in cases:
        job, expected = packed(case)
        jobs += record_of(job, expected)
        sizes.append(expected.size)
        counts["jobs"] += 1
        counts["in two ranges of rows"] += case.threads == 2
        counts["with results that are not finite"] += not is_finite(expected)
    assert expected is not None
    jobs += record_of(job, with_a_bit_changed(expected))
    return bytes(jobs), [*sizes, expected.size], dict(counts)


def is_finite(expected: Planes) -> bool:
    """Whether every float of a result is a finite number."""
    return bool(abs(expected).max() < float("inf"))


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--networks", type=int, default=100, help="random networks beside the fixed ones")
    parser.add_argument("--compiler", choices=["gcc", "zig"], default="gcc", help="of the levels")
    parser.add_argument("--cpu", default="corei7_skylake_x", help="model of Bochs, with AVX-512")
    parser.add_argument("--json", type=Path, help="write the record there")
    return parser.parse_args()


@contextmanager
def one_line() -> Iterator[None]:
    """What fails in the block ends the program with one line."""
    try:
        yield
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{error.cmd[0]} failed: {(error.stderr or b'').decode()[-200:]}".strip()) from error
    except (ValueError, TimeoutError) as error:
        raise SystemExit(str(error)) from error


def main() -> None:
    """See the module's docstring."""
    arguments = parse_arguments()
    if lacking := missing():
        raise SystemExit(f"not installed: {', '.join(lacking)}")
    compiler = ["gcc"]
    if arguments.compiler == "zig":
        name, *_ = hatch_build.TARGETS["x86_64-linux"]
        if (zig := hatch_build.zig()) is None:
            raise SystemExit("not installed: the Python package ziglang")
        compiler = [*zig, "-target", name]
    random = (random_case(seed) for seed in range(arguments.networks))
    with one_line():
        jobs, sizes, counts = gather(chain(fixed_cases(), random))
    commit, sources = source_commit(), engine_sources()  # of what is run: it may take long
    lines: list[str] = []
    whole = len(BEST) + 2 * len(sizes) + 2

    def hear(line: str) -> None:
        lines.append(line)
        print(f"\r{len(lines)} lines of {whole}", end="", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as folder, one_line():
        build_disc(Path(folder), build_program(Path(folder), compiler), jobs)
        run(Path(folder), arguments.cpu, len(jobs), hear)
    print(file=sys.stderr)
    found = judge(lines, sizes)
    print(json.dumps({**counts, **found}, indent=2))
    if arguments.json:
        record = {
            "command": f"python tools/emulated {' '.join(sys.argv[1:])}",
            "commit": commit,
            "sources": sources,
            "emulator": bochs_version(),
            "model": arguments.cpu,
            "compiler": version_of(compiler),
            "processor": processor(),
            "counts": counts,
            **found,
        }
        write_bytes((json.dumps(record, indent=2, sort_keys=True) + "\n").encode(), arguments.json)
    if found["faults"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
