"""What a design is calibrated on: the user's pictures, or drawn ones."""

import hashlib
import os
from dataclasses import dataclass, replace

import numpy as np

from srcnn.color import check_color, rounded
from srcnn.engines import create_engine
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.evaluation.protocols import protocol_of
from srcnn.fixed_point.calibration import drawn_pairs
from srcnn.tiling import ALL_EDGES
from srcnn.types import Levels
from srcnn.weights import Weights

MOST, SIDE = 16, 128
"""Pictures that are used, evenly spread over the folder, and the side of what is cut from their middle."""


@dataclass(frozen=True, eq=False)
class CalibrationSet:
    """Pictures as the network is given them, and as it should give them back.

    Attributes:
        source: where they come from, in words.
        pairs: input and truth, (C, H, W) uint8 each.
        digests: SHA-256 of each file; empty for drawn pictures.
    """

    source: str
    pairs: tuple[tuple[Levels, Levels], ...]
    digests: dict[str, str]

    @property
    def inputs(self) -> list[Levels]:
        """What the network is given."""
        return [degraded for degraded, _ in self.pairs]


def calibration_set(weights: Weights, folder: str | os.PathLike[str] | None = None) -> CalibrationSet:
    """HR pictures of a folder, degraded as the weights' card says; without one, drawn pictures.

    Raises:
        UsageError: weights for a task or a color that no protocol is known for.
        DataError: no such folder, or a picture that is transparent or of 16 bits.
        ImageError: a folder without pictures, or one that cannot be read.
    """
    if folder is None:
        pairs = drawn_pairs(weights.card, weights.architecture.channels)
        return CalibrationSet("drawn pictures", tuple(pairs), {})
    pictures = list(find_pictures(folder)[1].items())
    pictures = pictures[:: -(-len(pictures) // MOST)]
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in pictures}
    pairs = tuple(network_pair(weights, _middle(read_eight_bit(path), SIDE)) for _, path in pictures)
    return CalibrationSet(os.path.basename(os.path.abspath(folder)), pairs, digests)  # noqa: PTH100, PTH119


def network_pair(weights: Weights, pixels: Levels) -> tuple[Levels, Levels]:
    """What the network is given for an HR picture, rounded to 8 bits, and what it should give.

    Args:
        weights: their card says color, range of luma, and degradation.
        pixels: (H, W) or (H, W, 3) uint8.

    Returns:
        (C, H, W) uint8 twice, cropped to a multiple of the scale.
    """
    card = weights.card
    space = check_color(card.color, weights.architecture.channels)
    protocol = replace(protocol_of(card), luma_range=card.luma_range)
    case = Case(pixels, protocol, card.scale)
    truth = case.levels(space)
    degraded = case.low(space)
    if card.scale is not None:
        degraded = case.resized(degraded, (truth.shape[0], truth.shape[1]))
    levels = rounded(degraded).astype(np.uint8)
    return _planes(levels), _planes(truth)


def gain_over_input(weights: Weights, calibration: CalibrationSet) -> float:
    """PSNR in dB that the network in float32 gains over what it is given, mean over the pictures."""
    engine = create_engine(weights, "numpy")
    level = np.float32(weights.card.input_range / 255)
    gains = []
    for degraded, truth in calibration.pairs:
        result = np.clip(engine.run(degraded.astype(np.float32) * level, ALL_EDGES) / level, 0, 255)
        before, after = (np.square(planes - truth.astype(np.float64)).mean() for planes in (degraded, result))
        gains.append(10 * np.log10(max(before, 1e-9) / max(after, 1e-9)))
    return float(np.mean(gains))


def _planes(levels: Levels) -> Levels:
    return np.ascontiguousarray(np.moveaxis(levels.reshape(*levels.shape[:2], -1), -1, 0))


def _middle(pixels: Levels, side: int) -> Levels:
    top, left = (max(0, (length - side) // 2) for length in pixels.shape[:2])
    return pixels[top : top + side, left : left + side]
