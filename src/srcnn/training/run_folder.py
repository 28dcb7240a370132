"""The files of a run's folder and their names."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from srcnn.atomic import write_bytes
from srcnn.errors import TrainingError, UsageError, os_errors_as
from srcnn.training.run_log import LogLine, read_log

EXPERIMENT = "experiment.json"
"""What a folder that holds the runs of an experiment says about them, see `srcnn.training.experiment`."""


@dataclass(frozen=True)
class LogRow:
    """The state of a run at one validation.

    Attributes:
        step: optimiser steps done.
        examples: sub-images or crops seen so far (the paper's "backprops").
        loss: mean of the recipe's loss since the last row.
        train_mse: mean squared error of the training batches since the last row, white being 1.
        train_psnr: PSNR in dB of ``train_mse``.
        mse: mean over the validation pictures of the averaged weights' squared error, white being 1.
        psnr: mean over the validation pictures of the averaged weights' PSNR in dB.
        bicubic: the same for the bicubic input.
        rate: what the recipe's learning rates were multiplied by.
        seconds: training time so far, over all resumed parts.
        dead: share of the inner layers' units that are zero on every validation picture, in [0, 1].
    """

    step: int
    examples: int
    loss: float
    train_mse: float
    train_psnr: float
    mse: float
    psnr: float
    bicubic: float
    rate: float
    seconds: float
    dead: float


class RunFolder:
    """The folder of a run.

    Holds ``recipe.json``, ``log.jsonl`` and ``log.csv`` (a line a validation), ``checkpoint.safetensors``,
    ``weights.safetensors`` (averaged, best on the validation pictures), and at the end ``averaged``,
    ``last``, ``record.json`` and ``samples.png`` (bicubic | network | HR); ``tensorboard/`` where tensorboard
    is installed; ``curves.png`` when the command line ran it and matplotlib is installed; ``snapshots/``
    where the recipe asks for them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoint = path / "checkpoint.safetensors"
        self.weights = path / "weights.safetensors"
        self.averaged = path / "averaged.safetensors"
        self.last = path / "last.safetensors"
        self.log = path / "log.jsonl"
        self.table = path / "log.csv"
        self.record = path / "record.json"
        self.recipe = path / "recipe.json"
        self.curves = path / "curves.png"
        self.samples = path / "samples.png"
        self.snapshots = path / "snapshots"
        self._board: Any = None

    def make(self) -> None:
        """Make the folder if it is not there.

        Raises:
            TrainingError: it cannot be made.
        """
        with os_errors_as(TrainingError, f"cannot make the run's folder {self.path}"):
            self.path.mkdir(parents=True, exist_ok=True)

    @property
    def is_begun(self) -> bool:
        """Whether it holds a run, finished or not."""
        return self.checkpoint.exists() or self.record.exists()

    def check_free(self) -> None:
        """Refuse a folder from which a new run would take something.

        Raises:
            UsageError: it holds a run, finished or begun, or an experiment.
        """
        if (self.path / EXPERIMENT).exists():
            raise UsageError(f"{self.path} already holds an experiment; name another folder")
        if self.record.exists():
            raise UsageError(f"{self.path} already holds a finished run; name another folder")
        if self.is_begun:
            raise UsageError(
                f"{self.path} already holds a run; resume it with --resume, or name another folder"
            )

    def snapshot(self, step: int) -> Path:
        """Where the averaged weights after ``step`` steps are kept; its folder is made if need be.

        Raises:
            TrainingError: it cannot be made.
        """
        with os_errors_as(TrainingError, f"cannot make the folder {self.snapshots}"):
            self.snapshots.mkdir(exist_ok=True)
        return self.snapshots / f"step-{step:07}.safetensors"

    def rows(self) -> list[LogLine]:
        """The log so far.

        Raises:
            DataError: it is broken.
        """
        return read_log(self.log) if self.log.exists() and self.log.stat().st_size else []

    def add_row(self, row: LogRow) -> None:
        """Add a validation to the logs."""
        self._write_rows([*self.rows(), asdict(row)])
        board = self._tensorboard()
        if board is not None:
            for key, value in asdict(row).items():
                board.add_scalar(key, value, row.step)
            board.flush()

    def truncate(self, step: int) -> None:
        """Drop rows after ``step``: a run resumed from there writes them again."""
        self._write_rows([row for row in self.rows() if row["step"] <= step])

    def write_json(self, content: Any, path: Path) -> None:
        """Write JSON for people to read."""
        self._write(json.dumps(content, indent=2) + "\n", path)

    def _write_rows(self, rows: Sequence[LogLine]) -> None:
        self._write("".join(json.dumps(row) + "\n" for row in rows), self.log)
        text = StringIO()
        table = csv.DictWriter(text, list(LogRow.__dataclass_fields__), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        self._write(text.getvalue(), self.table)

    def _write(self, text: str, path: Path) -> None:
        with os_errors_as(TrainingError, f"cannot write {path}"):
            write_bytes(text.encode(), path)

    def _tensorboard(self) -> Any:
        if self._board is None:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                self._board = False
            else:
                self._board = SummaryWriter(str(self.path / "tensorboard"))
        return self._board or None
