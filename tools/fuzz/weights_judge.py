"""What becomes of a broken weights file: refused in one line, or imported into one that loads."""

import resource
import sys
import traceback
from pathlib import Path

import numpy as np

from srcnn.errors import SrcnnError
from srcnn.weight_formats import import_weights
from srcnn.weights import Weights, load_weights, save_weights

GROWTH = 512 * 2**20
"""Bytes by which one little file may raise the largest memory that the process has had."""
OWN = ".own"
"""Ends the stem of this package's own files, which are loaded and not imported."""


def judge_weights(path: Path, folder: Path) -> tuple[str, str]:
    """The outcome for a file, and why."""
    before = _peak()
    outcome, detail = _judged(path, folder / "imported.safetensors")
    grown = _peak() - before
    if grown > GROWTH:
        return "finding", f"{grown // 2**20} MiB more for {path.stat().st_size} bytes ({outcome} {detail})"
    return outcome, detail


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _judged(path: Path, output: Path) -> tuple[str, str]:
    notes: list[str] = []
    try:
        weights = load_weights(path) if path.stem.endswith(OWN) else import_weights(path, note=notes.append)
    except SrcnnError as error:
        if not str(error).isprintable() or str(path) not in str(error):
            return "finding", f"an error that is no line of text, or without the name: {error!r}"
        return "refused", str(error).replace(str(path), "...")
    except Exception:
        return "finding", traceback.format_exc()
    if not all(note.isprintable() for note in notes):
        return "finding", f"a note that is no line of text: {notes!r}"
    try:
        save_weights(weights, output)
        return _compared(weights, load_weights(output))
    except Exception:
        return "finding", f"read, but not written and loaded: {traceback.format_exc()}"


def _compared(weights: Weights, loaded: Weights) -> tuple[str, str]:
    if not all(np.isfinite(array).all() for array in (*loaded.kernels, *loaded.biases)):
        return "finding", "values that are not finite"
    if (loaded.digest, loaded.card) != (weights.digest, weights.card):
        return "finding", "other weights after saving and loading"
    return "read", ""
