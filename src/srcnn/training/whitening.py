"""Coordinates in which the patches that the first layer sees are alike in all directions.

Patches of an enlarged picture hardly differ but in their brightness: of 9x9 pixels at x4, the strongest
direction varies ten million times as much as the fortieth, and what tells edges apart lies among the weak
ones. A step of one length in all coordinates of the kernels is then a leap along some directions of what the
layer computes and nothing along others. Steps taken in whitened coordinates are of one length there too (the
input factor of K-FAC: Martens and Grosse, arXiv 1503.05671, taken once before the first step). Training
alone knows of them: the kernels stay plain.
"""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

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
