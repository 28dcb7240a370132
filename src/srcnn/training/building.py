"""What a recipe describes, built: the network as it starts, and the sampler that feeds it."""

from collections.abc import Sequence

import torch

from srcnn.data.pairs import Pair
from srcnn.data.sampling import OrderedSubimages, RandomCrops, Sampler
from srcnn.errors import TrainingError
from srcnn.training.network import Residual, Srcnn, initialise, load_into
from srcnn.training.recipe import Recipe
from srcnn.weights import Weights


def empty_network(recipe: Recipe) -> Srcnn | Residual:
    """The module a recipe trains, with torch's own parameters: to be filled."""
    architecture = recipe.network.build()
    return Residual(architecture) if recipe.network.residual else Srcnn(architecture)


def start_network(recipe: Recipe, init: Weights | None) -> Srcnn | Residual:
    """The module a recipe trains, started from ``init`` or as the recipe says.

    Raises:
        TrainingError: ``init`` is of another shape, or no residual can be told from it where one is trained.
    """
    module = empty_network(recipe)
    if init is None:
        trained = module.inner if isinstance(module, Residual) else module
        generator = torch.Generator().manual_seed(recipe.run.seed)
        initialise(trained, "quiet" if recipe.network.residual else recipe.network.init, generator)
        return module
    architecture = recipe.network.build()
    if init.architecture.weight_shapes != architecture.weight_shapes:
        raise TrainingError(
            f"expected weights of {architecture.name} with widths {architecture.widths} to start from, "
            f"got {init.architecture.name} with {init.architecture.widths}"
        )
    plain = Srcnn(architecture)
    load_into(plain, init)
    if isinstance(module, Residual):
        module.unfold(plain)
        return module
    return plain


def build_sampler(recipe: Recipe, pairs: Sequence[Pair]) -> Sampler:
    """What draws a recipe's inputs and labels from pictures.

    Raises:
        DataError: no picture is large enough.
    """
    data = recipe.data
    architecture = recipe.network.build()
    margin = architecture.halo if recipe.network.border == "valid" else 0
    if data.sampling == "random":
        return RandomCrops(pairs, size=data.size, margin=margin, augment=data.augment, seed=recipe.run.seed)
    return OrderedSubimages(
        pairs,
        size=data.size,
        stride=data.stride,
        margin=margin,
        augment=data.augment,
        seed=recipe.run.seed,
    )
