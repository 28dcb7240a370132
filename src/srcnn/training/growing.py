"""Starting from a smaller network: a larger one that computes the same, and one for colour from one for luma.

What was learned is kept, and what is new does nothing until training moves it (T. Chen et al., "Net2Net",
arXiv 1511.05641, with zeros instead of copies: wider kernels are the old ones in a ring of zeros, and a new
channel is one that nothing listens to yet).
"""

from dataclasses import replace

import torch

from srcnn.arch import Architecture
from srcnn.color import rgb_to_ycbcr
from srcnn.errors import TrainingError
from srcnn.training.network import Residual, Srcnn, initialise

STUDIO_BLACK, STUDIO_SPAN = 16 / 255, 219 / 255
"""Studio-range luma of black, and from there to white (ITU-R BT.601)."""


def check_start(init: Architecture, wanted: Architecture, *, residual: bool) -> None:
    """Whether a network can start as another one.

    Raises:
        TrainingError: it has fewer layers, smaller kernels, narrower layers or other planes; or luma is to
            become colour without a residual.
    """
    pairs = list(zip(init.weight_shapes, wanted.weight_shapes, strict=False))
    colours = (init.channels, wanted.channels) == (1, 3)
    fits = len(init.layers) == len(wanted.layers) and (init.channels == wanted.channels or colours)
    if not fits or any(old[0] > new[0] or old[2] > new[2] for old, new in pairs):
        raise TrainingError(
            f"expected weights of {_words(wanted)}, or of a smaller network, to start from, "
            f"got {_words(init)}"
        )
    if colours and not residual:
        raise TrainingError(
            f"expected network.residual = true to start {_words(wanted)} from {_words(init)}: what is added "
            "to luma can be added to three planes, luma itself cannot be"
        )


@torch.no_grad()
def grow(network: Srcnn, smaller: Srcnn, generator: torch.Generator) -> None:
    """Fill a network so that it computes what one with smaller kernels or narrower layers does.

    New channels see what He et al. (arXiv 1502.01852) let them see, and nothing old sees them: they change
    the result only when training has found a use for them.

    Args:
        network: what is filled; of as many layers and planes as ``smaller``.
        smaller: no kernel and no layer is larger than in ``network``.
        generator: draws the weights of new channels.
    """
    initialise(network, "he", generator)
    for target, source in zip(network.convolutions, smaller.convolutions, strict=True):
        rows, columns, side, _ = source.weight.shape
        ring = (target.weight.shape[-1] - side) // 2
        middle = slice(ring, ring + side)
        target.weight[:rows] = 0
        target.weight[:rows, :columns, middle, middle] = source.weight
        target.bias[:rows] = source.bias


@torch.no_grad()
def in_colour(luma: Residual, color: str, widths: tuple[int, ...], *, full_range: bool = False) -> Residual:
    """A residual network on three planes that adds to the luma of a picture what one on luma adds to it.

    Args:
        luma: the network on luma.
        color: ``rgb`` or ``ycbcr``.
        widths: of the wanted network. Three planes are carried where one was; where that leaves fewer
            channels than there are, those with the least outgoing weights are dropped.
        full_range: whether the luma it works on is of full range (0 to 255), not of studio range.

    Returns:
        With the kernels of ``luma``, and at most ``widths``.
    """
    seen, offset, added = _luma_in(color, full_range=full_range)
    layers = list(luma.inner.architecture.layers)
    kept = [torch.arange(1)]
    for number, width in enumerate(widths):
        strength = luma.inner.convolutions[number + 1].weight.square().sum((0, 2, 3))
        kept.append(strength.argsort(descending=True)[: width - 3].sort().values)
        layers[number] = replace(layers[number], width=len(kept[-1]) + 3)
    layers[-1] = replace(layers[-1], width=3)
    coloured = Residual(Architecture(tuple(layers), 3))
    kept.append(torch.arange(1))
    last = len(widths)
    for number, (target, source) in enumerate(
        zip(coloured.inner.convolutions, luma.inner.convolutions, strict=True)
    ):
        weight, bias = source.weight[kept[number + 1]][:, kept[number]], source.bias[kept[number + 1]]
        if number == 0:
            bias = bias + offset * weight.sum((1, 2, 3))
            weight = weight * seen[:, None, None]
        if number == last:
            weight, bias = weight * added[:, None, None, None], bias * added
        target.weight.copy_(weight)
        target.bias.copy_(bias)
    return coloured


def _luma_in(color: str, *, full_range: bool) -> tuple[torch.Tensor, float, torch.Tensor]:
    """What centred luma is of centred planes, (3,) and a sum, and how much of it each plane gets, (3,)."""
    # Studio-range Y of centred planes, as a sum over them and a constant.
    if color == "ycbcr":
        seen, offset = torch.tensor([1.0, 0.0, 0.0]), 0.0
    else:
        grey = torch.full((4, 3), Residual.CENTRE)
        grey[1:] += torch.eye(3)
        y = torch.from_numpy(rgb_to_ycbcr(grey.numpy())[:, 0])
        seen, offset = y[1:] - y[0], float(y[0]) - Residual.CENTRE
    if full_range:
        offset = (offset + Residual.CENTRE - STUDIO_BLACK) / STUDIO_SPAN - Residual.CENTRE
        seen = seen / STUDIO_SPAN
    # A change of all planes of RGB alike is a change of luma alone; of YCbCr the first plane does that.
    planes = torch.tensor([1.0, 0.0, 0.0]) if color == "ycbcr" else torch.ones(3)
    return seen, offset, planes / float(seen.sum())


def _words(architecture: Architecture) -> str:
    planes = "" if architecture.channels == 1 else f" on {architecture.channels} planes"
    return f"{architecture.name} with widths {architecture.widths}{planes}"
