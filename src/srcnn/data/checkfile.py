"""A report on an HDF5 file of sub-images before hours of training on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.data.hdf5 import read_facts, read_subimages


@dataclass(frozen=True)
class FileReport:
    """What is in a file.

    Attributes:
        path: the file.
        count: sub-images, or whole pictures.
        channels: planes of each.
        inputs: smallest and largest (height, width), enlarged where the file's are small; ``targets`` are
            smaller by ``margin`` on each side.
        facts: what the file says of itself.
        problems: what would stop a training or spoil it, a line each.
    """

    path: Path
    count: int
    channels: int
    inputs: tuple[tuple[int, int], tuple[int, int]]
    margin: int
    facts: dict[str, Any]
    problems: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        facts = {key: np.asarray(value).tolist() for key, value in self.facts.items()}
        return {
            "path": str(self.path),
            "count": self.count,
            "channels": self.channels,
            "inputs": [list(size) for size in self.inputs],
            "margin": self.margin,
            "facts": facts,
            "problems": list(self.problems),
        }


def check_file(path: Path) -> FileReport:
    """Look at every sub-image of a file.

    Raises:
        DataError: no HDF5 file, another layout, or inputs and targets that do not belong together.
        MissingExtraError: h5py is not installed.
    """
    pairs = read_subimages(path, None, None)
    broken = [
        pair.name for pair in pairs if not (np.isfinite(pair.bicubic).all() and np.isfinite(pair.hr).all())
    ]
    problems = [f"{len(broken)} sub-images hold nan or infinity, {broken[0]} first"] if broken else []
    sizes = sorted({pair.size for pair in pairs})
    first = pairs[0].bicubic
    return FileReport(
        path,
        len(pairs),
        len(first) if first.ndim == 3 else 1,
        (sizes[0], sizes[-1]),
        pairs[0].margin,
        read_facts(path),
        tuple(problems),
    )
