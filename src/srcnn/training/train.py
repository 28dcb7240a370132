"""Training: a recipe in, weights out. Read `train` from top to bottom."""

import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGTERM
from typing import Any

import torch
from lightning_fabric import Fabric

from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.pair import Pair
from srcnn.errors import TrainingError, UsageError
from srcnn.system import usable_cores
from srcnn.text_table import first_few
from srcnn.training.dead_units import dead_share, dead_units, peaks
from srcnn.training.process import interruptible, keep_freed_memory, local_processes, machines
from srcnn.training.recipe import Recipe
from srcnn.training.record import card_of, data_facts, record_of
from srcnn.training.run_folder import LogRow, RunFolder
from srcnn.training.trainer import Trainer
from srcnn.training.validation import Watch, outputs, prepare_watch, scores, write_samples
from srcnn.types import Progress
from srcnn.weights import Weights, load_weights, save_weights

REHEARSED = 8
"""Steps that a rehearsal takes."""
REVIVED_UNTIL = 0.5
"""Share of the steps after which dead units stay dead: later there is no time to find them a use."""
StepReport = Callable[[int, int, LogRow | None], None]


def train(
    recipe: Recipe,
    out: Path,
    *,
    data: Path | None = None,
    init: Weights | None = None,
    resume: bool = False,
    threads: int | None = None,
    report: StepReport | None = None,
    reading: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> Weights:
    """Train a recipe and leave weights, logs, checkpoint and record in the folder ``out`` (see `RunFolder`).

    Under ``torchrun`` its processes share each batch and the first of them writes; otherwise one process
    runs on the device that Fabric finds. Freed memory is kept, see `keep_freed_memory`.

    Args:
        recipe: what to train; it names its image sets.
        out: the run's folder, made if need be.
        data: the folder the sets lie under; ``SRCNN_DATA`` by default.
        init: weights to start from instead of the recipe's initialisation.
        resume: continue from ``out``'s checkpoint; on one CPU the result equals an unbroken run to the bit.
        threads: CPU threads; by default torch's own choice, within the CPU quota of a container. It holds for
            the whole process.
        report: called after each step with its number, the number of steps in all, and the log's row where
            there is a new one.
        reading: called with (done, total) while pictures are read.
        note: called with what is worth knowing before the first step: pictures left out.

    Returns:
        The averaged weights with the best PSNR on the validation pictures.

    Raises:
        UsageError: ``out`` holds a run that is not to be resumed, or one to resume that is finished.
        TrainingError: the loss is no longer finite, or a checkpoint is missing, broken or of another run.
        DataError: an image set is missing or unusable.
        KeyboardInterrupt: after a checkpoint was written; after SIGTERM `SystemExit` with 143.
    """
    folder = RunFolder(out)
    if not resume:
        folder.check_free()
    if resume and folder.record.exists():
        raise UsageError(f"{out} is finished: it holds {folder.record.name}; nothing is left to resume")
    keep_freed_memory()
    torch.set_num_threads(threads or min(torch.get_num_threads(), usable_cores()))
    fabric = Fabric(devices=local_processes(), num_nodes=machines())
    fabric.launch()
    pairs, watched = _load(recipe, data, reading)
    watch = prepare_watch(watched, recipe.data.scale)
    run = Trainer(recipe, pairs, fabric, init, facts=data_facts(pairs, watched))
    if note and run.leads and recipe.run.precision == "bf16" and _lacks_bf16(fabric.device):
        note("this processor computes bf16 in software, many times slower; add --set run.precision=fp32")
    if note and run.leads and run.small:
        side = f"{recipe.data.size}x{recipe.data.size} pixels"
        note(f"{len(run.small)} pictures are smaller than {side} and left out: {first_few(run.small)}")
    if resume:
        run.restore(folder.checkpoint)
    if run.leads:
        folder.make()
        folder.truncate(run.step)
        folder.write_json(recipe.model_dump(mode="json"), folder.recipe)

    if recipe.run.revive and run.step == 0:
        _revive(run, watch)
    tally = _Tally()
    with interruptible() as interrupted:
        while run.step < run.steps:
            begun = time.perf_counter()
            loss, mse = run.advance()
            run.seconds += time.perf_counter() - begun
            _check_finite("loss", loss, run, folder)
            tally.add(loss, mse)
            if run.leads and _due(run, recipe.run.snapshot_every):
                _keep_snapshot(run, folder)
            row = None
            if run.leads and _due(run, recipe.run.validate_every):
                row = _validate(run, watch, tally)
                _check_finite("error on the validation pictures", row.mse, run, folder)
                folder.add_row(row)
                _save_if_best(run, row, watch, folder)
            if _due(run, recipe.run.validate_every):
                if recipe.run.revive and run.step <= REVIVED_UNTIL * run.steps:
                    _revive(run, watch)
                if run.leads:
                    run.save(folder.checkpoint)
            if report and run.leads:
                report(run.step, run.steps, row)
            if run.agree(bool(interrupted())) and run.step < run.steps:
                if run.leads:
                    run.save(folder.checkpoint)
                raise SystemExit(128 + SIGTERM) if interrupted() == SIGTERM else KeyboardInterrupt
    if run.leads:
        card = card_of(run, {})
        save_weights(run.weights(card), folder.averaged)
        save_weights(run.weights(card, averaged=False), folder.last)
        write_samples(run.network(), watch, recipe.data.color, folder.samples)
        folder.write_json(record_of(run, watch), folder.record)
    fabric.barrier()
    return load_weights(folder.weights)


def rehearse(
    recipe: Recipe, *, data: Path | None = None, init: Weights | None = None, threads: int | None = None
) -> dict[str, Any]:
    """What `train` would do with a recipe, and how long it would take here, judged by a few steps.

    Reads the pictures, writes nothing.

    Returns:
        ``network``, ``parameters``, ``scale``, ``training`` and ``validation`` (numbers of pictures),
        ``steps``, ``batch``, ``step_ms`` (median) and ``seconds``.
    """
    keep_freed_memory()
    torch.set_num_threads(threads or min(torch.get_num_threads(), usable_cores()))
    pairs, watched = _load(recipe, data, None)
    prepare_watch(watched, recipe.data.scale)  # refuses what would end the run
    run = Trainer(recipe, pairs, Fabric(devices=1), init)
    times = []
    for _ in range(min(REHEARSED, run.steps)):
        begun = time.perf_counter()
        run.advance()
        times.append(time.perf_counter() - begun)
    architecture = recipe.network.build()
    return {
        "network": f"{architecture.name} ({'-'.join(map(str, architecture.widths))})",
        "parameters": architecture.parameters,
        "scale": recipe.data.scale,
        "training": len(pairs),
        "validation": len(watched),
        "steps": run.steps,
        "batch": recipe.run.batch,
        "step_ms": round(1000 * statistics.median(times), 1),
        "seconds": round(run.steps * statistics.median(times)),
    }


class _Tally:
    """Means over the steps since the last row. They are for people: a resumed run starts them anew."""

    def __init__(self) -> None:
        self.steps, self.loss, self.mse = 0, 0.0, 0.0

    def add(self, loss: float, mse: float) -> None:
        self.steps, self.loss, self.mse = self.steps + 1, self.loss + loss, self.mse + mse

    def take(self) -> tuple[float, float]:
        loss, mse = self.loss / self.steps, self.mse / self.steps
        self.steps, self.loss, self.mse = 0, 0.0, 0.0
        return loss, mse


def _load(recipe: Recipe, data: Path | None, reading: Progress | None) -> tuple[list[Pair], list[Pair]]:
    wanted = recipe.data
    held_from = () if wanted.watch else (wanted.hold_out_from or wanted.train)
    pairs, watched = [], []

    def read(request: SetRequest) -> list[Pair]:
        return load_pairs(request, data, progress=reading)

    for name in wanted.train:
        held = name in held_from
        every = wanted.hold_out if held else 1
        pairs += read(SetRequest(name, wanted.scale, wanted.sizes, every, keep=not held, rules=wanted))
        if held:
            watched += read(SetRequest(name, wanted.scale, every=every, rules=wanted))
    for name in wanted.watch:
        watched += read(SetRequest(name, wanted.scale, rules=wanted))
    return pairs, watched


def _check_finite(what: str, value: float, run: Trainer, folder: RunFolder) -> None:
    if not math.isfinite(value):
        hint = f"; the last checkpoint in {folder.path} is kept" if folder.checkpoint.exists() else ""
        raise TrainingError(
            f"the {what} is {value} at step {run.step}; lower optimiser.rate or set optimiser.clip{hint}"
        )


def _lacks_bf16(device: torch.device) -> bool:
    """Whether a processor has no vector instructions that oneDNN runs bf16 with."""
    return device.type == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported()


def _due(run: Trainer, every: int | None) -> bool:
    """Whether what is done after ``every`` steps, and at the end, is done now."""
    return every is not None and (run.step % every == 0 or run.step == run.steps)


def _validate(run: Trainer, watch: Watch, tally: _Tally) -> LogRow:
    loss, train_mse = tally.take()
    network = run.network().to(run.device)
    with peaks(network) as found:
        mse, psnr = scores(network, watch)
    return LogRow(
        step=run.step,
        examples=run.step * run.recipe.run.batch,
        loss=loss,
        train_mse=train_mse,
        train_psnr=-10 * math.log10(max(train_mse, 1e-10)),
        mse=mse,
        psnr=psnr,
        bicubic=watch.bicubic,
        rate=run.rate,
        seconds=round(run.seconds, 3),
        dead=round(dead_share(dead_units(found)), 4),
    )


def _revive(run: Trainer, watch: Watch) -> None:
    # Every process does: all have the same weights and pictures, and so draw the same.
    network = run.network().to(run.device)
    with peaks(network) as found:
        for _ in outputs(network, watch):
            pass
    run.revive(dead_units(found))


def _keep_snapshot(run: Trainer, folder: RunFolder) -> None:
    facts = {"training": {"step": run.step, "seconds": round(run.seconds, 3)}}
    save_weights(run.weights(card_of(run, facts)), folder.snapshot(run.step))


def _save_if_best(run: Trainer, row: LogRow, watch: Watch, folder: RunFolder) -> None:
    if row.psnr <= run.best:
        return
    run.best, run.best_step = row.psnr, row.step
    figures = {"held-out": {"psnr": round(row.psnr, 4), "bicubic": round(watch.bicubic, 4)}}
    save_weights(run.weights(card_of(run, figures)), folder.weights)
