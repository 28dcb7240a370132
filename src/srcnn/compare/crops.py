"""Parts of a picture to magnify: chosen by hand, or found where the methods differ most."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from srcnn.errors import UsageError
from srcnn.types import Array, Float64, Levels

TALLEST = 8
"""How many times higher than wide a crop may be: all are drawn equally wide."""
SMALLEST, LARGEST = 16, 96
"""Levels a side of a crop whose size is not named; see `usual_size`."""


@dataclass(frozen=True)
class Crop:
    """A part of a picture: its left and upper corner, and its size, in pixels of the large picture."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width}x{self.height}"

    def cut(self, pixels: Array) -> Array:
        """The part of (H, W) or (H, W, C) pixels."""
        return pixels[self.y : self.y + self.height, self.x : self.x + self.width]


def parse_crop(text: str) -> Crop:
    """A crop from ``X,Y,WxH``.

    Raises:
        UsageError: anything else, or a crop without pixels.
    """
    match = re.fullmatch(r"\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*x\s*(\d+)\s*", text)
    if match is None:
        raise UsageError(f"expected a crop as X,Y,WxH such as 120,40,64x64, got {text!r}")
    crop = Crop(*map(int, match.groups()))
    if not (crop.width and crop.height):
        raise UsageError(f"expected a crop of at least 1x1 pixels, got {text!r}")
    return crop


def check_crops(crops: Sequence[Crop], size: tuple[int, int], name: str) -> None:
    """Refuse crops that do not lie within a picture.

    Args:
        crops: see `Crop`.
        size: (height, width) of the picture.
        name: what the picture is called.

    Raises:
        UsageError: one of them reaches beyond it, or is too narrow to be drawn.
    """
    height, width = size
    for crop in crops:
        if crop.x + crop.width > width or crop.y + crop.height > height:
            raise UsageError(
                f"expected a crop within the {width}x{height} pixels of {name}, got {crop}; "
                "a crop is X,Y,WxH in pixels of the large picture"
            )
        if crop.height > TALLEST * crop.width:
            raise UsageError(
                f"expected a crop at most {TALLEST} times as high as wide, got {crop}; choose a wider one"
            )


def usual_size(size: tuple[int, int]) -> int:
    """Side of the crops of a picture of (height, width): a quarter of its shorter side, within bounds."""
    shorter = min(size)
    return min(shorter, max(SMALLEST, min(LARGEST, shorter // 4)))


def find_crops(
    pictures: Sequence[Levels], count: int, side: int | None = None, *, name: str = "picture"
) -> tuple[Crop, ...]:
    """Squares where pictures differ most: the largest variance between them, added up over the square.

    Squares do not overlap, so there may be fewer than asked for; where nothing differs they are taken from
    the upper left.

    Args:
        pictures: (H, W) or (H, W, 3) uint8 each, of the same size.
        count: how many squares at most.
        side: of a square in pixels; by default `usual_size`.
        name: what the picture is called, for messages.

    Raises:
        UsageError: a square larger than the picture, or without pixels.
    """
    height, width = pictures[0].shape[:2]
    side = usual_size((height, width)) if side is None else side
    if side < 1 or side > min(height, width):
        raise UsageError(
            f"expected crops of 1 to {min(height, width)} pixels a side for {name} of {width}x{height}, "
            f"got {side}; choose a smaller --crop-size"
        )
    found: list[Crop] = []
    sums = _window_sums(_spread(pictures), side)
    for _ in range(count):
        y, x = np.unravel_index(int(np.argmax(sums)), sums.shape)
        if sums[y, x] < 0:  # nothing is left that does not overlap
            break
        found.append(Crop(int(x), int(y), side, side))
        sums[max(0, y - side + 1) : y + side, max(0, x - side + 1) : x + side] = -1
    return tuple(found)


def _spread(pictures: Sequence[Levels]) -> Float64:
    """(H, W): variance between the pictures, the mean over their channels."""
    # One picture at a time: together, as floats, large pictures would not fit.
    total = squares = np.zeros(pictures[0].shape, np.float64)
    for picture in pictures:
        levels = picture.astype(np.float64)
        total, squares = total + levels, squares + levels**2
    spread = squares / len(pictures) - (total / len(pictures)) ** 2
    return np.maximum(spread if spread.ndim == 2 else spread.mean(axis=-1), 0)


def _window_sums(values: Float64, side: int) -> Float64:
    """The sum over each square: (H - side + 1, W - side + 1)."""
    table = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    sums = table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    return np.maximum(sums, 0)  # rounding can leave a little less than nothing
