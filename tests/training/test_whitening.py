from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from srcnn.errors import RecipeError
from srcnn.training.build import first_metric, start_network
from srcnn.training.muon import Muon
from srcnn.training.patches import RIDGE, STRIDE, whitening
from srcnn.training.recipe import Recipe, parse_recipe

Build = Callable[..., Recipe]


def _smooth(channels: int) -> torch.Tensor:
    """Pictures whose patches vary mostly in their brightness."""
    noise = torch.randn(8, channels, 40, 40, generator=torch.Generator().manual_seed(0))
    return nn.functional.avg_pool2d(noise, 5, stride=1) + noise[..., 2:-2, 2:-2] / 50


def _second_moments(inputs: torch.Tensor, kernel: int) -> torch.Tensor:
    patches = nn.functional.unfold(inputs, kernel, stride=STRIDE).transpose(1, 2).flatten(0, 1).double()
    return patches.T @ patches / len(patches)


@pytest.mark.parametrize("channels", [1, 3])
def test_whitened_patches_vary_alike_in_all_directions(channels: int) -> None:
    inputs = _smooth(channels)
    metric = whitening([inputs[:4], inputs[4:]], 5).double()
    moments = _second_moments(inputs, 5)
    before, after = (torch.linalg.eigvalsh(m) for m in (moments, metric @ moments @ metric))
    # The ridge alone keeps them apart: e / (e + RIDGE) is what becomes of a strength e.
    expected = before / (before + RIDGE)
    torch.testing.assert_close(after / after.max(), expected / expected.max(), atol=1e-4, rtol=1e-3)
    assert before.max() / before.min() > 100 * after.max() / after.min()
    # Random filters answer as strongly as before.
    assert after.sum().item() == pytest.approx(before.sum().item(), rel=1e-4)


def test_a_metric_moves_kernels_as_muon_moves_their_whitened_coordinates() -> None:
    generator = torch.Generator().manual_seed(3)
    metric = whitening([_smooth(1)], 3)
    target = torch.randn(6, 9, generator=generator)
    start = torch.randn(6, 9, generator=generator)
    coordinates = nn.Parameter(start.reshape(6, 1, 3, 3).clone())
    kernel = nn.Parameter((start @ metric).reshape(6, 1, 3, 3))
    by_coordinates = Muon([{"params": [coordinates], "orthogonal": True}], lr=0.1)
    by_metric = Muon([{"params": [kernel], "orthogonal": True, "metric": metric}], lr=0.1)
    for _ in range(4):
        for optimiser, filters in (
            (by_coordinates, coordinates.flatten(1) @ metric),
            (by_metric, kernel.flatten(1)),
        ):
            optimiser.zero_grad()
            (filters - target).square().sum().backward()
            optimiser.step()
    torch.testing.assert_close(kernel.flatten(1), coordinates.flatten(1) @ metric, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(kernel.flatten(1), start @ metric, atol=1e-2)


@pytest.mark.parametrize("residual", [True, False])
def test_random_filters_are_drawn_in_whitened_coordinates_and_the_start_is_bicubic(
    tiny_recipe: Build, residual: bool
) -> None:
    network = {"architecture": "5-1-3", "widths": (6, 5), "residual": residual}
    recipe = tiny_recipe(network=network, optimiser={"name": "muon", "whiten": True})
    metric = whitening([_smooth(1)], 5)
    plain, whitened = (start_network(recipe, None, given) for given in (None, metric))
    kernels = [module.state_dict() for module in (plain, whitened)]
    first = "inner.stack.0.weight" if residual else "stack.0.weight"
    carried = 0 if residual else 1
    expected = kernels[0][first][carried:].flatten(1) @ metric
    torch.testing.assert_close(kernels[1][first][carried:].flatten(1), expected)
    luma = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    assert (whitened(luma) - luma[..., 3:-3, 3:-3]).abs().max() < 0.05


def test_a_recipe_that_does_not_whiten_has_no_metric(tiny_recipe: Build) -> None:
    assert first_metric(tiny_recipe(), []) is None


def test_whitening_is_for_muon_and_needs_an_inner_layer() -> None:
    text = Path(__file__).parents[2].joinpath("src/srcnn/recipes/modern-9-5-5-x3.toml").read_text("utf-8")
    whitened = text.replace("[optimiser]", "[optimiser]\nwhiten = true")
    assert parse_recipe(whitened, "here").optimiser.whiten
    with pytest.raises(RecipeError, match=r"whiten needs optimiser\.name"):
        parse_recipe(whitened.replace('"muon"', '"adam"'), "here")
