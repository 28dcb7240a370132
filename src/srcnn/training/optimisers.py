"""From a recipe's keys to an optimiser with its parameter groups, and the rate at every step."""

import math

import torch
from torch import Tensor, nn

from srcnn.training.muon import Muon
from srcnn.training.network import Srcnn
from srcnn.training.recipe import OptimiserSection
from srcnn.training.soap import Soap


def build_optimiser(section: OptimiserSection, network: Srcnn) -> torch.optim.Optimizer:
    """The optimiser with three groups: kernels, the last layer's kernels, and all biases."""
    convolutions = network.convolutions
    groups = [
        _group([c.weight for c in convolutions[:-1]], section.rate),
        _group([convolutions[-1].weight], section.last_rate or section.rate),
        _group([c.bias for c in convolutions], section.bias_rate or section.rate),
    ]
    groups = [group for group in groups if group["params"]]
    if section.name == "sgd":
        return torch.optim.SGD(groups, momentum=section.momentum)
    if section.name == "adam":
        return torch.optim.Adam(groups, betas=section.betas, fused=True)
    if section.name == "soap":
        return Soap(groups, lr=section.rate, betas=section.betas)
    groups[0]["orthogonal"] = len(convolutions) > 1
    return Muon(groups, lr=section.rate, betas=section.betas)


def _group(params: list[Tensor], rate: float) -> dict[str, object]:
    return {"params": params, "lr": rate, "base_rate": rate}


def set_rate(optimiser: torch.optim.Optimizer, section: OptimiserSection, step: int, steps: int) -> float:
    """Set the rate of every group for step number ``step`` (from 0) of ``steps``; returns the factor."""
    factor = rate_factor(section, step, steps)
    for group in optimiser.param_groups:
        group["lr"] = group["base_rate"] * factor
    return factor


def rate_factor(section: OptimiserSection, step: int, steps: int) -> float:
    """What the recipe's rates are multiplied by at step ``step`` of ``steps``, in [0, 1]."""
    warm = min(1.0, (step + 1) / section.warmup) if section.warmup else 1.0
    if section.schedule == "constant":
        return warm
    return warm * 0.5 * (1 + math.cos(math.pi * step / steps))


def loss_of(section: OptimiserSection, output: Tensor, label: Tensor) -> Tensor:
    """Loss of a batch (N, C, H, W): mean squared error, or Caffe's sum of squares over 2 N."""
    if section.loss == "mean":
        return nn.functional.mse_loss(output, label)
    return nn.functional.mse_loss(output, label, reduction="sum") / (2 * len(output))
