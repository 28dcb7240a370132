"""From a recipe's keys to an optimiser with its parameter groups, and the rate at every step."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from srcnn.training.muon import Muon
from srcnn.training.network import Srcnn
from srcnn.training.recipe_schema import OptimiserSection
from srcnn.training.soap import Soap

RISE = 0.3
"""Share of a one-cycle run in which the rate rises."""
CHARBONNIER_EPS = 1e-3
"""Below about this error the Charbonnier loss is quadratic (Lai et al., arXiv 1704.03915)."""


def build_optimiser(
    section: OptimiserSection, network: Srcnn, metric: Tensor | None = None
) -> torch.optim.Optimizer:
    """The optimiser with groups of their own for kernels, the last layer's kernels, and all biases.

    ``metric`` gives the coordinates for the first layer's kernels, of ``muon``; see `srcnn.training.patches`.
    """
    convolutions = network.convolutions
    groups = [
        _group([c.weight for c in convolutions[:-1]], section.rate),
        _group([convolutions[-1].weight], section.last_rate or section.rate),
        _group([c.bias for c in convolutions], section.bias_rate or section.rate),
    ]
    groups = [group for group in groups if group["params"]]
    decay = section.weight_decay
    if section.name == "sgd":
        return torch.optim.SGD(groups, momentum=section.momentum, weight_decay=decay)
    if section.name == "adam":
        return torch.optim.Adam(groups, betas=section.betas, weight_decay=decay, fused=True)
    if section.name == "adamw":
        return torch.optim.AdamW(groups, betas=section.betas, weight_decay=decay, fused=True)
    if section.name == "soap":
        return Soap(groups, lr=section.rate, betas=section.betas)
    if len(convolutions) > 1:
        groups[0]["orthogonal"] = True
        if metric is not None:
            first = groups[0]["params"].pop(0)
            groups.append(_group([first], section.rate) | {"orthogonal": True, "metric": metric})
    return Muon(groups, lr=section.rate, betas=section.betas)


def _group(params: list[Tensor], rate: float) -> dict[str, Any]:
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
    done = step / steps
    if section.schedule == "constant":
        return warm
    if section.schedule == "step":
        return warm * section.step_factor ** math.floor(done / section.step_every + 1e-9)
    if section.schedule == "one-cycle":
        if done < RISE:
            return warm * (step + 1) / (RISE * steps + 1)
        done = (done - RISE) / (1 - RISE)
    return warm * 0.5 * (1 + math.cos(math.pi * done))


def loss_of(
    section: OptimiserSection,
    output: Tensor,
    label: Tensor,
    mean_of_all: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """Loss of a batch (N, C, H, W) in [0, 1]; what the names mean stands in `OptimiserSection`.

    Where several processes have a share of the batch each, ``mean_of_all`` gives the mean over them. The mean
    of their gradients is then that of the whole batch, also for the PSNR, which is no mean of their PSNRs.
    """
    error = output - label
    if section.loss == "mean":
        return error.square().mean()
    if section.loss == "sum":
        return error.square().sum() / (2 * len(output))
    if section.loss == "psnr":
        mse = error.square().mean()
        if mean_of_all is not None:
            # The value of all shares, with the slope of this one.
            mse = mse + (mean_of_all(mse.detach()) - mse.detach())
        return 10 * mse.clamp_min(1e-12).log10()
    if section.loss == "l1":
        return error.abs().mean()
    return (error.square() + CHARBONNIER_EPS**2).sqrt().mean()
