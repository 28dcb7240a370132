"""Where pairs come from: good pictures and a degradation, two folders, or both halves in one picture.

Each source lists its items, one a picture, and makes the pairs of an item; `srcnn.data.dataset` selects,
caches and reports. Sub-images in HDF5 files are read by `srcnn.data.hdf5`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from srcnn.data.degradations import network_input, parse_chain
from srcnn.data.match import match_folders, pair_scale
from srcnn.data.pair import Pair, pixels_digest
from srcnn.data.planes import Color, eight_bit, planes_of
from srcnn.degrade import mod_crop
from srcnn.errors import DataError, UsageError
from srcnn.files import list_pictures
from srcnn.resize import imresize

Layout = Literal["pictures", "folders", "side-by-side"]
Side = Literal["left", "right"]
Sizes = tuple[float, ...]


@dataclass(frozen=True)
class PairRules:
    """How the pictures of a set become pairs.

    Attributes:
        color: the planes that are worked on, see `srcnn.data.planes`.
        degradation: what spoils good pictures, see `srcnn.data.degradations`; none: bicubic at the scale.
        layout: ``pictures``: good ones, to be degraded. ``folders``: two subfolders with the good and the
            poor of each. ``side-by-side``: each picture holds both.
        hr_folder: subfolder of the good pictures (``folders``); ``lr_folder`` that of the poor ones.
        sharp: which half is the good one (``side-by-side``).
    """

    color: Color = "y"
    degradation: tuple[str, ...] = ()
    layout: Layout = "pictures"
    hr_folder: str = "hr"
    lr_folder: str = "lr"
    sharp: Side = "left"


@dataclass(frozen=True)
class Item:
    """One picture of a source: its name in reports, and the files it is read from."""

    name: str
    paths: tuple[Path, ...]


class Source(Protocol):
    """What yields pairs."""

    def items(self) -> list[Item]:
        """Everything there is, in a fixed order."""
        ...

    def pairs(self, item: Item, sizes: Sizes = (1.0,)) -> Iterator[Pair]:
        """The pairs of one item, one for each of ``sizes``."""
        ...


def open_source(folder: Path, name: str, scale: int, rules: PairRules) -> Source:
    """The source that ``rules`` describe, over the set ``name`` in ``folder``.

    Raises:
        UsageError: a degradation that cannot be meant, or none at scale 1.
    """
    match rules.layout:
        case "folders":
            return PairedFolders(folder, name, scale, rules)
        case "side-by-side":
            return SideBySide(folder, name, rules)
        case _:
            return DegradedPictures(folder, name, scale, rules)


class DegradedPictures:
    """A folder of good pictures; the poor ones are made, of whole pictures and never of crops."""

    def __init__(self, folder: Path, name: str, scale: int, rules: PairRules) -> None:
        self._folder, self._name, self._scale = folder, name, scale
        self._color: Color = rules.color
        self._chain = parse_chain(rules.degradation)
        if scale == 1 and any(s.kind in ("shrink", "subsample") and not s.numbers for s in self._chain):
            raise UsageError("expected a degradation that says how far to shrink, got scale 1 and none")

    def items(self) -> list[Item]:
        """The pictures."""
        return [Item(f"{self._name}/{path.stem}", (path,)) for path in list_pictures(self._folder)]

    def pairs(self, item: Item, sizes: Sizes = (1.0,)) -> Iterator[Pair]:
        """The picture and its shrunken copies, each cut to a multiple of the scale and degraded."""
        pixels = eight_bit(item.paths[0])
        for size in sizes:
            # Shrunk in 8 bits like any picture that was saved once; a good picture stays a good picture.
            planes = _shrunk(planes_of(pixels, self._color), size)
            try:
                hr = _cropped(planes, self._scale)
                name = _named(item.name, size)
                poor = network_input(hr, self._chain, scale=self._scale, color=self._color, name=name)
            except UsageError as error:
                raise DataError(f"{item.paths[0]}: {error}") from error
            yield Pair(name, poor, hr)


class PairedFolders:
    """Two folders with the good and the poor of each picture, of one size or at the scale."""

    def __init__(self, folder: Path, name: str, scale: int, rules: PairRules) -> None:
        self._hr, self._lr = folder / rules.hr_folder, folder / rules.lr_folder
        self._name, self._scale = name, scale
        self._color: Color = rules.color

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
        """The pair, with the poor picture enlarged where it is small, and shrunken copies of both."""
        hr, lr = (planes_of(eight_bit(path), self._color) for path in item.paths)
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
        poor = (lr / 255).astype(np.float32)
        if scale > 1:
            poor = _each_float(poor, scale)
        yield from _copies(item.name, poor, hr, sizes, pixels_digest(lr))


class SideBySide:
    """Pictures that hold both halves: good left and poor right, or the other way round."""

    def __init__(self, folder: Path, name: str, rules: PairRules) -> None:
        self._folder, self._name, self._rules = folder, name, rules

    def items(self) -> list[Item]:
        """The pictures."""
        return [Item(f"{self._name}/{path.stem}", (path,)) for path in list_pictures(self._folder)]

    def pairs(self, item: Item, sizes: Sizes = (1.0,)) -> Iterator[Pair]:
        """The two halves, and shrunken copies of them."""
        left, right = halves(eight_bit(item.paths[0]), item.paths[0])
        good, poor = (left, right) if self._rules.sharp == "left" else (right, left)
        hr, lr = planes_of(good, self._rules.color), planes_of(poor, self._rules.color)
        yield from _copies(item.name, (lr / 255).astype(np.float32), hr, sizes, pixels_digest(lr))


def halves(pixels: npt.NDArray[np.uint8], path: Path) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Left and right half of a picture.

    Raises:
        DataError: an odd width; ``path`` is named in it.
    """
    width = pixels.shape[1]
    if width % 2:
        raise DataError(f"expected two halves of one width side by side, got {path}, {width} pixels wide")
    return pixels[:, : width // 2], pixels[:, width // 2 :]


def _copies(
    name: str, poor: npt.NDArray[np.float32], hr: npt.NDArray[np.uint8], sizes: Sizes, given: str
) -> Iterator[Pair]:
    for size in sizes:
        if size == 1.0:
            yield Pair(name, poor, hr, given=given)
        else:
            yield Pair(_named(name, size), _each_float(poor, size), _shrunk(hr, size), given=given)


def _named(name: str, size: float) -> str:
    return name + ("" if size == 1.0 else f"@{size:g}")


def _shrunk(planes: npt.NDArray[np.uint8], size: float) -> npt.NDArray[np.uint8]:
    if size == 1.0:
        return planes
    if planes.ndim == 2:
        return imresize(planes, size)
    return np.stack([imresize(plane, size) for plane in planes])


def _each_float(planes: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.float32]:
    if planes.ndim == 2:
        return imresize(planes, scale)
    return np.stack([imresize(plane, scale) for plane in planes])


def _cropped(planes: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    if planes.ndim == 2:
        return mod_crop(planes, scale)
    return np.moveaxis(mod_crop(np.moveaxis(planes, 0, 2), scale), 2, 0)
