"""Units of the inner layers that give zero on every validation picture, and how they are brought back.

No gradient reaches a ReLU that never fires, so a dead unit stays dead; what it costs is width.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from srcnn.training.network import Srcnn


@contextmanager
def peaks(network: Srcnn) -> Iterator[list[Tensor]]:
    """Watch what a network's inner layers answer while it runs inside the ``with``.

    Yields:
        For each layer but the last, (out,): the largest answer before the ReLU, minus infinity at first.
    """
    layers = network.convolutions[:-1]
    found = [torch.full_like(layer.bias, -torch.inf) for layer in layers]

    def keep(number: int, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        answers = output.detach().amax((0, 2, 3))[: len(found[number])]
        found[number] = torch.maximum(found[number], answers)

    hooks = [layer.register_forward_hook(partial(keep, number)) for number, layer in enumerate(layers)]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def dead_units(found: Sequence[Tensor]) -> list[Tensor]:
    """For each inner layer, (out,) bool: the units whose largest answer is not above zero."""
    return [peak <= 0 for peak in found]


def dead_share(dead: Sequence[Tensor]) -> float:
    """Share of all inner units that are dead, in [0, 1]."""
    return float(torch.cat(list(dead)).float().mean()) if dead else 0.0


@torch.no_grad()
def revive(
    network: Srcnn,
    averages: Mapping[nn.Parameter, Tensor],
    dead: Sequence[Tensor],
    generator: torch.Generator,
    metric: Tensor | None = None,
) -> None:
    """Draw the kernels of dead units anew, as long as those of living ones; nothing listens to them yet.

    What the network computes stays the same where the units were dead.

    Args:
        network: whose parameters change.
        averages: the averaged values of each parameter, which change alike.
        dead: see `dead_units`; of this network.
        generator: draws the kernels.
        metric: coordinates in which the first layer's are drawn, see `srcnn.training.patches`.
    """
    layers = network.convolutions
    for number, lost in enumerate(dead):
        if not lost.any():
            continue
        layer, following = layers[number], layers[number + 1]
        drawn = torch.randn(int(lost.sum()), layer.weight[0].numel(), generator=generator)
        if number == 0 and metric is not None:
            drawn = drawn @ metric
        lengths = layer.weight.flatten(1).norm(dim=1)
        length = float(lengths[~lost].median()) if not lost.all() else 2**0.5
        drawn *= length / drawn.norm(dim=1, keepdim=True)
        for weight in (layer.weight, averages[layer.weight]):
            weight[lost] = drawn.reshape(-1, *weight.shape[1:]).to(weight.device)
        for bias in (layer.bias, averages[layer.bias]):
            bias[lost] = 0
        for weight in (following.weight, averages[following.weight]):
            weight[:, lost] = 0
