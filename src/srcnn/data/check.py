"""Reports on a folder of pictures, or a file of sub-images, before hours of training on it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.data.fingerprints import Fingerprint
from srcnn.data.hdf5 import read_facts, read_subimages
from srcnn.data.standard_sets import recognise
from srcnn.files import other_files
from srcnn.text_table import first_few

_NAMED = 20  # files that are left out, in words; JSON has all


@dataclass(frozen=True)
class DataReport:
    """A report for people and, with `to_json`, for scripts.

    Attributes:
        title: what was checked.
        lines: the facts in words.
        facts: the facts as JSON values.
        problems: what would stop a training, a line each.
        notes: what would not stop it, but is worth knowing.
    """

    title: str
    lines: tuple[str, ...]
    facts: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The facts, ``problems`` and ``notes`` as JSON values."""
        return {**self.facts, "problems": list(self.problems), "notes": list(self.notes)}

    def __str__(self) -> str:
        found = [f"problem: {line}" for line in self.problems] + [f"note: {line}" for line in self.notes]
        return "\n  ".join([self.title, *self.lines, *found])


def check_image_set(
    folder: Path, prints: Sequence[Fingerprint], *, size: int = 33, least: int = 2
) -> DataReport:
    """Sizes and kinds of pictures, broken files, duplicates, what is left out, which standard set it is.

    ``prints`` is what `fingerprint_folder` found in it, ``size`` the side of a sub-image: smaller pictures
    are reported. ``least`` is how many a training needs: one beside the one that ``data.hold_out`` takes.
    """
    left_out = [path.name for path in other_files(folder)]
    readable = [one for one in prints if not one.error]
    unusable = [one for one in readable if not one.usable]
    small = [one.path.name for one in readable if min(one.width, one.height) < size]
    duplicates = _duplicates(prints)
    modes = Counter(one.mode for one in readable)
    widths, heights = _span(one.width for one in readable), _span(one.height for one in readable)
    megapixels = round(sum(one.width * one.height for one in readable) / 1e6, 3)
    standard_set = recognise(prints)
    facts = {
        "folder": str(folder),
        "pictures": len(prints),
        "modes": dict(modes),
        "width": widths,
        "height": heights,
        "megapixels": megapixels,
        "unreadable": [one.path.name for one in prints if one.error],
        "unusable": [one.path.name for one in unusable],
        "duplicates": duplicates,
        "small": small,
        "left_out": left_out,
        "standard_set": asdict(standard_set) if standard_set else None,
    }
    lines = [f"{count} {mode}" for mode, count in modes.items()]
    if widths and heights:
        lines.append(f"widths {widths[0]} to {widths[1]}, heights {heights[0]} to {heights[1]}")
    if standard_set:
        lines.append(str(standard_set))
    problems = [one.error for one in prints if one.error]
    problems += [f"{one.path} is {one.mode}; convert it to 8-bit grey or RGB" for one in unusable]
    if len(prints) < least:
        problems.append(
            f"{len(prints)} picture: none is left to train on after data.hold_out takes one for validation; "
            "add pictures, or name a set to validate on in data.watch"
        )
    notes = [f"the same pixels: {', '.join(group)}" for group in duplicates]
    if left_out:
        named = first_few(left_out, _NAMED)
        plural = "s" if len(left_out) > 1 else ""
        notes.append(f"left out {len(left_out)} file{plural} that are no pictures by their names: {named}")
    if small and len(small) == len(readable):
        problems.append(f"every picture is smaller than a sub-image of {size}x{size}: nothing can be cut")
    elif small:
        notes.append(f"smaller than a sub-image of {size}x{size}: {', '.join(small)}")
    title = f"{folder}: {len(prints)} picture(s), {megapixels:g} megapixels"
    return DataReport(title, tuple(lines), facts, tuple(problems), tuple(notes))


def check_file(path: Path) -> DataReport:
    """What is in an HDF5 file of sub-images, all of which are read.

    Raises:
        DataError: no HDF5 file, another layout, or inputs and targets that do not belong together.
        MissingExtraError: h5py is not installed.
    """
    pairs = read_subimages(path, None, None)
    sizes = sorted({pair.size for pair in pairs})
    first, margin = pairs[0].bicubic, pairs[0].margin
    channels = len(first) if first.ndim == 3 else 1
    attributes = read_facts(path)
    facts = {
        "path": str(path),
        "count": len(pairs),
        "channels": channels,
        "inputs": [list(sizes[0]), list(sizes[-1])],
        "margin": margin,
        "facts": attributes,
    }
    shown = " to ".join(dict.fromkeys(f"{width}x{height}" for height, width in (sizes[0], sizes[-1])))
    title = f"{path}: {len(pairs):,} pairs of {channels} plane(s), inputs {shown}"
    lines = [f"targets lack {margin} pixels on each side"]
    lines += [f"{key}: {value}" for key, value in attributes.items()]
    broken = [
        pair.name for pair in pairs if not (np.isfinite(pair.bicubic).all() and np.isfinite(pair.hr).all())
    ]
    problems = [f"{len(broken)} sub-images hold nan or infinity, {broken[0]} first"] if broken else []
    return DataReport(title, tuple(lines), facts, tuple(problems))


def _duplicates(prints: Sequence[Fingerprint]) -> list[list[str]]:
    """Names of files with the same pixels."""
    groups: dict[str, list[str]] = {}
    for one in prints:
        if one.sha256:
            groups.setdefault(one.sha256, []).append(one.path.name)
    return [group for group in groups.values() if len(group) > 1]


def _span(values: Iterable[int]) -> list[int] | None:
    ordered = sorted(values)
    return [ordered[0], ordered[-1]] if ordered else None
