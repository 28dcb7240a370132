"""The filters of a network's first layer, ordered by their variance, as in figure 5 of the SRCNN paper."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from srcnn.figures.drawing import hide_axes, new_figure
from srcnn.figures.mosaic import mosaic
from srcnn.weights import Weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHANNELS = {"y": ("Y",), "ycbcr": ("Y", "Cb", "Cr"), "rgb": ("R", "G", "B")}
"""What the input channels of a network are, by the colour on its card."""


def by_variance(weights: Weights) -> npt.NDArray[np.intp]:
    """Numbers of the first layer's filters, the largest variance over their taps first."""
    kernels = weights.kernels[0].astype(np.float64)
    return np.argsort(-kernels.reshape(len(kernels), -1).var(axis=1), kind="stable")


def draw_filters(weights: Weights) -> "Figure":
    """First-layer filters, the largest variance first, row by row; a panel for each input channel.

    Each filter is scaled by its own largest weight: grey is 0, white positive, black negative.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    kernels = weights.kernels[0][by_variance(weights)].astype(np.float64)
    largest = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    kernels = kernels / np.where(largest > 0, largest, 1)
    names = CHANNELS.get(weights.card.color, tuple(str(n + 1) for n in range(kernels.shape[1])))
    figure = new_figure(4.6 * len(names), 5)
    for axis, name, channel in zip(
        np.atleast_1d(figure.subplots(1, len(names))), names, np.moveaxis(kernels, 1, 0), strict=True
    ):
        axis.imshow(mosaic(list(channel)), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
        axis.set_title(f"{name}" if len(names) > 1 else "")
        hide_axes(axis)
    size = kernels.shape[-1]
    figure.suptitle(
        f"{weights.card.name}: {len(kernels)} filters of {size}x{size}, largest variance first", fontsize=11
    )
    return figure
