"""The filters of a network's first layer by their variance, and the feature maps of its hidden layers.

As in figures 5 and 6 of the SRCNN paper.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from srcnn.engines.numpy import NumpyEngine
from srcnn.evaluation.case import Case
from srcnn.evaluation.inference import NetworkUse, apply_network
from srcnn.figures.plot import new_figure
from srcnn.model import Model
from srcnn.tiling import ALL_EDGES
from srcnn.types import Floats, Planes
from srcnn.weights import Weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLANE_NAMES = {"y": ("Y",), "ycbcr": ("Y", "Cb", "Cr"), "rgb": ("R", "G", "B")}
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
    names = PLANE_NAMES.get(weights.card.color, tuple(str(n + 1) for n in range(kernels.shape[1])))
    figure = new_figure(4.6 * len(names), 5)
    for axis, name, channel in zip(
        np.atleast_1d(figure.subplots(1, len(names))), names, np.moveaxis(kernels, 1, 0), strict=True
    ):
        axis.imshow(mosaic(list(channel)), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
        axis.set_title(f"{name}" if len(names) > 1 else "")
        axis.set_axis_off()
    size = kernels.shape[-1]
    figure.suptitle(
        f"{weights.card.name}: {len(kernels)} filters of {size}x{size}, largest variance first", fontsize=11
    )
    return figure


def feature_maps(case: Case, net: Model) -> list[Planes]:
    """Maps of the hidden layers, after their ReLU, for a picture degraded as the case says.

    Returns:
        For each hidden layer (width, H, W) float32; the first in the order of `by_variance`.

    Raises:
        UsageError: weights of an unknown colour, or a picture smaller than the scale.
    """
    probe = _Probe(net.weights, NumpyEngine(net.weights))
    apply_network(case, probe, NetworkUse())
    # The whole picture at once, as wide as its layers are: for looking at, not for large pictures.
    first, *others = NumpyEngine(net.weights).activations(probe.inputs, ALL_EDGES)
    return [first[by_variance(net.weights)], *others[:-1]]


class _Probe(Model):
    """A model that keeps its input, in its weights' own input range."""

    inputs: Planes

    def __call__(self, planes: Floats, *, ensemble: bool = False) -> Planes:
        stacked = planes if planes.ndim == 3 else planes[None]
        self.inputs = np.ascontiguousarray(stacked, np.float32) * np.float32(self.card.input_range)
        return planes.astype(np.float32)


def draw_maps(maps: list[Planes], title: str) -> "Figure":
    """A panel for each layer; each map is scaled by its own largest value, black being 0.

    Maps of the layers are of different sizes where their convolutions pad nothing.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    figure = new_figure(6.4 * len(maps), 6.8)
    for number, (axis, layer) in enumerate(
        zip(np.atleast_1d(figure.subplots(1, len(maps))), maps, strict=True), start=1
    ):
        largest = layer.max(axis=(1, 2), keepdims=True)
        scaled = layer / np.where(largest > 0, largest, 1)
        sheet = mosaic(list(scaled), gap=max(2, layer.shape[2] // 40))
        axis.imshow(sheet, cmap="gray", vmin=0, vmax=1)  # nan, between the maps, stays white
        silent = int((largest == 0).sum())
        note = f", {silent} of them silent" if silent else ""
        axis.set_title(f"layer {number}: {len(layer)} maps{note}", fontsize=10)
        axis.set_axis_off()
        axis.set_anchor("N")
    figure.suptitle(title, fontsize=11)
    return figure


def mosaic(planes: Sequence[Floats], *, gap: int = 1) -> Floats:
    """Planes in rows, from the upper left, with nan between them and where there are no more.

    There are about as many rows as make the whole a square, but so that the last is full where that is near.

    Args:
        planes: (H, W) each, at least one.
        gap: pixels between tiles.
    """
    height, width = planes[0].shape
    columns = _columns(len(planes), height / width)
    rows = math.ceil(len(planes) / columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for number, plane in enumerate(planes):
        row, column = divmod(number, columns)
        top, left = row * (height + gap), column * (width + gap)
        sheet[top : top + height, left : left + width] = plane
    return sheet


def _columns(count: int, aspect: float) -> int:
    wanted = math.ceil(math.sqrt(count * aspect))
    full = [columns for columns in range(wanted, min(count, 2 * wanted) + 1) if count % columns == 0]
    return full[0] if full else wanted
