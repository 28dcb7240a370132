"""What a recipe describes, built: the network as it starts, and the sampler that feeds it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from srcnn.data.pairs import Pair
from srcnn.data.sampling import OrderedSubimages, RandomCrops, Sampler
from srcnn.training.growing import check_start, grow, in_colour
from srcnn.training.network import Residual, Srcnn, initialise, load_into
from srcnn.training.null_space import null_space
from srcnn.training.recipe import Recipe
from srcnn.training.whitening import patch_moments, whitening
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
            colour is trained; see `srcnn.training.growing`.
        metric: what `first_metric` returns; without ``init``, random filters of the first layer are drawn in
            its coordinates.

    Raises:
        TrainingError: ``init`` is of a network that does not fit in, or no residual can be told from it where
            one is trained.
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
        grow(trained, _given(recipe, init), generator)
    return module


def _given(recipe: Recipe, init: Weights) -> Srcnn:
    """The network of ``init`` in the form that the recipe trains, smaller or not."""
    section, wanted = recipe.network, recipe.network.build()
    check_start(init.architecture, wanted, residual=section.residual)
    # Borders are those of the recipe: kernels know none.
    given = replace(
        init.architecture,
        layers=tuple(replace(layer, border=section.border) for layer in init.architecture.layers),
    )
    plain = Srcnn(given)
    load_into(plain, init)
    if not section.residual:
        return plain
    start = Residual(given)
    start.unfold(plain)
    if given.channels != wanted.channels:
        full_range = init.card.luma_range == "full"
        start = in_colour(start, recipe.data.color, wanted.widths, full_range=full_range)
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
