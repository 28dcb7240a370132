"""What a recipe describes, built: the network as it starts, and the sampler that feeds it.

A network may start from a smaller one, or for colour from one for luma. What was learned is kept, and what is
new does nothing until training moves it (T. Chen et al., "Net2Net", arXiv 1511.05641, with zeros instead of
copies: wider kernels are the old ones in a ring of zeros, and no layer reads a new channel yet).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from srcnn.arch import Architecture
from srcnn.color import rgb_to_ycbcr
from srcnn.data.pair import Pair
from srcnn.data.samplers import OrderedSubimages, RandomCrops, Sampler
from srcnn.errors import TrainingError
from srcnn.training.network import Residual, Srcnn, initialise, load_into
from srcnn.training.patches import null_space, patch_moments, whitening
from srcnn.training.recipe import Recipe
from srcnn.weights import Weights

WHITENED_ON = 4
"""Batches whose patches are counted for ``optimiser.whiten`` and ``optimiser.null_decay``."""


def empty_network(recipe: Recipe) -> Srcnn | Residual:
    """The module a recipe trains, with torch's own parameters: to be filled."""
    architecture = recipe.network.build()
    return Residual(architecture) if recipe.network.residual else Srcnn(architecture)


def start_network(recipe: Recipe, init: Weights | None, metric: Tensor | None = None) -> Srcnn | Residual:
    """The module a recipe trains, started from ``init`` or as the recipe says.

    Args:
        recipe: what is trained.
        init: weights of the same network, of one with smaller kernels or narrower layers, or for luma where
            colour is trained.
        metric: what `first_metric` returns; without ``init``, random filters of the first layer are drawn in
            its coordinates.

    Raises:
        TrainingError: ``init`` is of a network that does not fit in, or has no residual where one is trained.
    """
    module = empty_network(recipe)
    trained = module.inner if isinstance(module, Residual) else module
    generator = torch.Generator().manual_seed(recipe.run.seed)
    if init is None:
        init_name = "quiet" if recipe.network.residual else recipe.network.init
        initialise(trained, init_name, generator)
        if metric is not None:
            # Filters that carry the input are not random: they stay what they are.
            carried = recipe.network.channels if init_name == "identity" else 0
            drawn = trained.convolutions[0].weight.data[carried:]
            drawn.copy_((drawn.flatten(1) @ metric).reshape(drawn.shape))
    else:
        grow(trained, _start_from(recipe, init), generator)
    return module


def _start_from(recipe: Recipe, init: Weights) -> Srcnn:
    """The network of ``init`` in the form that the recipe trains, smaller or not."""
    section, wanted = recipe.network, recipe.network.build()
    check_start(init.architecture, wanted, residual=section.residual)
    # Borders are those of the recipe: kernels know none.
    bordered = replace(
        init.architecture,
        layers=tuple(replace(layer, border=section.border) for layer in init.architecture.layers),
    )
    plain = Srcnn(bordered)
    load_into(plain, init)
    if not section.residual:
        return plain
    start = Residual(bordered)
    start.unfold(plain)
    if bordered.channels != wanted.channels:
        full_range = init.card.luma_range == "full"
        start = in_color(start, recipe.data.color, wanted.widths, full_range=full_range)
    return start.inner


def first_metric(recipe: Recipe, pairs: Sequence[Pair]) -> Tensor | None:
    """The whitened coordinates of the first layer's kernels, or None where the recipe does without.

    They come from batches of a sampler of their own, so that what training sees does not change.
    """
    if not recipe.optimiser.whiten:
        return None
    return whitening(_inputs(recipe, pairs), recipe.network.build().layers[0].kernel)


def first_null_space(recipe: Recipe, pairs: Sequence[Pair]) -> Tensor | None:
    """What `null_space` finds in the first layer's patches, or None where the recipe leaves it alone."""
    if not recipe.optimiser.null_decay:
        return None
    moments = patch_moments(_inputs(recipe, pairs), recipe.network.build().layers[0].kernel)
    return null_space(moments, recipe.optimiser.null_ridge)


def _inputs(recipe: Recipe, pairs: Sequence[Pair]) -> Iterator[Tensor]:
    """Some batches as the first layer sees them."""
    sampler = build_sampler(recipe, pairs)
    centre = Residual.CENTRE if recipe.network.residual else 0.0
    for _ in range(WHITENED_ON):
        yield torch.from_numpy(sampler.batch(recipe.run.batch)[0]) - centre


def build_sampler(recipe: Recipe, pairs: Sequence[Pair]) -> Sampler:
    """What draws a recipe's inputs and labels from pictures.

    Raises:
        DataError: no picture is large enough.
    """
    data = recipe.data
    architecture = recipe.network.build()
    margin = architecture.halo if recipe.network.border == "valid" else 0
    if data.sampling == "random":
        return RandomCrops(
            pairs,
            size=data.size,
            margin=margin,
            augment=data.augment,
            seed=recipe.run.seed,
            shares=data.shares,
        )
    return OrderedSubimages(
        pairs,
        size=data.size,
        stride=data.stride,
        margin=margin,
        augment=data.augment,
        seed=recipe.run.seed,
    )


STUDIO_BLACK, STUDIO_SPAN = 16 / 255, 219 / 255
"""Studio-range luma of black, and from there to white (ITU-R BT.601)."""


def check_start(init: Architecture, wanted: Architecture, *, residual: bool) -> None:
    """Whether a network can start as another one.

    Raises:
        TrainingError: it has fewer layers, smaller kernels, narrower layers or other planes; or luma is to
            become colour without a residual.
    """
    pairs = list(zip(init.weight_shapes, wanted.weight_shapes, strict=False))
    adds_color = (init.channels, wanted.channels) == (1, 3)
    fits = len(init.layers) == len(wanted.layers) and (init.channels == wanted.channels or adds_color)
    if not fits or any(old[0] > new[0] or old[2] > new[2] for old, new in pairs):
        raise TrainingError(
            f"expected weights of {_words(wanted)}, or of a smaller network, to start from, "
            f"got {_words(init)}"
        )
    if adds_color and not residual:
        raise TrainingError(
            f"expected network.residual = true to start {_words(wanted)} from {_words(init)}: what is added "
            "to luma can be added to three planes, luma itself cannot be"
        )


@torch.no_grad()
def grow(network: Srcnn, smaller: Srcnn, generator: torch.Generator) -> None:
    """Fill a network so that it computes what one with smaller kernels or narrower layers does.

    Both have as many layers and planes. New channels see what He et al. (arXiv 1502.01852) let them see, and
    nothing old sees them: they change the result only when training has found a use for them.
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
def in_color(luma: Residual, color: str, widths: tuple[int, ...], *, full_range: bool = False) -> Residual:
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
    color_network = Residual(Architecture(tuple(layers), 3))
    kept.append(torch.arange(1))
    last = len(widths)
    for number, (target, source) in enumerate(
        zip(color_network.inner.convolutions, luma.inner.convolutions, strict=True)
    ):
        weight, bias = source.weight[kept[number + 1]][:, kept[number]], source.bias[kept[number + 1]]
        if number == 0:
            bias = bias + offset * weight.sum((1, 2, 3))
            weight = weight * seen[:, None, None]
        if number == last:
            weight, bias = weight * added[:, None, None, None], bias * added
        target.weight.copy_(weight)
        target.bias.copy_(bias)
    return color_network


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
