"""What a run leaves behind: a line of JSON per validation, and a record at the end."""

import json
import os
import platform
import shlex
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from srcnn.atomic import write_bytes


@dataclass(frozen=True)
class Row:
    """The state of a run at one validation.

    Attributes:
        step: optimiser steps done.
        examples: sub-images or crops seen so far (the paper's "backprops").
        loss: mean of the recipe's loss since the last row.
        train_psnr: PSNR in dB of the mean squared error on the training batches since the last row.
        psnr: mean PSNR in dB of the averaged weights on the validation pictures.
        bicubic: the same for the bicubic input.
        rate: what the recipe's learning rates were multiplied by.
        seconds: training time so far, over all resumed parts.
    """

    step: int
    examples: int
    loss: float
    train_psnr: float
    psnr: float
    bicubic: float
    rate: float
    seconds: float


def append_row(path: Path, row: Row) -> None:
    """Add a line to the log."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(row)) + "\n")


def truncate_log(path: Path, step: int) -> None:
    """Drop lines after ``step``: a run resumed from there writes them again."""
    if not path.exists():
        return
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if json.loads(line)["step"] <= step
    ]
    write_bytes("".join(f"{line}\n" for line in lines).encode(), path)


def write_json(path: Path, content: Any) -> None:
    """Write JSON for people to read, whole or not at all."""
    write_bytes((json.dumps(content, indent=2) + "\n").encode(), path)


def machine() -> dict[str, Any]:
    """Processor, cores and versions: what a time in a record depends on."""
    import torch

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "srcnn": version("srcnn"),
    }


def source_commit() -> str:
    """Commit of the source tree this runs from, ``-dirty`` when it was changed; else the version."""
    folder = Path(__file__).parent
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        dirty = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return f"version {version('srcnn')}"
    return commit + ("-dirty" if dirty else "")


def command_line() -> str:
    """The command as typed."""
    return shlex.join(["srcnn", *sys.argv[1:]])


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
