"""PSNR and seconds a picture: bicubic enlargement, and each shipped network after it.

What is timed is luma in memory, from the small picture to the network's result, with everything loaded, and
neither files nor start-up. Seconds are those of the processor, with one thread, so that other work on the
machine hardly counts; methods take turns, and the best of several rounds is kept. ``srcnn figures tradeoff``
draws what --json prints.

    python benchmarks/running_time.py [--set Set14] [--scale 3] [--rounds 5] [--json]
"""

import argparse
import json
import sys
from statistics import fmean
from typing import Any

import srcnn
from srcnn.engines import create_engine
from srcnn.evaluation import AUTHORS
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.model import Model
from srcnn.reproduction.speed import processor_seconds
from srcnn.system import processor

BICUBIC = "bicubic"


def measure(set_name: str, scale: int, rounds: int) -> dict[str, Any]:
    """A row for each method: name, PSNR in dB, multiply-accumulates for one output pixel, seconds."""
    entries = [entry for entry in srcnn.list_models() if entry.card.scale == scale]
    models: dict[str, Model | None] = {BICUBIC: None}
    for entry in entries:
        weights = srcnn.load_model(entry.name).weights
        models[entry.name] = Model(weights, create_engine(weights, threads=1))
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for path in find_pictures(set_name)[1].values():
        case = Case(read_eight_bit(path), AUTHORS, scale)
        for name, times in processor_seconds(case, models, rounds).items():
            seconds[name].append(min(times))
    rows = []
    for name, model in models.items():
        mean = srcnn.evaluate(model, set_name, scale).mean
        psnr = mean[BICUBIC if model is None else "srcnn"]["psnr"]
        macs = None if model is None else model.architecture.macs_per_pixel
        rows.append({"name": name, "psnr": psnr, "macs": macs})
    return {
        "command": " ".join(["python", *sys.argv]),
        "what": f"processor seconds a picture of luma, one thread, best of {rounds}",
        "set": set_name,
        "scale": scale,
        "protocol": AUTHORS.name,
        "machine": f"{processor()}, one thread",
        "rows": [{**row, "seconds": fmean(seconds[row["name"]])} for row in rows],
    }


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", default="Set14")
    parser.add_argument("--scale", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    record = measure(arguments.set, arguments.scale, arguments.rounds)
    if arguments.json:
        print(json.dumps(record, indent=2))
        return
    for row in record["rows"]:
        print(f"{row['name']:16} {row['psnr']:.2f} dB  {row['seconds'] * 1000:7.1f} ms")


if __name__ == "__main__":
    main()
