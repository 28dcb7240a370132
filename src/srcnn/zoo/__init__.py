"""The shipped weights: which there are, and which of them serve a scale.

Each is a ``.safetensors`` file in this folder, named as its model: ``9-5-5-x3.safetensors``. Their hashes
stand beside them, in the form that ``sha256sum -c`` reads.
"""

import functools
import hashlib
import importlib.resources
import math
import re
from dataclasses import dataclass
from pathlib import Path

from srcnn.arch import Architecture
from srcnn.errors import UsageError
from srcnn.weights import ModelCard, load_weights

SUFFIX = ".safetensors"
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class ZooEntry:
    """One shipped model: ``bytes`` is the size of its file."""

    name: str
    path: Path
    bytes: int
    card: ModelCard
    architecture: Architecture


def list_models() -> list[ZooEntry]:
    """All shipped models, sorted by name; read once.

    Raises:
        WeightsError: a shipped file is broken.
    """
    return list(_entries(_folder()))


def find_model(name: str, scale: float | None = None) -> Path:
    """The file of a shipped model.

    Args:
        name: a model's whole name (``9-5-5-x3``), or without its scale (``9-5-5``): then the one for the
            nearest scale is meant, nearest in the logarithm.
        scale: the enlargement it is wanted for.

    Raises:
        UsageError: an unknown name, or a name without its scale and no scale beside it.
    """
    stems = sorted(path.stem for path in _folder().glob(f"*{SUFFIX}"))
    if name not in stems:
        scales = {float(match[1]): stem for stem in stems if (match := _scale_in(stem, name))}
        if not scales:
            raise UsageError(
                f"expected a shipped model ({', '.join(stems) or 'none is shipped'}) or the path of a "
                f"{SUFFIX} file, got {name!r}"
            )
        if scale is None:
            raise UsageError(
                f"expected a scale beside the model {name!r}, or one of {', '.join(scales.values())}"
            )
        if not (math.isfinite(scale) and scale > 0):
            raise UsageError(f"expected a positive scale, got {scale}")
        # Of two equally near scales the larger one: it loses less to play safe on the blurrier input.
        name = scales[min(scales, key=lambda known: (abs(math.log(known / scale)), -known))]
    return _folder() / f"{name}{SUFFIX}"


def sums(folder: Path) -> str:
    """A line for each weights file in a folder: its SHA-256 and its name."""
    lines = [f"{_hash(path)}  {path.name}\n" for path in sorted(folder.glob(f"*{SUFFIX}"))]
    return "".join(lines)


def damaged_models() -> list[str]:
    """Shipped weights that are missing, or not to the byte what was shipped; and weights that never were."""
    folder = _folder()
    try:
        shipped = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        shipped = []
    return sorted({line.partition("  ")[2] for line in set(shipped) ^ set(sums(folder).splitlines())})


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _scale_in(stem: str, name: str) -> re.Match[str] | None:
    return re.fullmatch(re.escape(name) + r"-x(\d+(?:\.\d+)?)", stem)


def _folder() -> Path:
    return Path(str(importlib.resources.files(__name__)))


@functools.cache
def _entries(folder: Path) -> tuple[ZooEntry, ...]:
    entries = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        weights = load_weights(path)
        entries.append(ZooEntry(path.stem, path, path.stat().st_size, weights.card, weights.architecture))
    return tuple(entries)
