"""When the averaged weights of runs passed a published figure, told afterwards from their snapshots.

Usage: srcnn train speedrun-x3 --threads 2
       python tools/speedrun.py runs/speedrun-x3 -o records/speedrun/two-cores.json

The runs differ in their seed alone. Every snapshot of each (``run.snapshot_every`` of a recipe) is measured
under the authors' protocol; the level is what they published for 9-5-5 on the set at the runs' scale.
Training never sees any of it: nothing is stopped, chosen or shipped by what is read here.

Writes a record, with the first snapshot above the level for each seed, the median of these times, and the
spread of where the runs ended; and the curves beside it as SVG. A time counts the training steps alone:
pictures read, what is counted of them before the first step, validations and files written are not in it.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from srcnn.atomic import write_bytes
from srcnn.errors import SrcnnError, UsageError
from srcnn.evaluation import AUTHORS, evaluate, published_rows
from srcnn.figures.plot import new_figure, save_figure, tidy
from srcnn.training.experiment import ExperimentFolder, stored_experiment
from srcnn.training.run_folder import RunFolder
from srcnn.weights import load_weights

METHOD = "srcnn 9-5-5"
"""Whose published figure is to be passed."""


def speedrun(folders: Sequence[Path], data: str = "Set5", level: float | None = None) -> dict[str, Any]:
    """Measure the snapshots of finished runs, or of experiments whose variants are such runs.

    Args:
        folders: of runs that differ in their seed alone.
        data: the set to measure on.
        level: PSNR in dB to be passed; by default the published one.

    Raises:
        UsageError: a run that is not finished, without snapshots, or of another recipe or machine; or nothing
            is known to have been published.
    """
    runs = [run for path in folders for run in _runs_of(path)]
    records = [_record(run) for run in runs]
    first = records[0]
    for run, record in zip(runs, records, strict=True):
        if (_but_seed(record), record["machine"]) != (_but_seed(first), first["machine"]):
            raise UsageError(
                f"expected runs of one recipe and machine that differ in the seed, got {run.path}"
            )
    scale = first["recipe"]["data"]["scale"]
    target = _published(data, scale) if level is None else {"psnr": level, "source": "as asked for"}
    seeds = []
    for run, record in zip(runs, records, strict=True):
        rows = [_measured(path, data, scale) for path in sorted(run.snapshots.iterdir())]
        passed = next((row["seconds"] for row in rows if row["psnr"] > target["psnr"]), None)
        ends = {"held_out": run.rows()[-1]["psnr"], "test": rows[-1]["psnr"]}
        seeds.append({"seed": record["recipe"]["run"]["seed"], "passed": passed, **ends, "rows": rows})
    return {
        "protocol": AUTHORS.name,
        "level": {"set": data, "scale": scale, **target},
        "recipe": {"name": _common_name(records), **_but_seed(first)},
        **{key: first[key] for key in ("date", "command", "commit", "machine")},
        "median": _median([seed["passed"] for seed in seeds]),
        "spread": {kind: _spread([seed[kind] for seed in seeds]) for kind in ("held_out", "test")},
        "seeds": seeds,
    }


def draw(record: dict[str, Any], path: Path) -> None:
    """PSNR on the test set against training time, a line a seed, with the level."""
    level = record["level"]
    figure = new_figure(7, 4.2)
    axis = figure.subplots()
    for seed in record["seeds"]:
        minutes = [row["seconds"] / 60 for row in seed["rows"]]
        axis.plot(minutes, [row["psnr"] for row in seed["rows"]], marker=".", label=f"seed {seed['seed']}")
    axis.axhline(level["psnr"], color="0.4", linestyle="--", linewidth=1, label=f"{level['psnr']:g} dB")
    tidy(axis, "minutes of training", f"PSNR on {level['set']} x{level['scale']} (dB)")
    axis.legend(fontsize="small", frameon=False, loc="best")
    save_figure(figure, path)


def _runs_of(path: Path) -> list[RunFolder]:
    folder = ExperimentFolder(path)
    if not folder.settings.exists():
        return [RunFolder(path)]
    return [folder.run(name) for name in stored_experiment(folder).variants]


def _record(run: RunFolder) -> dict[str, Any]:
    if not (run.record.exists() and any(run.snapshots.glob("*"))):
        raise UsageError(f"expected a finished run with {run.snapshots.name}/, got {run.path}")
    return json.loads(run.record.read_text(encoding="utf-8"))


def _but_seed(record: dict[str, Any]) -> dict[str, Any]:
    recipe = record["recipe"]
    return {
        **{key: value for key, value in recipe.items() if key != "name"},
        "run": {key: value for key, value in recipe["run"].items() if key != "seed"},
    }


def _common_name(records: Sequence[dict[str, Any]]) -> str:
    """The recipe's name, or of variants that of their experiment."""
    names = {record["recipe"]["name"] for record in records}
    name = min(names)
    return name if len(names) == 1 else name.rpartition(".")[0]


def _published(data: str, scale: int) -> dict[str, Any]:
    for row in published_rows(data, scale):
        if (row.method, row.protocol) == (METHOD, AUTHORS.name):
            return {"psnr": row.figures["psnr"], "source": f"{METHOD}, {row.source}"}
    raise UsageError(
        f"expected a set with a published figure of {METHOD}, got {data} x{scale}; name a --level"
    )


def _measured(path: Path, data: str, scale: int) -> dict[str, Any]:
    weights = load_weights(path)
    psnr = evaluate(weights, data, scale, protocol=AUTHORS, metrics=("psnr",)).mean["srcnn"]["psnr"]
    print(f"{path}: {psnr:.3f} dB", file=sys.stderr, flush=True)
    return {**weights.card.figures["training"], "psnr": round(psnr, 4)}


def _median(times: list[float | None]) -> float | None:
    found = statistics.median_high([math.inf if time is None else time for time in times])
    return found if math.isfinite(found) else None


def _spread(values: list[float]) -> dict[str, float]:
    spread = {"mean": statistics.fmean(values), "min": min(values), "max": max(values)}
    return {key: round(value, 4) for key, value in spread.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="When runs passed a published figure, from their snapshots.")
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs, or of experiments")
    parser.add_argument(
        "-o", "--out", type=Path, required=True, help="the record to write, such as NAME.json"
    )
    parser.add_argument("--set", default="Set5", help="what to measure on [Set5]")
    parser.add_argument("--level", type=float, help="PSNR to be passed, in dB [as published for 9-5-5]")
    options = parser.parse_args()
    try:
        record = speedrun(options.runs, options.set, options.level)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        draw(record, options.out.with_suffix(".svg"))
        write_bytes((json.dumps(record, indent=2) + "\n").encode(), options.out)
    except SrcnnError as error:
        sys.exit(f"speedrun: {error}")
