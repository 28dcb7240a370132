"""Sub-images of whole sets in one HDF5 file: cut once, read by any framework."""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from srcnn.data.hdf5 import FileLayout, subimage_writer
from srcnn.data.pair import Pair, as_label
from srcnn.data.pair_sources import Item, PairRules, PairSource, open_pair_source
from srcnn.data.samplers import cut, subimage_positions
from srcnn.errors import DataError, UsageError
from srcnn.parallel import map_in_order
from srcnn.types import Float32, Progress

Block = tuple[Float32, Float32]


@dataclass(frozen=True)
class Cutting:
    """How pictures are cut.

    Attributes:
        size: side of an input, the paper's f_sub.
        stride: distance between ordered sub-images.
        crops: instead of ordered ones, this many from random places of each picture.
        margin: pixels that targets lack on each side, as networks with valid borders want them.
        whole: no cutting: pictures as they are, to evaluate on.
        sizes: copies of each picture, shrunk by these factors first.
        seed: of the random places.
    """

    size: int = 33
    stride: int = 14
    crops: int | None = None
    margin: int = 0
    whole: bool = False
    sizes: tuple[float, ...] = (1.0,)
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.size, self.stride) < 1 or (self.crops is not None and self.crops < 1):
            raise UsageError("expected a size, a stride and a number of crops of at least 1")
        if self.whole and self.crops is not None:
            raise UsageError("use either whole pictures or random crops of them")
        if self.seed < 0:
            raise UsageError(f"expected a seed of at least 0, got {self.seed}")
        if not 0 <= 2 * self.margin < self.size:
            raise UsageError(
                f"expected a margin that leaves something of {self.size} pixels, got {self.margin}"
            )
        if not self.sizes or not all(0 < size <= 1 for size in self.sizes):
            raise UsageError(f"expected sizes above 0 and up to 1, got {self.sizes}")


@dataclass(frozen=True)
class Prepared:
    """What `prepare` wrote: ``count`` sub-images or pictures; those in ``small`` were too small for one."""

    path: Path
    count: int
    pictures: int
    small: tuple[str, ...]


def prepare(
    folder: Path,
    out: Path,
    scale: int,
    *,
    cutting: Cutting | None = None,
    rules: PairRules | None = None,
    layout: FileLayout = "pytorch",
    processes: int | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Cut all pictures of a folder into sub-images and write them to one HDF5 file, whole or not at all.

    With ``rules.layout`` of ``folders``, ``folder`` is what holds both. ``scale`` is as in `SetRequest`, and
    ``layout`` one of `srcnn.data.hdf5`. The file is the same whatever the number of processes.

    Raises:
        UsageError: invalid settings, or whole pictures in the ``caffe`` layout.
        DataError: no picture is as large as a sub-image, or one cannot be used, or the file not written.
        ImageError: a picture that cannot be read.
        MissingExtraError: h5py is not installed.
    """
    cutting, rules = cutting or Cutting(), rules or PairRules()
    if layout == "caffe" and cutting.whole:
        raise UsageError("expected sub-images for the caffe layout; whole pictures go into the pytorch one")
    if layout == "pytorch" and cutting.margin:
        raise UsageError(
            "expected targets as large as the inputs in the pytorch layout; leave the margin out"
        )
    if not out.parent.is_dir():
        raise DataError(f"expected a folder to write {out.name} into, got {out.parent}; make it first")
    source = open_pair_source(folder, folder.resolve().name, scale, rules)
    items = source.items()
    small: list[str] = []
    facts = _facts(folder, scale, cutting, rules)
    work = functools.partial(_blocks, source, cutting)
    cuts = map_in_order(work, list(enumerate(items)), processes, progress)
    with subimage_writer(out, layout, facts) as writer:
        for item, blocks in zip(items, cuts, strict=True):
            for inputs, targets in blocks:
                if cutting.whole:
                    writer.add_picture(
                        *(planes[0, 0] if planes.shape[1] == 1 else planes[0] for planes in (inputs, targets))
                    )
                else:
                    writer.add(inputs, targets)
            if not blocks:
                small.append(item.paths[0].name)
        if not writer.count:
            raise DataError(
                f"expected a picture of at least {cutting.size}x{cutting.size} pixels in {folder}, got none"
            )
    return Prepared(out, writer.count, len(items), tuple(small))


def _blocks(source: PairSource, cutting: Cutting, numbered: tuple[int, Item]) -> list[Block]:
    number, item = numbered
    random = np.random.default_rng((cutting.seed, number))
    blocks = [_cuts(pair, cutting, random) for pair in source.pairs(item, cutting.sizes)]
    return [block for block in blocks if block is not None]


def _cuts(pair: Pair, cutting: Cutting, random: np.random.Generator) -> Block | None:
    height, width = pair.size
    if cutting.whole:
        return pair.bicubic.reshape(1, -1, height, width), as_label(pair.hr).reshape(1, -1, height, width)
    size = cutting.size
    if min(height, width) < size:
        return None
    if cutting.crops is None:
        places = list(subimage_positions(height, width, size, cutting.stride))
    else:
        places = random.integers((height - size + 1, width - size + 1), size=(cutting.crops, 2)).tolist()
    pieces = [cut(pair, y, x, size, cutting.margin) for y, x in places]
    inputs, targets = (np.stack([piece[side] for piece in pieces]) for side in (0, 1))
    return (
        inputs.reshape(len(pieces), -1, *inputs.shape[-2:]),
        as_label(targets).reshape(len(pieces), -1, *targets.shape[-2:]),
    )


def _facts(folder: Path, scale: int, cutting: Cutting, rules: PairRules) -> dict[str, object]:
    return {
        "set": folder.resolve().name,
        "scale": scale,
        "size": 0 if cutting.whole else cutting.size,
        "stride": 0 if cutting.whole or cutting.crops else cutting.stride,
        "crops": cutting.crops or 0,
        "margin": cutting.margin,
        "sizes": list(cutting.sizes),
        "seed": cutting.seed,
        "color": rules.color,
        "degradation": ", ".join(rules.degradation) or "shrink",
    }
