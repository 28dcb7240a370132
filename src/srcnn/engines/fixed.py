"""The engine that shows what hardware will show: planes of 8 bits in and out, integers between."""

import numpy as np

from srcnn.engines.base import check_planes
from srcnn.fixed_point import Widths, default_inputs, quantize, run_network
from srcnn.fixed_point.fixed_network import FixedNetwork
from srcnn.tiling import Edges
from srcnn.types import Planes
from srcnn.weights import Weights


class FixedEngine:
    """Runs a network under the contract ``srcnn-fixed-1``; see `srcnn.engines.base.Engine`.

    Input is rounded to whole grey levels (half up) and clipped to 0 to 255, as a picture is.

    Args:
        weights: the network.
        network: its integers; by default those of ``widths``, calibrated on drawn pictures.
        widths: by default W12A12.

    Raises:
        UsageError: weights that do not fit the widths.
    """

    whole_tiles = True

    def __init__(
        self, weights: Weights, network: FixedNetwork | None = None, widths: Widths | None = None
    ) -> None:
        widths = widths or Widths()
        self.name = f"fixed:{str(widths).lower()}"
        self.halo = weights.architecture.halo
        self._architecture = weights.architecture
        self._level = np.float32(weights.card.input_range / 255)
        inputs = () if network else default_inputs(weights.card, weights.architecture.channels)
        self.network = network or quantize(weights, inputs, widths).network

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for one window of a picture, without its halo: whole grey levels."""
        check_planes(planes, edges, self._architecture)
        levels = np.clip(np.floor(planes / self._level + np.float32(0.5)), 0, 255).astype(np.uint8)
        return run_network(self.network, levels, edges).astype(np.float32) * self._level
