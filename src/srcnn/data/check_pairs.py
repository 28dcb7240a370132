"""Reports on pairs before hours of training on them: in two folders, or side by side in each picture."""

import functools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from srcnn.data.check import DataReport
from srcnn.data.fingerprints import Fingerprint
from srcnn.data.match import Match, match_folders, pair_scale
from srcnn.data.pair import Pair
from srcnn.data.pair_sources import Item, PairedFolders, PairRules, Side, split_halves
from srcnn.data.planes import eight_bit, planes_of
from srcnn.data.scale_estimate import estimate_scale
from srcnn.errors import SrcnnError, UsageError
from srcnn.parallel import map_in_order
from srcnn.types import Levels

# How many pairs the scale is estimated on; more do not change it. Pictures side by side are small.
_ESTIMATED_ON_FOLDERS, _ESTIMATED_ON_HALVES = 20, 100


def check_match(hr: Path, lr: Path, prints: Sequence[Fingerprint]) -> DataReport:
    """How the HR and LR pictures of two folders fit together; ``prints`` is what was found in both.

    Raises:
        DataError: two pictures of one folder with the same stem.
    """
    match = match_folders(hr, lr)
    readable = {one.path: one for one in prints if not one.error}
    problems = [f"{path} has no partner" for path in (*match.hr_only, *match.lr_only)]
    scales: Counter[int] = Counter()
    for hr_path, lr_path in match.pairs:
        if hr_path in readable and lr_path in readable:
            large, small = readable[hr_path], readable[lr_path]
            try:
                scales[pair_scale((large.height, large.width), (small.height, small.width))] += 1
            except UsageError as error:
                problems.append(f"{hr_path} and {lr_path}: {error}")
    if len(scales) > 1:
        counts = ", ".join(f"{count} pairs at {scale}" for scale, count in sorted(scales.items()))
        problems.append(f"expected one scale between the folders, got {counts}")
    same_size = set(scales) == {1}
    estimate = _estimate(match) if same_size else None
    facts = {
        "pairs": len(match.pairs),
        "hr_without_partner": [path.name for path in match.hr_only],
        "lr_without_partner": [path.name for path in match.lr_only],
        "scales": {str(scale): count for scale, count in scales.items()},
        "estimated_scale": round(estimate, 2) if estimate else None,
    }
    lines = [
        f"{count} of equal size" if scale == 1 else f"{count} with HR {scale} times larger"
        for scale, count in sorted(scales.items())
    ]
    lines += [_estimate_line(estimate)] if same_size else []
    return DataReport(str(match), tuple(lines), facts, tuple(problems))


def check_side_by_side(
    prints: Sequence[Fingerprint], hr_side: Side = "left", processes: int | None = None
) -> DataReport:
    """Compare the halves of the pictures of a folder, of which ``hr_side`` should be HR.

    Pictures that cannot be trained on are skipped.
    """
    usable = [one for one in prints if one.usable]
    odd = [str(one.path) for one in usable if one.width % 2]
    even = [one.path for one in usable if one.width % 2 == 0]
    edges = map_in_order(functools.partial(_edges_of_halves, hr_side=hr_side), even, processes)
    strengths = {path.name: pair for path, pair in zip(even, edges, strict=True)}
    equal = [name for name, pair in strengths.items() if pair is None]
    softer = [name for name, pair in strengths.items() if pair is not None and pair[0] < pair[1]]
    swapped = 2 * len(softer) > len(even)
    estimate = (
        None if swapped else estimate_scale(_pair(path, hr_side) for path in even[:_ESTIMATED_ON_HALVES])
    )
    facts = {
        "sharp": hr_side,
        "pairs": len(even),
        "odd_widths": odd,
        "equal_halves": equal,
        "softer_good_halves": len(softer),
        "estimated_scale": round(estimate, 2) if estimate else None,
    }
    notes = [f"the two halves are equal: {', '.join(equal)}"] if equal else []
    if swapped:
        other = "right" if hr_side == "left" else "left"
        notes.append(
            f"the {other} half has the stronger edges in {len(softer)} of {len(even)}; "
            f"if it is HR, use --hr-side {other} here and data.sharp in the recipe"
        )
    return DataReport(
        f"side by side: {len(even)} pairs, the {hr_side} half HR",
        (_estimate_line(estimate),),
        facts,
        tuple(f"{name} is an odd number of pixels wide: no two halves" for name in odd),
        tuple(notes),
    )


def _estimate(match: Match) -> float | None:
    # Of a source of pairs only what it does with two files is wanted here, not its folders.
    source = PairedFolders(Path(), "", 1, PairRules(layout="folders"))
    pairs: list[Pair] = []
    for paths in match.pairs[:_ESTIMATED_ON_FOLDERS]:
        try:
            pairs.extend(source.pairs(Item(paths[0].stem, paths)))
        except SrcnnError:
            continue  # reported elsewhere
    return estimate_scale(pairs)


def _estimate_line(scale: float | None) -> str:
    text = f"about {scale:.1f}" if scale else "none: LR is not softer than HR"
    return f"scale, estimated from the spectra: {text}"


def _edges_of_halves(path: Path, hr_side: Side) -> tuple[float, float] | None:
    """How strong the edges of HR and of LR are; None where the halves are equal."""
    hr, lr = _grey_halves(path, hr_side)
    return None if np.array_equal(hr, lr) else (_edges(hr), _edges(lr))


def _edges(plane: Levels) -> float:
    values = plane.astype(np.float64)
    return sum(
        float(np.square(np.diff(values, axis=axis)).mean()) for axis in (0, 1) if plane.shape[axis] > 1
    )


def _pair(path: Path, hr_side: Side) -> Pair:
    hr, lr = _grey_halves(path, hr_side)
    return Pair(path.stem, (lr / 255).astype(np.float32), hr)


def _grey_halves(path: Path, hr_side: Side) -> tuple[Levels, Levels]:
    hr, lr = split_halves(eight_bit(path), path, hr_side)
    return planes_of(hr, "grey"), planes_of(lr, "grey")
