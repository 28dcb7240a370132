"""Patches of pictures as the first layer sees them: whitened coordinates, and directions without pictures.

`whitening` gives coordinates in which the patches that the first layer sees vary alike in all directions.
Patches of an enlarged picture hardly differ but in their brightness: of 9x9 pixels at x4, the strongest
direction varies ten million times as much as the fortieth, and what tells edges apart lies among the weak
ones. A step of one length in all coordinates of the kernels is then a leap along some directions of what the
layer computes and nothing along others. Steps taken in whitened coordinates are of one length there too (the
input factor of K-FAC: Martens and Grosse, arXiv 1503.05671, taken once before the first step). Only training
uses them: the kernels stay plain.

What a kernel holds in directions that hardly vary changes nothing on pictures, so training leaves the random
numbers it was drawn with, and the steps' own noise: they amplify noise of the input, cost bits in fixed
point, and hide what a filter looks for. With C the patches' second moments, N = ridge (C + ridge I)^-1, which
`null_space` gives, is near 1 in those directions and near 0 in all others; 1 - N is what ridge regression
makes of a kernel (Hoerl and Kennard, 1970).
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


def null_space(moments: Tensor, ridge: float) -> Tensor:
    """N, (d, d) float32, of the second moments (d, d) of patches; ``ridge`` in their unit, Y squared."""
    identity = torch.eye(len(moments), dtype=torch.float64)
    return (ridge * torch.linalg.inv(moments.double() + ridge * identity)).float()


@torch.no_grad()
def shrink_null_space(kernels: Tensor, null: Tensor, share: float) -> None:
    """Take a ``share``, in [0, 1], of what kernels (out, in, k, k) hold in the directions ``null``."""
    flat = kernels.flatten(1)
    kernels.sub_((flat @ null.to(kernels.device)).reshape(kernels.shape), alpha=share)


@torch.no_grad()
def clean_carriers(kernels: Tensor, biases: Tensor, null: Tensor, centre: float) -> None:
    """Let filters that carry the input (out, in, k, k) pass no noise that pictures do not have.

    Args:
        kernels: changed in place; what they answer on pictures stays.
        biases: (out,), changed with them.
        null: see `null_space`, of patches from which ``centre`` was taken.
        centre: the input for which the answer does not change at all.
    """
    before = kernels.sum((1, 2, 3))
    shrink_null_space(kernels, null, 1.0)
    biases.add_(before - kernels.sum((1, 2, 3)), alpha=centre)
