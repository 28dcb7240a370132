"""A report on an image set before hours of training on it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from srcnn.data.look import Look, look_at
from srcnn.data.matching import Match, match_folders, pair_scale
from srcnn.data.pair import Pair
from srcnn.data.sources import Item, PairedFolders, PairRules
from srcnn.data.spectra import estimate_scale
from srcnn.data.standard import Recognition, recognise
from srcnn.data.workers import map_in_order
from srcnn.errors import SrcnnError, UsageError
from srcnn.files import list_pictures

Progress = Callable[[int, int], None]
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
