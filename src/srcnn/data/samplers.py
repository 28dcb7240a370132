"""Batches drawn from pairs: the paper's ordered sub-images, or random crops.

A sampler draws the same batches for the same seed and can be stopped and resumed anywhere: its whole
state is a small dictionary.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from srcnn.data.pair import Pair, as_label
from srcnn.errors import DataError
from srcnn.types import Array, Float32, Float64

Batch = tuple[Float32, Float32]
ROUNDING = 1e-9
"""Shares that add up to 1 may miss it by this."""


class Sampler(Protocol):
    """Draws batches: inputs (N, C, size, size) and labels (N, C, size - 2 margin, size - 2 margin).

    Attributes:
        small: names of the pictures that nothing is drawn from, being smaller than an input.
    """

    small: tuple[str, ...]

    def batch(self, count: int) -> Batch:
        """The next ``count`` examples, float32 in [0, 1]."""
        ...

    def state(self) -> dict[str, Any]:
        """Everything that `restore` needs, as JSON can hold it."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        ...


def subimage_positions(height: int, width: int, size: int, stride: int) -> Iterator[tuple[int, int]]:
    """Upper left corners of the paper's sub-images: ``size`` a side, every ``stride``, none cut short."""
    for y in range(0, height - size + 1, stride):
        for x in range(0, width - size + 1, stride):
            yield y, x


class OrderedSubimages:
    """The sub-images of the paper, all of them once an epoch, in a new random order each epoch.

    Args:
        pairs: the pictures.
        size: side of an input (the paper's f_sub).
        stride: distance between sub-images.
        margin: pixels that the labels lack on each side (the halo of valid convolutions).
        augment: draw one of the eight flips and rotations each time.
        seed: of the order.

    Raises:
        DataError: no picture is as large as a sub-image, or targets reach less far than the labels.
    """

    def __init__(
        self, pairs: Sequence[Pair], *, size: int, stride: int, margin: int, augment: bool, seed: int
    ) -> None:
        _check_margins(pairs, margin)
        self.small = _small(pairs, size)
        self._pairs, self._size, self._margin, self._augment = pairs, size, margin, augment
        self._places = np.array(
            [
                (number, y, x)
                for number, pair in enumerate(pairs)
                for y, x in subimage_positions(*pair.size, size, stride)
            ]
        ).reshape(-1, 3)
        self._seed, self._epoch, self._position = seed, 0, 0
        self._order = self._permutation()

    def __len__(self) -> int:
        """Sub-images in an epoch."""
        return len(self._places)

    def batch(self, count: int) -> Batch:
        """The next ``count`` sub-images; a batch may run over into the next epoch."""
        chosen = []
        for _ in range(count):
            if self._position == len(self._order):
                self._epoch, self._position = self._epoch + 1, 0
                self._order = self._permutation()
            chosen.append((self._order[self._position], self._epoch))
            self._position += 1
        cuts = []
        for place, epoch in chosen:
            number, y, x = self._places[place]
            turn = int(np.random.default_rng((self._seed, epoch, place)).integers(8)) if self._augment else 0
            cuts.append(_cut(self._pairs[number], y, x, self._size, self._margin, turn))
        return _stack(cuts)

    def state(self) -> dict[str, Any]:
        """Epoch and position in it."""
        return {"epoch": self._epoch, "position": self._position}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        self._epoch, self._position = int(state["epoch"]), int(state["position"])
        self._order = self._permutation()

    def _permutation(self) -> npt.NDArray[np.intp]:
        return np.random.default_rng((self._seed, self._epoch)).permutation(len(self._places))


class RandomCrops:
    """Crops from anywhere, every pixel about equally often.

    Args are those of `OrderedSubimages`, and ``shares``: the share of the crops, in [0, 1], that comes from
    the pictures of a set, by its name. The other sets divide the rest by their pixels.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        *,
        size: int,
        margin: int,
        augment: bool,
        seed: int,
        shares: Mapping[str, float] | None = None,
    ) -> None:
        _check_margins(pairs, margin)
        self.small = _small(pairs, size)
        self._pairs = [pair for pair in pairs if min(pair.size) >= size]
        self._size, self._margin, self._augment = size, margin, augment
        self._share = np.cumsum(_shares(self._pairs, shares or {}))
        self._random = np.random.default_rng(seed)

    def batch(self, count: int) -> Batch:
        """``count`` crops."""
        cuts = []
        for _ in range(count):
            number = min(int(np.searchsorted(self._share, self._random.random())), len(self._pairs) - 1)
            pair = self._pairs[number]
            y, x = (int(self._random.integers(side - self._size + 1)) for side in pair.size)
            turn = int(self._random.integers(8)) if self._augment else 0
            cuts.append(_cut(pair, y, x, self._size, self._margin, turn))
        return _stack(cuts)

    def state(self) -> dict[str, Any]:
        """State of the random generator."""
        return {"random": self._random.bit_generator.state}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken."""
        self._random.bit_generator.state = state["random"]


def dihedral(image: Array, turn: int) -> Array:
    """One of the eight flips and rotations of (..., H, W) planes; turn 0 is the image itself."""
    turned = np.rot90(image, turn % 4, axes=(-2, -1))
    return turned[..., ::-1] if turn >= 4 else turned


def cut(pair: Pair, y: int, x: int, size: int, margin: int) -> tuple[Float32, Array]:
    """Input and label at one place: ``size`` a side, the label ``margin`` less on each side."""
    source = pair.bicubic[..., y : y + size, x : x + size]
    inner = margin - pair.margin
    rows, columns = (slice(start + inner, start + size - 2 * pair.margin - inner) for start in (y, x))
    return source, pair.hr[..., rows, columns]


def _shares(pairs: Sequence[Pair], shares: Mapping[str, float]) -> Float64:
    """How often crops come from each pair; the sum is 1."""
    area = np.array([math.prod(pair.size) for pair in pairs], np.float64)
    sets = np.array([pair.name.rpartition("/")[0] for pair in pairs])
    unnamed = ~np.isin(sets, list(shares))
    left = 1 - math.fsum(shares.values())
    if abs(left) < ROUNDING:
        left = 0.0
    chosen = [(sets == name, share) for name, share in shares.items()]
    for members, share in [*chosen, (unnamed, left)]:
        if not members.any() and share > 0:
            raise DataError(f"expected pictures for every share of the crops, got none for {share:g} of them")
        area[members] *= share / max(area[members].sum(), 1)
    return area


def _small(pairs: Sequence[Pair], size: int) -> tuple[str, ...]:
    small = tuple(pair.name for pair in pairs if min(pair.size) < size)
    if not pairs:
        raise DataError("expected pictures to cut from, got none")
    if len(small) == len(pairs):
        largest = max(pairs, key=lambda pair: min(pair.size))
        height, width = largest.size
        raise DataError(
            f"expected a picture of at least {size}x{size} pixels to cut from, got none: {largest.name} is "
            f"{width}x{height}; lower the size"
        )
    return small


def _check_margins(pairs: Sequence[Pair], margin: int) -> None:
    short = next((pair for pair in pairs if pair.margin > margin), None)
    if short is not None:
        raise DataError(
            f"expected targets that lack at most the network's {margin} pixels on each side, "
            f"got {short.margin} in {short.name}; train with valid borders and kernels as large as the file's"
        )


def _cut(pair: Pair, y: int, x: int, size: int, margin: int, turn: int) -> tuple[Float32, Array]:
    source, label = cut(pair, y, x, size, margin)
    return dihedral(source, turn), dihedral(label, turn)


def _stack(cuts: Sequence[tuple[Float32, Array]]) -> Batch:
    inputs = np.stack([source for source, _ in cuts])
    labels = [label for _, label in cuts]
    if any(label.dtype != np.uint8 for label in labels):
        labels = [as_label(label) for label in labels]
    stacked = as_label(np.stack(labels))
    return (inputs, stacked) if inputs.ndim == 4 else (inputs[:, None], stacked[:, None])
