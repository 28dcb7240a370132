"""Pairs for training: a named set in, the pictures chosen of it as input and target out."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from srcnn.data.hdf5 import HDF5_SUFFIXES, read_subimages
from srcnn.data.pair import Pair
from srcnn.data.pair_sources import PairRules, open_pair_source
from srcnn.data.sets import find_file, find_set
from srcnn.errors import DataError
from srcnn.types import Progress

T = TypeVar("T")


@dataclass(frozen=True)
class SetRequest:
    """One image set, and how its pictures are used.

    Attributes:
        name: the set's name, looked up with `find_set`; or an HDF5 file's, looked up with `find_file`.
        scale: the enlargement to train for; 1 where the degradation keeps the size.
        sizes: copies of each picture, shrunk by these factors before anything else (1.0: as it is).
        every: take the pictures of the sorted list whose index is a multiple of this; 1 takes all.
        keep: with False, take all the others instead.
        rules: how pictures become pairs.
    """

    name: str
    scale: int
    sizes: tuple[float, ...] = (1.0,)
    every: int = 1
    keep: bool = True
    rules: PairRules = field(default_factory=PairRules)


def load_pairs(
    request: SetRequest,
    root: Path | None = None,
    *,
    progress: Progress | None = None,
) -> list[Pair]:
    """Read a set and degrade it: whole pictures, never crops; the low-resolution image is not quantised.

    ``root`` is the folder of image sets, ``SRCNN_DATA`` by default.

    Raises:
        DataError: the set is missing or empty, a picture is too small, two do not match, or a file holds
            nan or infinity.
        ImageError: a picture that cannot be read.
    """
    if Path(request.name).suffix.lower() in HDF5_SUFFIXES:
        return _load_file(request, root)
    rules = request.rules
    part = rules.hr_folder if rules.layout == "folders" else None
    source = open_pair_source(find_set(request.name, root, part=part), request.name, request.scale, rules)
    items = _selection(source.items(), request)
    if not items:
        raise DataError(
            f"expected pictures of {request.name} to train on, got none after data.hold_out takes one of "
            f"every {request.every} for validation; add pictures, or name a set to validate on in data.watch"
        )
    pairs = []
    for done, item in enumerate(items, start=1):
        pairs.extend(source.pairs(item, request.sizes))
        if progress:
            progress(done, len(items))
    return pairs


def _load_file(request: SetRequest, root: Path | None) -> list[Pair]:
    if request.every != 1 or request.sizes != (1.0,):
        raise DataError(
            f"expected {request.name} to be used whole: it holds sub-images, of which neighbours overlap; "
            "name other sets to watch, and keep sizes at 1"
        )
    pairs = read_subimages(find_file(request.name, root), request.rules.color, request.scale)
    # By the name of the request, which data.shares goes by, whatever its case and folder.
    pairs = [replace(pair, name=f"{request.name}/{number}") for number, pair in enumerate(pairs)]
    for pair in pairs:
        if not (np.isfinite(pair.bicubic).all() and np.isfinite(pair.hr).all()):
            raise DataError(
                f"expected numbers to train on, got nan or infinity in sub-image {pair.name}; "
                "srcnn data check counts them"
            )
    return pairs


def _selection(items: list[T], request: SetRequest) -> list[T]:
    chosen = [index % request.every == 0 for index in range(len(items))]
    return [item for item, hit in zip(items, chosen, strict=True) if hit == request.keep]
