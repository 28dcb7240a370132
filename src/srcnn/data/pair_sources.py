"""Where pairs come from: HR pictures and a degradation, two folders, or both halves in one picture.

Each source lists its items, one a picture, and makes the pairs of an item; `srcnn.data.dataset` selects,
caches and reports. Sub-images in HDF5 files are read by `srcnn.data.hdf5`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from srcnn.data.degradations import check_factor, each_plane, network_input, parse_chain
from srcnn.data.match import match_folders, pair_scale
from srcnn.data.pair import Pair, pixels_digest
from srcnn.data.planes import PairColor, eight_bit, of_one_kind, planes_of
from srcnn.degrade import mod_crop
from srcnn.errors import DataError, UsageError
from srcnn.files import list_pictures
from srcnn.resize import imresize
from srcnn.types import Array, Float32, Levels

Layout = Literal["pictures", "folders", "side-by-side"]
Side = Literal["left", "right"]
Sizes = tuple[float, ...]


@dataclass(frozen=True)
class PairRules:
    """How the pictures of a set become pairs."""

    color: PairColor = "y"
    """``y``: studio-range luma. ``grey``: full-range luma. ``ycbcr``, ``rgb``: three planes."""
    degradation: tuple[str, ...] = ()
    """Steps such as ``["blur 1.2 7", "shrink", "noise 5", "jpeg 20"]``; none: bicubic at the scale."""
    layout: Layout = "pictures"
    """``pictures``: HR, to be degraded. ``folders``: two subfolders of each set, HR and LR, matched by stem.
    ``side-by-side``: each picture holds both as halves."""
    hr_folder: str = "hr"
    """With ``folders``: the subfolder of HR pictures."""
    lr_folder: str = "lr"
    """With ``folders``: the subfolder of LR pictures, of the same size or smaller by the scale."""
    sharp: Side = "left"
    """With ``side-by-side``: the half that is HR."""


@dataclass(frozen=True)
class Item:
    """One picture of a source: its name in reports, and the files it is read from."""

    name: str
    paths: tuple[Path, ...]


class PairSource(Protocol):
    """What yields pairs."""

    def items(self) -> list[Item]:
        """Everything there is, in a fixed order."""
        ...

    def pairs(self, item: Item, sizes: Sizes = (1.0,)) -> Iterator[Pair]:
        """The pairs of one item, one for each of ``sizes``."""
        ...


def open_pair_source(folder: Path, name: str, scale: int, rules: PairRules) -> PairSource:
    """The source that ``rules`` describe, over the set ``name`` in ``folder``.

    Raises:
        UsageError: an invalid degradation, or scale 1 without a factor to shrink by.
    """
    match rules.layout:
        case "folders":
            return PairedFolders(folder, name, scale, rules)
        case "side-by-side":
            return SideBySide(folder, name, rules)
        case _:
            return DegradedPictures(folder, name, scale, rules)


class DegradedPictures:
    """A folder of HR pictures; LR is made of them, of whole pictures and never of crops."""

    def __init__(self, folder: Path, name: str, scale: int, rules: PairRules) -> None:
        self._folder, self._name, self._scale = folder, name, scale
        self._color: PairColor = rules.color
        self._chain = parse_chain(rules.degradation)
        check_factor(self._chain, scale)

    def items(self) -> list[Item]:
        """The pictures."""
        return [Item(f"{self._name}/{path.stem}", (path,)) for path in list_pictures(self._folder)]

    def pairs(self, item: Item, sizes: Sizes = (1.0,)) -> Iterator[Pair]:
        """The picture and its shrunken copies, each cut to a multiple of the scale and degraded."""
        pixels = eight_bit(item.paths[0])
        for size in sizes:
            # Shrunk in 8 bits like any picture that was saved once: what is shrunk is HR still.
            planes = _resized(planes_of(pixels, self._color), size)
            try:
                hr = each_plane(planes, lambda plane: mod_crop(plane, self._scale))
                name = _named(item.name, size)
                bicubic = network_input(hr, self._chain, scale=self._scale, color=self._color, name=name)
            except UsageError as error:
                raise DataError(f"{item.paths[0]}: {error}") from error
            yield Pair(name, bicubic, hr)


class PairedFolders:
    """Two folders with HR and LR of each picture, of one size or at the scale."""

    def __init__(self, folder: Path, name: str, scale: int, rules: PairRules) -> None:
        self._hr, self._lr = folder / rules.hr_folder, folder / rules.lr_folder
        self._name, self._scale = name, scale
        self._color: PairColor = rules.color

    def items(self) -> list[Item]:
        """The pairs of files.

        Raises:
            DataError: a picture without a partner: training on the rest would hide a mistake.
        """
        match = match_folders(self._hr, self._lr)
        if match.hr_only or match.lr_only:
            raise DataError(
                f"expected a partner for each picture of {self._hr} and {self._lr}, got {match}; "
                "add or remove those, and see srcnn data check"
            )
        return [Item(f"{self._name}/{hr.stem}", (hr, lr)) for hr, lr in match.pairs]

    def pairs(self, item: Item, sizes: Sizes = (1.0,)) -> Iterator[Pair]:
        """The pair, with LR enlarged where it is small, and shrunken copies of both."""
        hr, lr = of_one_kind(*map(eight_bit, item.paths))
        hr, lr = (planes_of(pixels, self._color) for pixels in (hr, lr))
        try:
            scale = pair_scale(hr.shape[-2:], lr.shape[-2:], self._scale)
        except UsageError as error:
            raise DataError(f"{item.paths[0]} and {item.paths[1]}: {error}") from error
        if scale not in (1, self._scale):
            raise DataError(
                f"expected LR of the size of HR or {self._scale} times smaller, got {item.paths[1]}, "
                f"{scale} times smaller than {item.paths[0].name}; set the scale to {scale}"
            )
        height, width = (min(h // scale, side) for h, side in zip(hr.shape[-2:], lr.shape[-2:], strict=True))
        hr = hr[..., : height * scale, : width * scale]
        lr = lr[..., :height, :width]
        bicubic = _resized((lr / 255).astype(np.float32), scale)
        yield from _copies(item.name, bicubic, hr, sizes, pixels_digest(lr))


class SideBySide:
    """Pictures that hold HR in one half and LR in the other."""

    def __init__(self, folder: Path, name: str, rules: PairRules) -> None:
        self._folder, self._name, self._rules = folder, name, rules

    def items(self) -> list[Item]:
        """The pictures."""
        return [Item(f"{self._name}/{path.stem}", (path,)) for path in list_pictures(self._folder)]

    def pairs(self, item: Item, sizes: Sizes = (1.0,)) -> Iterator[Pair]:
        """The two halves, and shrunken copies of them."""
        halves = split_halves(eight_bit(item.paths[0]), item.paths[0], self._rules.sharp)
        hr, lr = (planes_of(half, self._rules.color) for half in halves)
        yield from _copies(item.name, (lr / 255).astype(np.float32), hr, sizes, pixels_digest(lr))


def split_halves(pixels: Levels, path: Path, hr_side: Side) -> tuple[Levels, Levels]:
    """HR and LR of a picture whose half ``hr_side`` is HR.

    Raises:
        DataError: an odd width; the message names ``path``.
    """
    width = pixels.shape[1]
    if width % 2:
        raise DataError(f"expected two halves of one width side by side, got {path}, {width} pixels wide")
    left, right = pixels[:, : width // 2], pixels[:, width // 2 :]
    return (left, right) if hr_side == "left" else (right, left)


def _copies(name: str, bicubic: Float32, hr: Levels, sizes: Sizes, digest: str) -> Iterator[Pair]:
    for size in sizes:
        yield Pair(_named(name, size), _resized(bicubic, size), _resized(hr, size), lr_digest=digest)


def _named(name: str, size: float) -> str:
    return name + ("" if size == 1.0 else f"@{size:g}")


def _resized(planes: Array, scale: float) -> Array:
    return planes if scale == 1.0 else each_plane(planes, lambda plane: imresize(plane, scale))
