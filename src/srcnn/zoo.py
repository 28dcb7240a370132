"""The shipped weights: which there are, and which of them serve a scale.

Each is a ``.safetensors`` file in the folder ``shipped``, named as its model: ``9-5-5-x3.safetensors``. Their
hashes stand beside them, in the form that ``sha256sum -c`` reads.
"""

import functools
import hashlib
import importlib.resources
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srcnn.arch import Architecture
from srcnn.errors import UsageError
from srcnn.weights import FOREIGN_SUFFIXES, ModelCard, load_weights

SUFFIX = ".safetensors"
SUMS = "SHA256SUMS"
FOLDER_VARIABLE = "SRCNN_MODELS"
"""Names a folder of weights to use instead of the shipped ones."""
BEST = "best"
"""Stands for the weights whose card says that they are the best for their scale."""


@dataclass(frozen=True)
class ZooEntry:
    """One shipped model: ``bytes`` is the size of its file."""

    name: str
    path: Path
    bytes: int
    card: ModelCard
    architecture: Architecture

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        card, architecture = self.card, self.architecture
        return {
            "name": self.name,
            "scale": card.scale,
            "task": card.task,
            "best": card.best,
            "degradation": list(card.degradation),
            "architecture": architecture.name,
            "widths": list(architecture.widths),
            "channels": architecture.channels,
            "parameters": architecture.parameters,
            "bytes": self.bytes,
            "data": list(card.data),
            "recipe": card.recipe,
            "commit": card.commit,
            "licence": card.licence,
            "figures": dict(card.figures),
        }


def list_models() -> list[ZooEntry]:
    """All shipped models, sorted by name; each file is read once, and again when it has changed.

    Raises:
        WeightsError: a shipped file is broken.
    """
    return [_entry(path, path.stat().st_mtime_ns) for path in sorted(models_folder().glob(f"*{SUFFIX}"))]


def is_file_name(name: str) -> bool:
    """Whether a model's name is the path of a file and not that of shipped weights."""
    return name.lower().endswith((SUFFIX, *FOREIGN_SUFFIXES)) or os.sep in name


def find_model(name: str, scale: float | None = None) -> Path:
    """The file of a shipped model.

    Args:
        name: a model's whole name (``9-5-5-x3``), or without its scale (``9-5-5``): then the one for the
            nearest scale is meant, nearest in the logarithm. ``best``: the one that is best for that scale.
        scale: the enlargement it is wanted for.

    Raises:
        UsageError: an unknown name, or a name without its scale and no scale beside it.
    """
    stems = _stems()
    if name not in stems:
        scales = _scales_of(name)
        if not scales:
            raise _unknown(name)
        if scale is None:
            raise UsageError(
                f"expected a scale beside the model {name!r}, or one of {', '.join(scales.values())}"
            )
        if not (math.isfinite(scale) and scale > 0):
            raise UsageError(f"expected a positive scale, got {scale}")
        # Of two equally near scales the larger one: it loses less to play safe on the blurrier input.
        name = scales[min(scales, key=lambda known: (abs(math.log(known / scale)), -known))]
    return models_folder() / f"{name}{SUFFIX}"


def find_restorer(name: str, quality: int | None = None, *, color: bool = False) -> Path | None:
    """The file of a shipped model for a JPEG.

    Args:
        name: a model's whole name (``9-5-5-jpeg20``), which needs no quality, or without the damage it undoes
            (``9-5-5``): then the one whose quality is nearest is meant, nearest in the logarithm of the steps
            that JPEG rounds to, and of two equally near the better one.
        quality: of the JPEG, 1 to 100.
        color: whether the picture has colour: then weights for all three planes are meant (``9-5-5-rgb``)
            up to the best quality that there are such weights for.

    Returns:
        None where the quality is above the best that weights are shipped for: there is too little to undo.

    Raises:
        UsageError: an unknown name, a quality that is missing or not of 1 to 100.
    """
    if name in _stems():
        return models_folder() / f"{name}{SUFFIX}"
    known = restored_qualities(name)
    if quality is None:
        names = ", ".join(f"{name}-jpeg{other}" for other in known)
        raise UsageError(f"expected the quality of the JPEG beside the model {name!r}, or one of {names}")
    if quality not in range(1, 101):
        raise UsageError(f"expected a JPEG quality of 1 to 100, got {quality!r}")
    quality = int(quality)
    if quality > known[-1]:
        return None
    in_color = _qualities(f"{name}-rgb") if color else []
    if in_color and quality <= in_color[-1]:
        name, known = f"{name}-rgb", in_color
    step = _coarseness(quality)
    nearest = min(known, key=lambda other: (abs(math.log(_coarseness(other) / step)), -other))
    return models_folder() / f"{name}-jpeg{nearest}{SUFFIX}"


def restored_qualities(name: str) -> list[int]:
    """The JPEG qualities that there are weights for under a name such as ``9-5-5``, from worst to best.

    Raises:
        UsageError: none, as the name is unknown.
    """
    known = _qualities(name)
    if not known:
        raise _unknown(name)
    return known


def _qualities(name: str) -> list[int]:
    found = (re.fullmatch(re.escape(name) + r"-jpeg(\d+)", stem) for stem in _stems())
    return sorted(int(match[1]) for match in found if match)


def is_whole_name(name: str) -> bool:
    """Whether a model's name says all: the path of a file, or shipped weights with their scale or damage."""
    return is_file_name(name) or name in _stems()


def _coarseness(quality: int) -> int:
    """The percentage that libjpeg multiplies its tables with (jpeg_quality_scaling), but not 0 at 100."""
    return 5000 // quality if quality < 50 else max(200 - 2 * quality, 1)


def sums(folder: Path) -> str:
    """A line for each weights file in a folder: its SHA-256 and its name."""
    files = sorted(folder.glob(f"*{SUFFIX}"))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def damaged_models() -> list[str]:
    """Shipped weights that are missing, or not to the byte what was shipped; and weights that never were."""
    folder = models_folder()
    try:
        shipped = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        shipped = []
    return sorted({line.partition("  ")[2] for line in set(shipped) ^ set(sums(folder).splitlines())})


def _scales_of(name: str) -> dict[float, str]:
    """The scales that there are weights for under a name without its scale, and their whole names."""
    if name == BEST:
        return {
            entry.card.scale: entry.name for entry in list_models() if entry.card.scale and entry.card.best
        }
    pattern = re.compile(re.escape(name) + r"-x(\d+(?:\.\d+)?)")
    return {float(match[1]): stem for stem in _stems() if (match := pattern.fullmatch(stem))}


def _stems() -> list[str]:
    return sorted(path.stem for path in models_folder().glob(f"*{SUFFIX}"))


def _unknown(name: str) -> UsageError:
    return UsageError(
        f"expected a shipped model ({', '.join(_stems()) or 'none is shipped'}) or the path of a "
        f"{SUFFIX} file, got {name!r}"
    )


def models_folder() -> Path:
    """The folder of the shipped weights, or the one that the environment variable `FOLDER_VARIABLE` names."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else Path(str(importlib.resources.files("srcnn") / "shipped"))


@functools.cache
def _entry(path: Path, modified: int) -> ZooEntry:
    weights = load_weights(path)
    return ZooEntry(path.stem, path, path.stat().st_size, weights.card, weights.architecture)
