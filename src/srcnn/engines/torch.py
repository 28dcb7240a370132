"""The torch engine, for those who have torch anyway."""

import numpy as np

from srcnn.borders import input_margin, side_widths
from srcnn.engines.base import check_planes
from srcnn.errors import MissingExtraError
from srcnn.tiling import Edges
from srcnn.types import Planes
from srcnn.weights import Weights


class TorchEngine:
    """Runs a network with torch on the processor; see `srcnn.engines.base.Engine`.

    ``threads`` sets torch's own number of threads, which holds for the whole process.

    Raises:
        MissingExtraError: torch is not installed.
    """

    name = "torch"
    whole_tiles = False

    def __init__(self, weights: Weights, threads: int | None = None) -> None:
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("the torch engine", "train") from error
        if threads:
            torch.set_num_threads(threads)
        self._architecture = weights.architecture
        self.halo = weights.architecture.halo
        self._torch = torch
        self._kernels = [
            torch.from_numpy(np.array(k)).to(memory_format=torch.channels_last) for k in weights.kernels
        ]
        self._biases = [torch.from_numpy(np.array(b)) for b in weights.biases]

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for one window of a picture, without its halo."""
        check_planes(planes, edges, self._architecture)
        torch, functional = self._torch, self._torch.nn.functional
        with torch.inference_mode():
            x = torch.from_numpy(np.array(planes, np.float32))[None]
            x = functional.pad(x, _torch_pads(input_margin(self._architecture), edges), mode="replicate")
            layers = zip(self._architecture.layers, self._kernels, self._biases, strict=True)
            for number, (layer, kernel, bias) in enumerate(layers, start=1):
                if layer.border != "valid":
                    mode = "constant" if layer.border == "zero" else "replicate"
                    x = functional.pad(x, _torch_pads(layer.kernel // 2, edges), mode=mode)
                x = functional.conv2d(x, kernel, bias)
                if number < len(self._kernels):
                    x = x.relu_()
            return x[0].numpy()


def _torch_pads(amount: int, edges: Edges) -> tuple[int, int, int, int]:
    (top, bottom), (left, right) = side_widths(amount, edges)
    return left, right, top, bottom
