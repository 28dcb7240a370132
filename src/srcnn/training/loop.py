"""Training: a recipe in, weights out. Read `train` from top to bottom."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from srcnn.data.pairs import Pair, Progress, SetRequest, load_pairs, pairs_digest
from srcnn.errors import TrainingError, UsageError
from srcnn.training import runlog
from srcnn.training.interrupt import interruptible
from srcnn.training.recipe import Recipe
from srcnn.training.run import Run
from srcnn.training.validation import Watch, mean_psnr, prepare_watch
from srcnn.weights import ModelCard, Weights, load_weights, save_weights

CHECKPOINT, WEIGHTS, LOG, RECORD, RECIPE = (
    "checkpoint.safetensors",
    "weights.safetensors",
    "log.jsonl",
    "record.json",
    "recipe.json",
)
Report = Callable[[int, runlog.Row | None], None]


def train(
    recipe: Recipe,
    out: Path,
    *,
    data: Path | None = None,
    init: Weights | None = None,
    resume: bool = False,
    cache: Path | None = None,
    threads: int | None = None,
    report: Report | None = None,
    reading: Progress | None = None,
) -> Weights:
    """Train a recipe and leave weights, log, checkpoint and record in the folder ``out``.

    Args:
        recipe: what to train; it names its image sets.
        out: the run's folder, made if need be.
        data: the folder the sets lie under; ``SRCNN_DATA`` by default.
        init: weights to start from instead of the recipe's initialisation.
        resume: go on from ``out``'s checkpoint; on one CPU the result equals an unbroken run to the bit.
        cache: a folder for prepared pairs.
        threads: CPU threads; torch's own choice by default. It holds for the whole process.
        report: called after each step with its number, and with the log's row where there is a new one.
        reading: called with (done, total) while pictures are read.

    Returns:
        The averaged weights with the best PSNR on the validation pictures.

    Raises:
        TrainingError: the loss is no longer finite, or a checkpoint is missing, broken or of another run.
        DataError: an image set is missing or unusable.
        KeyboardInterrupt: after a checkpoint was written.
    """
    out.mkdir(parents=True, exist_ok=True)
    if not resume and (out / CHECKPOINT).exists():
        raise UsageError(f"{out} already holds a run; resume it with --resume, or name another folder")
    if threads:
        torch.set_num_threads(threads)
    fabric = Fabric(devices=1)
    fabric.launch()
    pairs, watched = _load(recipe, data, cache, reading)
    watch = prepare_watch(watched, recipe.data.scale)
    run = Run(recipe, pairs, fabric, init)
    if resume:
        run.restore(out / CHECKPOINT)
        if run.step >= recipe.run.steps:
            raise UsageError(f"{out} is finished: {run.step} of {recipe.run.steps} steps are done")
        runlog.truncate_log(out / LOG, run.step)
    runlog.write_json(out / RECIPE, recipe.model_dump(mode="json"))

    tally = _Tally()
    with interruptible() as interrupted:
        while run.step < recipe.run.steps:
            begun = time.perf_counter()
            loss, mse = run.advance()
            run.seconds += time.perf_counter() - begun
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is {loss} at step {run.step}; lower optimiser.rate or set optimiser.clip; "
                    f"the last checkpoint in {out} is kept"
                )
            tally.add(loss, mse)
            row = None
            if run.step % recipe.run.validate_every == 0 or run.step == recipe.run.steps:
                row = _validate(run, watch, tally)
                runlog.append_row(out / LOG, row)
                _save_if_best(run, row, watch, out)
                run.save(out / CHECKPOINT)
            if report:
                report(run.step, row)
            if interrupted():
                run.save(out / CHECKPOINT)
                raise KeyboardInterrupt
    runlog.write_json(out / RECORD, _record(run, pairs, watched, watch, init))
    return load_weights(out / WEIGHTS)


class _Tally:
    """Means over the steps since the last row. They are for people: a resumed run starts them anew."""

    def __init__(self) -> None:
        self.steps, self.loss, self.mse = 0, 0.0, 0.0

    def add(self, loss: float, mse: float) -> None:
        self.steps, self.loss, self.mse = self.steps + 1, self.loss + loss, self.mse + mse

    def take(self) -> tuple[float, float]:
        loss, mse = self.loss / self.steps, self.mse / self.steps
        self.__init__()
        return loss, mse


def _load(
    recipe: Recipe, data: Path | None, cache: Path | None, reading: Progress | None
) -> tuple[list[Pair], list[Pair]]:
    wanted = recipe.data
    held_from = () if wanted.watch else (wanted.hold_out_from or wanted.train)
    pairs, watched = [], []

    def read(request: SetRequest) -> list[Pair]:
        return load_pairs(request, data, cache=cache, progress=reading)

    for name in wanted.train:
        held = name in held_from
        every = wanted.hold_out if held else 1
        pairs += read(SetRequest(name, wanted.scale, wanted.sizes, every, keep=not held))
        if held:
            watched += read(SetRequest(name, wanted.scale, every=every))
    for name in wanted.watch:
        watched += read(SetRequest(name, wanted.scale))
    return pairs, watched


def _validate(run: Run, watch: Watch, tally: _Tally) -> runlog.Row:
    loss, mse = tally.take()
    return runlog.Row(
        step=run.step,
        examples=run.step * run.recipe.run.batch,
        loss=loss,
        train_psnr=-10 * math.log10(max(mse, 1e-10)),
        psnr=mean_psnr(run.averaged(), watch),
        bicubic=watch.bicubic,
        rate=run.rate,
        seconds=round(run.seconds, 3),
    )


def _save_if_best(run: Run, row: runlog.Row, watch: Watch, out: Path) -> None:
    if row.psnr <= run.best:
        return
    run.best, run.best_step = row.psnr, row.step
    recipe = run.recipe
    figures = {"held-out": {"psnr": round(row.psnr, 4), "bicubic": round(watch.bicubic, 4)}}
    card = ModelCard(
        name=f"{recipe.network.architecture}-x{recipe.data.scale}",
        scale=recipe.data.scale,
        data=recipe.data.train,
        recipe=recipe.name,
        commit=runlog.source_commit(),
        figures=figures,
    )
    save_weights(run.weights(card), out / WEIGHTS)


def _record(
    run: Run, pairs: list[Pair], watched: list[Pair], watch: Watch, init: Weights | None
) -> dict[str, Any]:
    recipe = run.recipe
    return {
        "recipe": recipe.model_dump(mode="json"),
        **{key: run.origin[0][key] for key in ("command", "commit")},
        "resumed": run.origin[1:],
        "init": {"name": init.card.name, "sha256": init.digest} if init else None,
        "machine": runlog.machine(),
        "seconds": round(run.seconds, 1),
        "steps": run.step,
        "examples": run.step * recipe.run.batch,
        "data": {
            "training": {"pictures": len(pairs), "sha256": pairs_digest(pairs)},
            "validation": {"pictures": len(watched), "sha256": pairs_digest(watched)},
        },
        "validation": {"psnr": run.best, "bicubic": watch.bicubic, "step": run.best_step},
    }
