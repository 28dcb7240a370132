"""What a second core is worth: the native engine with two threads, beside two processes of one thread each.

The processes share nothing, so what they gain together is what the machine gives to anybody. One thread, two
threads and two processes take turns on the same luma plane; ratios are made of turns of one round.

    python benchmarks/two_threads.py [--models NAMES] [--side 512] [--rounds 25] [--json]
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from plain_network import plane

from srcnn.engines import create_engine
from srcnn.system import processor
from srcnn.tiling import ALL_EDGES
from srcnn.weights import load_weights
from srcnn.zoo import find_model


def enlarger(model: str, threads: int, side: int) -> "partial[Any]":
    """A call that runs the network once; the first run is over."""
    weights = load_weights(find_model(model, None))
    planes = plane(weights.architecture.channels, side, side)
    run = partial(create_engine(weights, "native", threads).run, planes, ALL_EDGES)
    run()
    return run


def serve(pipe: Connection, model: str, side: int) -> None:
    """A process of one thread that runs the network whenever it is told to."""
    run = enlarger(model, 1, side)
    pipe.send(True)
    while pipe.recv():
        run()
        pipe.send(True)


@contextmanager
def processes(count: int, model: str, side: int) -> Iterator[list[Connection]]:
    """So many processes that `serve`, ready, and gone after the block."""
    context = get_context("spawn")
    pipes = []
    for _ in range(count):
        ours, theirs = context.Pipe()
        context.Process(target=serve, args=(theirs, model, side), daemon=True).start()
        theirs.close()  # or a process that dies would be waited for
        ours.recv()
        pipes.append(ours)
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send(False)


def together(pipes: list[Connection]) -> None:
    """One run of each process, at the same time."""
    for pipe in pipes:
        pipe.send(True)
    for pipe in pipes:
        pipe.recv()


def measure(model: str, side: int, rounds: int) -> dict[str, Any]:
    """How many times as much two threads and two processes do as one thread, on the clock."""
    with processes(2, model, side) as pipes:
        one, two = enlarger(model, 1, side), enlarger(model, 2, side)
        turns = {"one": one, "two threads": two, "two processes": partial(together, pipes)}
        seconds: dict[str, list[float]] = {name: [] for name in turns}
        for _ in range(rounds):
            for name, run in turns.items():
                begun = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - begun)
    pictures = {"two threads": 1, "two processes": 2}
    found = {}
    for name, count in pictures.items():
        ratios = sorted(count * a / b for a, b in zip(seconds["one"], seconds[name], strict=True))
        quarters = statistics.quantiles(ratios, n=4)
        found[name] = {"median": quarters[1], "lower": quarters[0], "upper": quarters[2]}
    return {"model": model, "times_one": found}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Two threads beside two processes.")
    parser.add_argument("--models", default="9-5-5-x3,9-1-5-x3,11-5-7-x3")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [measure(model, arguments.side, arguments.rounds) for model in arguments.models.split(",")]
    if arguments.json:
        command = " ".join(["python", *sys.argv])
        facts = {
            "command": command,
            "machine": processor(),
            "side": arguments.side,
            "rounds": arguments.rounds,
        }
        print(json.dumps({**facts, "rows": rows}, indent=2))
        return
    for row in rows:
        for name, ratio in row["times_one"].items():
            print(
                f"{row['model']:12} {name:14} {{median:.2f}} ({{lower:.2f}} to {{upper:.2f}})".format(**ratio)
            )


if __name__ == "__main__":
    main()
