"""Keep the record of a run whose weights are not shipped: a paper's recipe, a comparison, a study.

Usage: python tools/keep.py runs/paper-9-1-5-x3 records/experiments/paper-9-1-5-x3 --sets Set5 Set14

Copies recipe, record and log, with ``--weights`` the weights too, which `srcnn reproduce` measures again.
With ``--sets`` the finished weights are measured on those sets, found under ``SRCNN_DATA``, with ``--twice``
in two passes too, at the square of their scale; a set that the record has already is not measured again.
The folder of an experiment is kept as a folder for each of its variants and its table.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from recording import copy_run, write_evaluation

from srcnn.errors import SrcnnError, UsageError
from srcnn.evaluation import NetworkUse, evaluate
from srcnn.training.experiment import ExperimentFolder
from srcnn.training.run_folder import RunFolder
from srcnn.weights import Weights, load_weights


def keep(
    path: Path, record: Path, sets: tuple[str, ...] = (), *, weights: bool = False, twice: bool = False
) -> None:
    """Keep the run or experiment in the folder ``path``, and measure it on ``sets``.

    Raises:
        UsageError: it is not finished, or ``record`` holds another run.
    """
    experiment = ExperimentFolder(path)
    if not experiment.settings.exists():
        _keep_run(RunFolder(path), record, sets, weights=weights)
        for data in sets if twice else ():
            _measure(load_weights(RunFolder(path).weights), data, record, passes=2)
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
        _measure(trained, data, record)


def _measure(weights: Weights, data: str, record: Path, passes: int = 1) -> None:
    path = record / (f"{data}.json" if passes == 1 else f"{data}-twice.json")
    if path.exists():
        return
    result = evaluate(weights, data, (weights.card.scale or 1) ** passes, use=NetworkUse(passes=passes))
    write_evaluation(result, path)
    figures = ", ".join(f"{method} {figures['psnr']:.3f} dB" for method, figures in result.mean.items())
    print(f"{path.with_suffix('')}: {figures}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Keep the record of a run whose weights are not shipped.")
    parser.add_argument("run", type=Path, help="folder of a finished run or experiment")
    parser.add_argument("record", type=Path, help="folder under records/ to keep it in")
    parser.add_argument("--sets", nargs="+", default=[], help="image sets to measure the weights on")
    parser.add_argument("--weights", action="store_true", help="keep the weights as well")
    parser.add_argument("--twice", action="store_true", help="measure two passes on the sets as well")
    options = parser.parse_args()
    try:
        keep(options.run, options.record, tuple(options.sets), weights=options.weights, twice=options.twice)
    except SrcnnError as error:
        sys.exit(f"keep: {error}")
