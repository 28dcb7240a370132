"""Pixels to what is enlarged and back: depth, grey and colour, opacity, the range of luma."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.color import rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.errors import UsageError

Pixels = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
KINDS = ("uint8", "uint16", "float32", "float64")


def check_picture(picture: Pixels) -> None:
    """Refuse what is no picture.

    Raises:
        UsageError: no array, another shape or dtype than `srcnn.upscale` takes, no pixels, or floats outside
            [0, 1].
    """
    if not isinstance(picture, np.ndarray):
        raise UsageError(f"expected a picture as a NumPy array, got {type(picture).__name__}; np.asarray it")
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] not in (1, 2, 3, 4)):
        raise UsageError(f"expected a picture of (H, W) or (H, W, 1 to 4), got shape {picture.shape}")
    if not picture.size:
        raise UsageError(f"expected a picture of at least 1x1 pixels, got shape {picture.shape}")
    if picture.dtype.name not in KINDS:
        raise UsageError(f"expected a picture of {', '.join(KINDS)}, got {picture.dtype}")
    if picture.dtype.kind == "f":
        low, high = float(picture.min()), float(picture.max())
        if not (low >= 0 and high <= 1):  # so that nan, which compares false, is refused too
            raise UsageError(f"expected floats in [0, 1], got {low:.4g} to {high:.4g}; divide or clip them")


@dataclass(frozen=True)
class Colours:
    """How pixels become what is enlarged: the network's channels first, then those that stay bicubic.

    Attributes:
        grey: the picture has one colour channel.
        alpha: its last channel is opacity.
        card_color: ``y``, ``ycbcr`` or ``rgb``, as the weights' card has it.
        full_range: the weights were trained on Y of 0 to 255.
    """

    grey: bool
    alpha: bool
    card_color: str
    full_range: bool

    def encode(self, pixels: Pixels) -> Floats:
        """(h, w, C) pixels -> (h, w, K) float32."""
        x = pixels.astype(np.float32)
        if pixels.dtype.kind == "u":
            x /= np.float32(np.iinfo(pixels.dtype).max)
        colour, alpha = (x[..., :-1], x[..., -1:]) if self.alpha else (x, x[..., :0])
        if self.grey and self.card_color != "y":
            colour = np.repeat(colour, 3, axis=-1)
        if colour.shape[-1] == 3 and self.card_color != "rgb":
            colour = rgb_to_ycbcr(np.ascontiguousarray(colour))
            if self.full_range:
                colour[..., 0] = (colour[..., 0] - np.float32(16 / 255)) * np.float32(255 / 219)
        return np.concatenate([colour, alpha], axis=-1) if self.alpha else colour

    def decode(self, x: Floats, dtype: np.dtype[Any]) -> Pixels:
        """(h, w, K) float32 -> (h, w, C) pixels."""
        colour, alpha = (x[..., :-1], x[..., -1:]) if self.alpha else (x, x[..., :0])
        if colour.shape[-1] == 3 and self.card_color != "rgb":
            if self.full_range:
                colour[..., 0] = colour[..., 0] * np.float32(219 / 255) + np.float32(16 / 255)
            colour = ycbcr_to_rgb(colour)
        if self.grey and colour.shape[-1] == 3:
            colour = colour.mean(axis=-1, keepdims=True, dtype=np.float32)
        x = np.concatenate([colour, alpha], axis=-1) if self.alpha else colour
        x = np.clip(x, 0, 1)
        if dtype.kind == "u":
            x *= np.float32(np.iinfo(dtype).max)
            x += np.float32(0.5)
        return x.astype(dtype)  # towards zero: with the half added above, round half up
