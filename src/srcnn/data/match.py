"""Which LR picture belongs to which HR picture, in two folders."""

import re
from dataclasses import dataclass
from pathlib import Path

from srcnn.errors import DataError, UsageError
from srcnn.files import list_pictures
from srcnn.text_table import first_few

# Endings that people give to the two halves of a pair: 0001x2.png, img_003_SRF_3_LR.png.
_ENDING = re.compile(r"([_-]?x\d+|[_-](lr|hr|gt|bicubic))+$", re.IGNORECASE)


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
    """Match pictures by stem; endings such as ``x2``, ``_LR`` and ``_HR`` do not count.

    Raises:
        ImageError: a folder that is missing or holds no pictures.
        DataError: two pictures of one folder with the same stem.
    """
    hr_files, lr_files = _by_stem(hr), _by_stem(lr)
    return Match(
        tuple((path, lr_files[stem]) for stem, path in hr_files.items() if stem in lr_files),
        tuple(path for stem, path in hr_files.items() if stem not in lr_files),
        tuple(path for stem, path in lr_files.items() if stem not in hr_files),
    )


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
    found: dict[str, Path] = {}
    for path in list_pictures(folder):
        stem = _ENDING.sub("", path.stem) or path.stem
        if stem in found:
            raise DataError(
                f"expected one picture for each stem in {folder}, got {found[stem].name} and {path.name}; "
                "rename or remove one"
            )
        found[stem] = path
    return found
