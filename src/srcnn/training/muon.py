"""Muon: momentum whose directions all get the same length, for the kernels of the inner layers.

Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024. Everything that
is no inner kernel (the single output plane of the last layer, biases) moves as SOAP moves it.

`whitening` gives coordinates in which the patches that the first layer sees vary alike in all directions.
Patches of an enlarged picture hardly differ but in their brightness: of 9x9 pixels at x4, the strongest
direction varies ten million times as much as the fortieth, and what tells edges apart lies among the weak
ones. A step of one length in all coordinates of the kernels is then a leap along some directions of what the
layer computes and nothing along others. Steps taken in whitened coordinates are of one length there too (the
input factor of K-FAC: Martens and Grosse, arXiv 1503.05671, taken once before the first step). Only training
uses them: the kernels stay plain.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

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
    being the size of one filter: its kernels then move in the coordinates of `srcnn.training.muon`.
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
        parameter.sub_(update.reshape(parameter.shape), alpha=float(length) * group["lr"])


def orthogonalise(matrix: Tensor) -> Tensor:
    """Roughly U V^T of a matrix (rows, columns) with singular value decomposition U S V^T."""
    a, b, c = _COEFFICIENTS
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-12)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x if wide is matrix else x.T


RIDGE = 1e-4
"""Added to the variances: directions weaker than this, in the unit of Y squared, are not enlarged further."""
STRIDE = 3
"""Between the patches that are counted; neighbours tell nearly the same."""


@torch.no_grad()
def patch_moments(inputs: Iterable[Tensor], kernel: int) -> Tensor:
    """Second moments of the patches that kernels see, (d, d) float64; arguments and d as in `whitening`."""
    total, count = torch.zeros(()), 0
    for batch in inputs:
        patches = functional.unfold(batch, kernel, stride=STRIDE).transpose(1, 2).flatten(0, 1).double()
        total, count = total + patches.T @ patches, count + len(patches)
    return total / count


@torch.no_grad()
def whitening(inputs: Iterable[Tensor], kernel: int) -> Tensor:
    """The matrix from whitened coordinates of a kernel to the kernel, close to the patches' C^(-1/2).

    Args:
        inputs: batches (N, channels, H, W) as the first layer sees them.
        kernel: side of its kernels; inputs are at least as large.

    Returns:
        (d, d) float32, symmetric, with d = channels kernel kernel: kernels (out, d) are coordinates (out, d)
        times this. Scaled so that filters of random coordinates answer as strongly as random filters.
    """
    strengths, directions = torch.linalg.eigh(patch_moments(inputs, kernel))
    strengths = strengths.clamp_min(0)
    gains = (strengths + RIDGE).rsqrt()
    gains *= (strengths.sum() / (gains.square() * strengths).sum()).sqrt()
    return ((directions * gains) @ directions.T).float()
