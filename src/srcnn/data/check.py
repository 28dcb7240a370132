"""A report on an image set before hours of training on it."""

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.data.fingerprints import Look, look_at
from srcnn.data.hdf5 import read_facts, read_subimages
from srcnn.data.match import Match, match_folders, pair_scale
from srcnn.data.pair import Pair
from srcnn.data.pair_sources import Item, PairedFolders, PairRules, Side, halves
from srcnn.data.planes import eight_bit, planes_of
from srcnn.data.scale_estimate import estimate_scale
from srcnn.data.standard_sets import Recognition, recognise
from srcnn.errors import SrcnnError, UsageError
from srcnn.files import list_pictures
from srcnn.parallel import map_in_order
from srcnn.types import Progress

_ESTIMATED_ON = 20
"""Pairs that the scale is estimated on: more do not change it."""


@dataclass(frozen=True)
class SetReport:
    """What is in a folder of pictures.

    Attributes:
        folder: the folder.
        looks: facts about each picture.
        duplicates: groups of files with the same pixels.
        small: pictures smaller than a sub-image of ``size`` a side.
        recognised: the standard set this is, if it is one.
    """

    folder: Path
    looks: tuple[Look, ...]
    size: int
    duplicates: tuple[tuple[str, ...], ...]
    small: tuple[str, ...]
    recognised: Recognition | None

    @property
    def unreadable(self) -> list[Look]:
        """Files that are no whole pictures."""
        return [look for look in self.looks if look.error]

    @property
    def unusable(self) -> list[Look]:
        """Pictures that cannot be trained on: 16 bits, or transparent."""
        return [look for look in self.looks if not look.error and not look.usable]

    @property
    def problems(self) -> list[str]:
        """What would stop a training, a line each."""
        told = [str(look.error) for look in self.unreadable]
        return told + [
            f"{look.path} is {look.mode}; convert it to 8-bit grey or RGB" for look in self.unusable
        ]

    @property
    def notes(self) -> list[str]:
        """What would not stop it, but is worth knowing."""
        told = [f"the same pixels: {', '.join(group)}" for group in self.duplicates]
        if self.small:
            told.append(f"smaller than a sub-image of {self.size}x{self.size}: {', '.join(self.small)}")
        return told

    def to_json(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        read = [look for look in self.looks if not look.error]
        return {
            "folder": str(self.folder),
            "pictures": len(self.looks),
            "modes": dict(Counter(look.mode for look in read)),
            "width": _span(look.width for look in read),
            "height": _span(look.height for look in read),
            "megapixels": round(sum(look.width * look.height for look in read) / 1e6, 3),
            "unreadable": [look.path.name for look in self.unreadable],
            "unusable": [look.path.name for look in self.unusable],
            "duplicates": [list(group) for group in self.duplicates],
            "small": list(self.small),
            "standard_set": asdict(self.recognised) if self.recognised else None,
            "problems": self.problems,
            "notes": self.notes,
        }


@dataclass(frozen=True)
class MatchReport:
    """How two folders fit together.

    Attributes:
        match: files that belong together, and those that stand alone.
        scales: how many pairs have which factor between their sizes; 1 for equal sizes.
        problems: what would stop a training, a line each.
        estimate: for pairs of equal size, the scale their spectra suggest; None if LR is not softer.
    """

    match: Match
    scales: dict[int, int]
    problems: tuple[str, ...]
    estimate: float | None

    def to_json(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "pairs": len(self.match.pairs),
            "hr_without_partner": [path.name for path in self.match.hr_only],
            "lr_without_partner": [path.name for path in self.match.lr_only],
            "scales": {str(scale): count for scale, count in self.scales.items()},
            "estimated_scale": round(self.estimate, 2) if self.estimate else None,
            "problems": list(self.problems),
        }


def check_folder(
    folder: Path, *, size: int = 33, processes: int | None = None, progress: Progress | None = None
) -> SetReport:
    """Look at every picture of a folder.

    Args:
        folder: the pictures.
        size: side of a sub-image.
        processes: see `map_in_order`.
        progress: called with (done, total).

    Raises:
        ImageError: no such folder, or none in it.
    """
    paths = list_pictures(folder)
    looks = []
    for look in map_in_order(look_at, paths, processes):
        looks.append(look)
        if progress:
            progress(len(looks), len(paths))
    small = [look.path.name for look in looks if not look.error and min(look.width, look.height) < size]
    return SetReport(folder, tuple(looks), size, _duplicates(looks), tuple(small), recognise(looks))


def check_match(hr: SetReport, lr: SetReport) -> MatchReport:
    """Compare two folders that `check_folder` looked at.

    Raises:
        DataError: two pictures of one folder with the same stem.
    """
    match = match_folders(hr.folder, lr.folder)
    known = {look.path: look for look in (*hr.looks, *lr.looks) if not look.error}
    problems = [f"{path} has no partner" for path in (*match.hr_only, *match.lr_only)]
    scales: Counter[int] = Counter()
    for good, poor in match.pairs:
        if good in known and poor in known:
            one, two = known[good], known[poor]
            try:
                scales[pair_scale((one.height, one.width), (two.height, two.width))] += 1
            except UsageError as error:
                problems.append(f"{good} and {poor}: {error}")
    if len(scales) > 1:
        told = ", ".join(f"{count} pairs at {scale}" for scale, count in sorted(scales.items()))
        problems.append(f"expected one scale between the folders, got {told}")
    return MatchReport(match, dict(scales), tuple(problems), _estimate(match) if set(scales) == {1} else None)


def _estimate(match: Match) -> float | None:
    # Of a source of pairs only what it does with two files is wanted here, not its folders.
    source = PairedFolders(Path(), "", 1, PairRules(layout="folders"))
    pairs: list[Pair] = []
    for paths in match.pairs[:_ESTIMATED_ON]:
        try:
            pairs.extend(source.pairs(Item(paths[0].stem, paths)))
        except SrcnnError:
            continue  # told elsewhere in the report
    return estimate_scale(pairs)


def _duplicates(looks: Sequence[Look]) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for look in looks:
        if look.sha256:
            groups.setdefault(look.sha256, []).append(look.path.name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _span(values: Any) -> list[int] | None:
    found = list(values)
    return [min(found), max(found)] if found else None


# JOINED: A report on pictures that hold a pair side by side.

_ESTIMATED_ON_PAIRS = 100
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
    pairs = (_pair(path, sharp) for path in even[:_ESTIMATED_ON_PAIRS])
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


# JOINED: A report on an HDF5 file of sub-images before hours of training on it.


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
