"""Keep the record of a run whose weights are not shipped: a paper's recipe, a comparison, a study.

Usage: python tools/keep.py runs/paper-9-1-5-x3 records/experiments/paper-9-1-5-x3 --sets Set5 Set14

Copies recipe, record and log, with ``--weights`` the weights too, which `srcnn reproduce` measures again.
With ``--sets`` the finished weights are measured on those sets, found under ``SRCNN_DATA``; a set that the
record has already is not measured again. The folder of an experiment is kept as a folder for each of its
variants and its table.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from recording import copy_run, write_evaluation

from srcnn.errors import SrcnnError, UsageError
from srcnn.evaluation import evaluate
from srcnn.training.experiment import ExperimentFolder
from srcnn.training.run_folder import RunFolder
from srcnn.weights import Weights, load_weights


def keep(path: Path, record: Path, sets: tuple[str, ...] = (), *, weights: bool = False) -> None:
    """Keep the run or experiment in the folder ``path``, and measure it on ``sets``.

    Raises:
        UsageError: it is not finished, or ``record`` holds another run.
    """
    experiment = ExperimentFolder(path)
    if not experiment.settings.exists():
        _keep_run(RunFolder(path), record, sets, weights=weights)
        return
    if not experiment.table.exists():
        raise UsageError(f"expected a finished experiment, got {path} without {experiment.table.name}")
    table = json.loads(experiment.table.read_text(encoding="utf-8"))
    for row in table["rows"]:
        _keep_run(experiment.run(row["variant"]), record / row["variant"], sets, weights=weights)
    shutil.copyfile(experiment.table, record / experiment.table.name)


def _keep_run(run: RunFolder, record: Path, sets: tuple[str, ...], *, weights: bool) -> None:
    if not run.record.exists():
        raise UsageError(f"expected a finished run, got {run.path} without {run.record.name}")
    kept = record / run.record.name
    if kept.exists() and kept.read_bytes() != run.record.read_bytes():
        raise UsageError(f"{record} holds the record of another run; name another folder, or remove it")
    copy_run(run.path, record)
    if weights:
        shutil.copyfile(run.weights, record / run.weights.name)
    trained = load_weights(run.weights)
    for data in sets:
        if not (record / f"{data}.json").exists():
            print(f"{record} {data}: {_measure(trained, data, record)}", flush=True)


def _measure(weights: Weights, data: str, record: Path) -> str:
    result = evaluate(weights, data, weights.card.scale)
    write_evaluation(result, record / f"{data}.json")
    mean = result.mean
    return ", ".join(f"{method} {figures['psnr']:.3f} dB" for method, figures in mean.items())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Keep the record of a run whose weights are not shipped.")
    parser.add_argument("run", type=Path, help="folder of a finished run or experiment")
    parser.add_argument("record", type=Path, help="folder under records/ to keep it in")
    parser.add_argument("--sets", nargs="+", default=[], help="image sets to measure the weights on")
    parser.add_argument("--weights", action="store_true", help="keep the weights as well")
    options = parser.parse_args()
    try:
        keep(options.run, options.record, tuple(options.sets), weights=options.weights)
    except SrcnnError as error:
        sys.exit(f"keep: {error}")
