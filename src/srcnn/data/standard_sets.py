"""The standard image sets, recognised by the hashes of their pixels.

`standard.json` holds, for each picture of a set, the SHA-256 of its decoded pixels, its size and its
thumbnail; ``tools/standard_sets.py`` makes it. Pixels and not files are hashed, so that a set converted
from BMP to PNG is still the same set. The JPEG files of BSDS500 are hashed as libjpeg-turbo decodes them
(libvips, Pillow and OpenCV agree); another decoder may round differently, and then size and thumbnail
still tell that it is the same picture.
"""

import functools
import importlib.resources
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from srcnn.data.fingerprints import Fingerprint, similar


@dataclass(frozen=True)
class Entry:
    """One picture of a standard set."""

    name: str
    sha256: str
    width: int
    height: int
    thumbnail: str


@dataclass(frozen=True)
class Recognition:
    """How a folder compares with the standard set it is most like.

    Attributes:
        set: its name.
        total: how many pictures it has.
        identical: how many of them are in the folder, pixel for pixel.
        altered: (file, picture of the set), the same picture with other pixels.
        missing: pictures of the set that are not in the folder.
        strangers: files that are not of the set.
    """

    set: str
    total: int
    identical: int
    altered: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    strangers: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{self.set}: {self.identical} of {self.total} identical to the standard set"]
        if self.altered:
            names = _some(
                [file if file.split(".")[0] == name else f"{file} ({name})" for file, name in self.altered]
            )
            parts.append(f"same picture but other pixels: {names}")
        if self.missing:
            parts.append(f"missing: {_some(self.missing)}")
        if self.strangers:
            parts.append(f"not of the set: {_some(self.strangers)}")
        return "; ".join(parts)


@functools.cache
def standard_sets() -> dict[str, tuple[Entry, ...]]:
    """All sets that are recognised, by name."""
    text = importlib.resources.files("srcnn.data").joinpath("standard.json").read_text(encoding="utf-8")
    sets = json.loads(text)["sets"]
    return {
        name: tuple(Entry(key, *facts) for key, facts in entries.items()) for name, entries in sets.items()
    }


def recognise(prints: Sequence[Fingerprint]) -> Recognition | None:
    """The standard set that a folder's pictures are of; None if they are half of none and half not of it."""
    usable = [one for one in prints if one.usable]
    compared = [_compare(name, entries, usable) for name, entries in standard_sets().items()]
    best = max(compared, key=lambda one: (_shared(one) / one.total, one.identical))
    enough = _shared(best) >= best.total / 2 or 0 < len(usable) / 2 <= _shared(best)
    return best if _shared(best) and enough else None


def _compare(name: str, entries: Sequence[Entry], prints: Sequence[Fingerprint]) -> Recognition:
    # Counted, as T91 holds one picture twice.
    available = Counter(one.sha256 for one in prints)
    exact = set()
    for entry in entries:
        if available[entry.sha256]:
            available[entry.sha256] -= 1
            exact.add(entry.name)
    used = {entry.sha256 for entry in entries}
    rest = [one for one in prints if one.sha256 not in used]
    altered = {}
    for entry in entries:
        if entry.name not in exact:
            like = [one for one in rest if _same_picture(one, entry)]
            if like:
                altered[entry.name] = like[0].path.name
                rest.remove(like[0])
    missing = tuple(e.name for e in entries if e.name not in exact and e.name not in altered)
    pairs = tuple((file, entry) for entry, file in altered.items())
    return Recognition(name, len(entries), len(exact), pairs, missing, tuple(one.path.name for one in rest))


def _same_picture(one: Fingerprint, entry: Entry) -> bool:
    return (one.width, one.height) == (entry.width, entry.height) and similar(one.thumbnail, entry.thumbnail)


def _shared(result: Recognition) -> int:
    return result.identical + len(result.altered)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
