"""Checkpoints: the whole state of a run in one ``.safetensors`` file. Nothing is pickled."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from srcnn.atomic import write_bytes
from srcnn.errors import TrainingError, os_errors_as

FORMAT = "srcnn-checkpoint-1"


def save_checkpoint(path: Path, tensors: dict[str, torch.Tensor], state: dict[str, Any]) -> None:
    """Write tensors and a JSON-able state, whole or not at all.

    Raises:
        TrainingError: it cannot be written, for instance because the disk is full; an older checkpoint
            at the same path is then untouched.
    """
    flat = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    content = save(flat, {"format": FORMAT, "state": json.dumps(state)})
    with os_errors_as(TrainingError, f"cannot write checkpoint {path}, an older one there is kept"):
        write_bytes(content, path)


def load_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Read what `save_checkpoint` wrote.

    Raises:
        TrainingError: the file is missing, truncated, or no checkpoint of this package.
    """
    try:
        with safe_open(os.fspath(path), framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise TrainingError(
                    f"expected a checkpoint ({FORMAT}), got {path} of another format; "
                    "weights are not checkpoints, and pickles are never read"
                )
            return {name: file.get_tensor(name) for name in file.keys()}, json.loads(metadata["state"])  # noqa: SIM118
    except FileNotFoundError as error:
        raise TrainingError(
            f"expected a checkpoint at {path}, found none; is this the run's folder?"
        ) from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise TrainingError(
            f"expected a whole checkpoint, cannot read {path} ({error}); pickles are never read"
        ) from error
