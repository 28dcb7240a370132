"""Muon: momentum whose directions all get the same length, for the kernels of the inner layers.

Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024. Everything that
is no inner kernel (the single output plane of the last layer, biases) moves as SOAP moves it.
"""

from typing import Any

import torch
from torch import Tensor

from srcnn.training.soap import Soap

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic Newton-Schulz iteration in the source."""
_ITERATIONS = 5
_SPREAD = 0.5
"""Root mean square of an update in units of the rate, so that one rate fits Muon's and SOAP's parts."""
_FAN_IN = 81
"""Filters of more weights than a 9x9 kernel has take shorter steps: what a filter answers would otherwise
move further the more it sees, and ReLUs behind it die. At the full step 5x5 kernels on 64 channels (a fan-in
of 1,600) lost 19 to 26 of 32 units for good."""


class Muon(Soap):
    """Orthogonalised momentum for groups with ``orthogonal`` set, SOAP for the others.

    Args are those of `Soap`; the first of ``betas`` is the momentum. A group may have a ``metric`` (d, d), d
    being the size of one filter: its kernels then move in the coordinates of `srcnn.training.patches`.
    """

    def _move(self, parameter: Tensor, group: dict[str, Any]) -> None:
        if not group.get("orthogonal"):
            super()._move(parameter, group)
            return
        assert parameter.grad is not None
        state = self.state[parameter]
        gradient = parameter.grad.reshape(len(parameter), -1)
        metric = group.get("metric")
        if metric is not None:
            # The gradient of the coordinates that `metric` turns into the kernel, and their step turned back.
            metric = metric.to(gradient.device)
            gradient = gradient @ metric.T
        if not state:
            state["mean"] = torch.zeros_like(gradient)
        momentum = group["betas"][0]
        state["mean"].lerp_(gradient, 1 - momentum)
        update = orthogonalise(gradient.lerp(state["mean"], momentum))
        spread = _SPREAD * min(1.0, (_FAN_IN / update.shape[1]) ** 0.5)
        length = spread * update.numel() ** 0.5 / (update.norm() + 1e-12)
        if metric is not None:
            update = update @ metric
        # The length stays where it is computed: a GPU need not wait for the processor to read it.
        parameter.sub_(update.reshape(parameter.shape) * length, alpha=group["lr"])


def orthogonalise(matrix: Tensor) -> Tensor:
    """Roughly U V^T of a matrix (rows, columns) with singular value decomposition U S V^T."""
    a, b, c = _COEFFICIENTS
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-12)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide is matrix else x.T
