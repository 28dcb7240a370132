"""Directions of the first layer's kernels that pictures never excite, kept free of noise.

Patches of enlarged pictures hardly vary in most directions. What a kernel holds there changes nothing on
pictures, so training leaves the random numbers it was drawn with, and the steps' own noise: they amplify
noise of the input, cost bits in fixed point, and hide what a filter looks for. With C the patches' second
moments, N = ridge (C + ridge I)^-1 is near 1 in those directions and near 0 in all others; 1 - N is what
ridge regression makes of a kernel (Hoerl and Kennard, 1970).
"""

import torch
from torch import Tensor


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
