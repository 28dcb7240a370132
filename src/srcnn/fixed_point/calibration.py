"""Pictures to calibrate on where the user has none: drawn by arithmetic, so that nobody owns them.

A picture of opaque leaves that fall on each other, of all sizes, has what natural pictures have and what
ranges are set by: edges of every contrast and direction, flat areas, texture, detail of one pixel.
"""

import numpy as np
import numpy.typing as npt

from srcnn.degrade import bicubic_degradation, gaussian_blur, jpeg
from srcnn.types import Levels
from srcnn.weights import ModelCard

SIDE, COUNT = 96, 8
"""Side of a picture, and how many there are: 73,728 pixels in all."""
_LEAVES = 260
_LARGEST, _SMALLEST = 48.0, 1.0


def drawn_pairs(card: ModelCard, channels: int) -> list[tuple[Levels, Levels]]:
    """`COUNT` drawn pictures: what the network is given, degraded as its card says, and what it should give.

    Args:
        card: its scale, or its ``jpeg`` or ``blur``, is applied; pictures are left as they are otherwise.
        channels: planes of the network.

    Returns:
        (channels, SIDE, SIDE) uint8 twice each, the same on every machine and day.
    """
    pictures = [leaves(seed, channels) for seed in range(COUNT)]
    return [(_degraded(picture, card), _rounded(picture)) for picture in pictures]


def default_inputs(card: ModelCard, channels: int) -> list[Levels]:
    """What a network is given of `drawn_pairs`."""
    return [inputs for inputs, _ in drawn_pairs(card, channels)]


def leaves(seed: int, channels: int) -> npt.NDArray[np.float64]:
    """(channels, SIDE, SIDE) in [0, 255]: discs and halves of discs, the largest first, with texture."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    picture = np.full((channels, SIDE, SIDE), 128.0)
    # Radii whose density falls with the cube: the picture looks alike at every magnification.
    shares = np.sort(rng.random(_LEAVES))
    radii = 1 / np.sqrt(_LARGEST**-2 + shares * (_SMALLEST**-2 - _LARGEST**-2))
    for radius in radii:
        y, x = rng.random(2) * SIDE
        angle = rng.random() * 2 * np.pi
        inside = (rows - y) ** 2 + (columns - x) ** 2 < radius**2
        if rng.random() < 0.5:
            inside &= (rows - y) * np.sin(angle) + (columns - x) * np.cos(angle) > 0
        level = rng.random((channels, 1)) * 255
        texture = rng.normal(0, 6 * rng.random(), inside.sum())
        picture[:, inside] = level + texture
    return np.clip(picture, 0, 255)


def _degraded(picture: npt.NDArray[np.float64], card: ModelCard) -> Levels:
    planes = np.moveaxis(picture, 0, -1)
    kind, *amount = card.degradation[0].split() if card.degradation else ("",)
    if card.task == "upscale" and card.scale and SIDE % card.scale == 0:
        planes = bicubic_degradation(planes, card.scale)
    elif kind == "jpeg":
        planes = jpeg(_rounded(planes.squeeze(-1) if planes.shape[-1] == 1 else planes), int(amount[0]))
    elif kind == "blur":
        blurred = [gaussian_blur(plane.astype(np.float32), float(amount[0])) for plane in picture]
        planes = np.stack(blurred, axis=-1)
    return np.ascontiguousarray(np.moveaxis(_rounded(planes).reshape(SIDE, SIDE, -1), -1, 0))


def _rounded(levels: npt.NDArray[np.floating] | Levels) -> Levels:
    return np.clip(np.floor(levels + 0.5), 0, 255).astype(np.uint8)
