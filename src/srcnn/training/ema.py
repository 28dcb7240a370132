"""Averaged weights."""

import torch
from torch import nn


class Ema:
    """Exponential moving average of a network's parameters, in fp32.

    Early on the decay is shortened to (1 + step) / (10 + step), so that the start is soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {name: p.detach().clone().float() for name, p in network.named_parameters()}

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Blend in the parameters after ``step`` steps."""
        keep = min(self.decay, (1 + step) / (10 + step))
        for name, parameter in network.named_parameters():
            self.values[name].lerp_(parameter.float(), 1 - keep)

    @torch.no_grad()
    def copy_to(self, network: nn.Module) -> None:
        """Set a network's parameters to the average."""
        for name, parameter in network.named_parameters():
            parameter.copy_(self.values[name])
