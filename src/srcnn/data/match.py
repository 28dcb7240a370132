"""Which LR picture belongs to which HR picture, in two folders."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from srcnn.errors import DataError, UsageError
from srcnn.files import list_pictures
from srcnn.text_table import first_few

# Endings that people give to the two halves of a pair: 0001x2.png, img_003_SRF_3_LR.png.
_ENDING = re.compile(r"[_-]?x(?P<scale>\d+)$|[_-](lr|hr|gt|bicubic)$", re.IGNORECASE)
_Scales = tuple[int, ...]


@dataclass(frozen=True)
class Match:
    """What two folders have in common.

    Attributes:
        pairs: (HR, LR) files of the same picture, in order of the HR names.
        hr_only: HR pictures without a partner; ``lr_only`` likewise.
    """

    pairs: tuple[tuple[Path, Path], ...]
    hr_only: tuple[Path, ...] = ()
    lr_only: tuple[Path, ...] = ()

    def __str__(self) -> str:
        parts = [f"{len(self.pairs)} pairs"]
        for kind, paths in (("HR", self.hr_only), ("LR", self.lr_only)):
            if paths:
                parts.append(
                    f"{len(paths)} {kind} without a partner ({first_few([path.name for path in paths])})"
                )
        return ", ".join(parts)


def match_folders(hr: Path, lr: Path) -> Match:
    """Match pictures by stem. Endings such as ``x2``, ``_LR`` and ``_HR`` count only where stems differ.

    The closest names are matched first: ``pix001`` ends in no scale where the other folder has it too. Names
    that end in different scales are two pictures: ``fox1`` and ``fox2``.

    Raises:
        ImageError: a folder that is missing or holds no pictures.
        DataError: two pictures of one folder that could be the partner of the same picture.
    """
    hr_files = _by_stem(hr)
    hr_left, lr_left = dict(hr_files), _by_stem(lr)
    partners: dict[str, Path] = {}
    for _, group in groupby(sorted(_links(hr_left, lr_left)), key=lambda link: link[0]):
        links = [(one, other) for _, one, other in group if one in hr_left and other in lr_left]
        _check_single([one for one, _ in links], lr, [lr_left[other] for _, other in links])
        _check_single([other for _, other in links], hr, [hr_left[one] for one, _ in links])
        for one, other in links:
            partners[one] = lr_left.pop(other)
            del hr_left[one]
    pairs = tuple((path, partners[stem]) for stem, path in hr_files.items() if stem in partners)
    return Match(pairs, tuple(hr_left.values()), tuple(lr_left.values()))


def _links(hr: Iterable[str], lr: Iterable[str]) -> set[tuple[int, str, str]]:
    """How many endings are to be taken off two stems until they are the same, and the stems."""
    others: dict[str, list[tuple[int, _Scales, str]]] = {}
    for stem in lr:
        for taken, (name, scales) in enumerate(_shortened(stem)):
            others.setdefault(name, []).append((taken, scales, stem))
    return {
        (taken + more, stem, other)
        for stem in hr
        for taken, (name, scales) in enumerate(_shortened(stem))
        for more, other_scales, other in others.get(name, ())
        if not (scales and other_scales and scales != other_scales)
    }


def _shortened(stem: str) -> Iterator[tuple[str, _Scales]]:
    """A stem without none, one, two ... of its endings, and the scales among these."""
    scales: _Scales = ()
    while stem:
        yield stem, scales
        ending = _ENDING.search(stem)
        if ending is None:
            return
        stem = stem[: ending.start()]
        if ending["scale"] is not None:
            scales = (*scales, int(ending["scale"]))


def _check_single(stems: Sequence[str], folder: Path, partners: Sequence[Path]) -> None:
    first: dict[str, Path] = {}
    for stem, partner in zip(stems, partners, strict=True):
        if stem in first:
            raise DataError(
                f"expected one picture for each stem in {folder}, got {first[stem].name} and {partner.name}; "
                "rename or remove one"
            )
        first[stem] = partner


def pair_scale(hr: tuple[int, ...], lr: tuple[int, ...], declared: int | None = None) -> int:
    """How many times larger HR (height, width) is than LR: 1 for equal sizes.

    HR may be up to a scale less one pixel larger than a multiple of LR, or smaller: cut or rounded sides.
    Where several factors fit small pictures, the ``declared`` one is taken.

    Raises:
        UsageError: no whole factor fits both sides.
    """
    guesses = [1] if hr == lr else [declared, round(max(hr) / max(lr))]
    for guess in guesses:
        if guess and all(abs(big - guess * small) < guess for big, small in zip(hr, lr, strict=True)):
            return guess
    raise UsageError(
        f"expected HR of the size of LR or of a multiple of it, got {hr[1]}x{hr[0]} and {lr[1]}x{lr[0]}"
    )


def _by_stem(folder: Path) -> dict[str, Path]:
    paths = list_pictures(folder)
    _check_single([path.stem for path in paths], folder, paths)
    return {path.stem: path for path in paths}
