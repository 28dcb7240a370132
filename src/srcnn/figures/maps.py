"""Feature maps: what the hidden layers of a network make of a picture, as in figure 6 of the SRCNN paper."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from srcnn.engines.base import Planes
from srcnn.engines.numpy import NumpyEngine
from srcnn.evaluation.case import Case
from srcnn.evaluation.use import NetworkUse, apply_network
from srcnn.figures.drawing import hide_axes, new_figure
from srcnn.figures.filters import by_variance
from srcnn.figures.mosaic import mosaic
from srcnn.model import Model
from srcnn.tiling import ALL_EDGES

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    first, *others = NumpyEngine(net.weights).activations(probe.given, ALL_EDGES)
    return [first[by_variance(net.weights)], *others[:-1]]


class _Probe(Model):
    """A model that keeps what it is given, in its weights' own input range."""

    given: Planes

    def __call__(self, planes: npt.NDArray[np.floating], *, ensemble: bool = False) -> Planes:
        given = planes if planes.ndim == 3 else planes[None]
        self.given = np.ascontiguousarray(given, np.float32) * np.float32(self.card.input_range)
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
        told = f", {silent} of them silent" if silent else ""
        axis.set_title(f"layer {number}: {len(layer)} maps{told}", fontsize=10)
        hide_axes(axis)
        axis.set_anchor("N")
    figure.suptitle(title, fontsize=11)
    return figure
