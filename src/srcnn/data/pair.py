"""A pair: the network's input of one picture, and the target."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from srcnn.types import Array, Float64, Levels, Planes


@dataclass(frozen=True)
class Pair:
    """One picture, or one sub-image of a file that holds nothing larger.

    Attributes:
        name: set, stem and, for a shrunken copy, its size, such as ``T91/t1@0.8``.
        bicubic: (H, W) or (C, H, W) float32, the enlarged or damaged input in [0, 1] (overshoots are kept).
        hr: the target, of as many axes: uint8, or float32 in [0, 1].
        margin: pixels that ``hr`` lacks on each side of ``bicubic``; 0 but for files made for networks
            that shrink the picture.
        lr_digest: of the input's pixels as they were read; empty where the input is made of ``hr``.
    """

    name: str
    bicubic: Planes
    hr: Levels | Planes
    margin: int = 0
    lr_digest: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the input."""
        height, width = self.bicubic.shape[-2:]
        return height, width

    def known(self) -> tuple[Planes, Float64]:
        """Input and target where both are known: (C, H, W) each, the target in levels of 255."""
        inner = [slice(self.margin, side - self.margin) for side in self.size]
        planes = self.bicubic[..., inner[0], inner[1]]
        levels = self.hr.astype(np.float64) * (1 if self.hr.dtype == np.uint8 else 255)
        return planes.reshape(-1, *planes.shape[-2:]), levels.reshape(-1, *levels.shape[-2:])


def pairs_digest(pairs: Sequence[Pair]) -> str:
    """SHA-256 over names, high-resolution pixels and inputs that were read, for a run's record."""
    sha = hashlib.sha256()
    for pair in pairs:
        sha.update(f"{pair.name} {pair.hr.shape}{pair.lr_digest}".encode())
        sha.update(np.ascontiguousarray(pair.hr).tobytes())
    return sha.hexdigest()


def pixels_digest(pixels: Array) -> str:
    """SHA-256 of an input as it was read, before arithmetic that processors round differently."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def as_label(hr: Array) -> Planes:
    """Target pixels as float32 in [0, 1]."""
    return (
        hr.astype(np.float32) / np.float32(255) if hr.dtype == np.uint8 else hr.astype(np.float32, copy=False)
    )
