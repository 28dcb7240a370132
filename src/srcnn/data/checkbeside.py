"""A report on pictures that hold a pair side by side."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.data.look import Look
from srcnn.data.pair import Pair
from srcnn.data.planes import eight_bit, planes_of
from srcnn.data.sources import Side, halves
from srcnn.data.spectra import estimate_scale
from srcnn.data.workers import map_in_order

_ESTIMATED_ON = 100
"""Pictures that the scale is estimated on; they are small, and more do not change it."""


@dataclass(frozen=True)
class BesideReport:
    """What the halves of a set's pictures tell.

    Attributes:
        sharp: which half is taken for the good one.
        odd: pictures whose width cannot be halved.
        same: pictures with two equal halves.
        softer: pictures whose good half has the weaker edges.
        halved: pictures with two halves.
        estimate: the scale that the spectra suggest; None if the poor halves are not softer.
    """

    sharp: Side
    odd: tuple[str, ...]
    same: tuple[str, ...]
    softer: tuple[str, ...]
    halved: int
    estimate: float | None

    @property
    def problems(self) -> list[str]:
        """What would stop a training, a line each."""
        return [f"{name} is an odd number of pixels wide: no two halves" for name in self.odd]

    @property
    def notes(self) -> list[str]:
        """What would not stop it, but is worth knowing."""
        told = [f"the two halves are equal: {', '.join(self.same)}"] if self.same else []
        if 2 * len(self.softer) > self.halved:
            other = "right" if self.sharp == "left" else "left"
            told.append(
                f"the {other} half has the stronger edges in {len(self.softer)} of {self.halved}; "
                f"if it is the good one, say --sharp {other} here and data.sharp in the recipe"
            )
        return told

    def to_json(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "sharp": self.sharp,
            "pairs": self.halved,
            "odd_widths": list(self.odd),
            "equal_halves": list(self.same),
            "softer_good_halves": len(self.softer),
            "estimated_scale": round(self.estimate, 2) if self.estimate else None,
            "problems": self.problems,
            "notes": self.notes,
        }


def check_beside(looks: Sequence[Look], sharp: Side = "left", processes: int | None = None) -> BesideReport:
    """Compare the halves of pictures that `check_folder` looked at.

    Args:
        looks: facts about each picture; those that cannot be trained on are passed over.
        sharp: the half that should be the good one.
        processes: see `map_in_order`.
    """
    usable = [look for look in looks if look.usable]
    even = [look.path for look in usable if look.width % 2 == 0]
    compared = list(map_in_order(functools.partial(_compare, sharp=sharp), even, processes))
    named = list(zip(even, compared, strict=True))
    softer = tuple(path.name for path, edges in named if edges is not None and edges[0] < edges[1])
    swapped = 2 * len(softer) > len(even)
    pairs = (_pair(path, sharp) for path in even[:_ESTIMATED_ON])
    return BesideReport(
        sharp,
        tuple(str(look.path) for look in usable if look.width % 2),
        tuple(path.name for path, edges in named if edges is None),
        softer,
        len(even),
        None if swapped else estimate_scale(pairs),
    )


def _compare(path: Path, sharp: Side) -> tuple[float, float] | None:
    """How strong the edges of the good and of the poor half are; None where the halves are equal."""
    good, poor = _good_and_poor(path, sharp)
    if np.array_equal(good, poor):
        return None
    return _edges(good), _edges(poor)


def _edges(plane: npt.NDArray[np.uint8]) -> float:
    values = plane.astype(np.float64)
    return sum(
        float(np.square(np.diff(values, axis=axis)).mean()) for axis in (0, 1) if plane.shape[axis] > 1
    )


def _pair(path: Path, sharp: Side) -> Pair:
    good, poor = _good_and_poor(path, sharp)
    return Pair(path.stem, (poor / 255).astype(np.float32), good)


def _good_and_poor(path: Path, sharp: Side) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    left, right = (planes_of(half, "grey") for half in halves(eight_bit(path), path))
    return (left, right) if sharp == "left" else (right, left)
