"""Larger networks that start as smaller ones, and colour that starts from luma."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support import make_tiny_weights

from srcnn.color import rgb_to_ycbcr
from srcnn.errors import TrainingError
from srcnn.model import Model
from srcnn.training.build import start_network
from srcnn.training.network import Residual, Srcnn, initialise, to_weights
from srcnn.training.recipe import Recipe
from srcnn.weights import ModelCard, Weights

CARD = ModelCard("some", 2)


def _recipe(name: str, widths: tuple[int, ...], *, residual: bool, color: str = "y") -> Recipe:
    network = {"architecture": name, "widths": widths, "residual": residual}
    network["channels"] = 1 if color == "y" else 3
    data = {"train": ["Tiny"], "scale": 2, "size": 64, "color": color}
    return Recipe.model_validate(
        {"name": "t", "description": "t", "network": network, "data": data, "run": {"steps": 1}}
    )


def _trained(recipe: Recipe) -> Weights:
    """Weights as a run of the recipe could leave them: no parameter as it was at the start."""
    module = start_network(recipe, None)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)
    return _plain(module)


def _plain(module: Srcnn | Residual) -> Weights:
    return to_weights(module.fold() if isinstance(module, Residual) else module, CARD)


def _applied(weights: Weights, planes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return Model(weights, "numpy")(planes)


SIDES = st.sampled_from([1, 3, 5])


@given(
    kernels=st.tuples(SIDES, SIDES, SIDES),
    wider=st.tuples(*[st.sampled_from([0, 2, 4])] * 3),
    widths=st.tuples(st.integers(2, 4), st.integers(2, 4)),
    more=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    residual=st.booleans(),
)
def test_a_larger_network_starts_as_the_smaller_one(
    kernels: tuple[int, ...],
    wider: tuple[int, ...],
    widths: tuple[int, ...],
    more: tuple[int, ...],
    residual: bool,
) -> None:
    def name(sides: tuple[int, ...]) -> str:
        return "-".join(map(str, sides))

    small = _trained(_recipe(name(kernels), widths, residual=residual))
    larger = tuple(a + b for a, b in zip(kernels, wider, strict=True))
    room = tuple(a + b for a, b in zip(widths, more, strict=True))
    grown = _plain(start_network(_recipe(name(larger), room, residual=residual), small))
    assert grown.architecture.name == name(larger)
    assert grown.architecture.widths == room
    luma = np.random.default_rng(0).random((17, 19), np.float32)
    np.testing.assert_allclose(_applied(grown, luma), _applied(small, luma), atol=1e-6)


def test_new_channels_learn_from_the_second_step_on() -> None:
    small = _trained(_recipe("3-1-3", (4, 3), residual=True))
    module = start_network(_recipe("3-1-3", (6, 5), residual=True), small)
    x = torch.rand(2, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    optimiser = torch.optim.SGD(module.parameters(), 0.1)
    before = [parameter.clone() for parameter in module.parameters()]
    for _ in range(2):
        optimiser.zero_grad()
        module(x).square().sum().backward()
        optimiser.step()
    moved = [
        (old != new).flatten(1).any(1)
        for old, new in zip(before, module.parameters(), strict=True)
        if old.ndim > 1
    ]
    assert all(rows.any() for rows in moved)
    assert moved[0][3:].any()  # the first layer's new channels: 3 and 4 of the 5 beside the carried one


@pytest.mark.parametrize("color", ["rgb", "ycbcr"])
@pytest.mark.parametrize("luma_range", ["studio", "full"])
def test_colour_that_starts_from_luma_changes_luma_as_luma_did(color: str, luma_range: str) -> None:
    small = _trained(_recipe("5-1-3", (4, 3), residual=True))
    small = replace(small, card=replace(small.card, luma_range=luma_range))
    # Three carried channels in place of one: with two more a layer, none is dropped.
    grown = _plain(start_network(_recipe("5-3-3", (6, 5), residual=True, color=color), small))
    rgb = np.random.default_rng(0).uniform(0.2, 0.8, (3, 15, 14)).astype(np.float32)

    def ycbcr(planes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return planes if color == "ycbcr" else np.moveaxis(rgb_to_ycbcr(np.moveaxis(planes, 0, -1)), -1, 0)

    def luma(y: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return y if luma_range == "studio" else (y - 16 / 255) / (219 / 255)

    before, after = ycbcr(rgb), ycbcr(_applied(grown, rgb))
    assert np.abs(after[0] - before[0]).max() > 0.01
    np.testing.assert_allclose(luma(after[0]), _applied(small, luma(before[0])), atol=3e-6)
    np.testing.assert_allclose(after[1:], before[1:], atol=2e-6)


def test_colour_from_luma_drops_the_channels_that_do_least() -> None:
    recipe = _recipe("3-1-3", (6, 5), residual=True)
    module = start_network(recipe, None)
    assert isinstance(module, Residual)
    initialise(module.inner, "he", torch.Generator().manual_seed(3))
    with torch.no_grad():  # the last two of five, and the first two of four, are heard by nobody
        module.inner.convolutions[1].weight[:, 3:] = 0
        module.inner.convolutions[2].weight[:, :2] = 0
    small = _plain(module)
    grown = _plain(start_network(_recipe("3-1-3", (6, 5), residual=True, color="ycbcr"), small))
    planes = np.random.default_rng(0).random((3, 12, 12), np.float32)
    np.testing.assert_allclose(_applied(grown, planes)[0], _applied(small, planes[0]), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "widths"), [("3-1-3", (4, 3)), ("5-1-1", (4, 3)), ("5-1-3", (3, 3)), ("5-1-1-3", (4, 3, 3))]
)
def test_what_does_not_fit_in_is_said_in_one_line(name: str, widths: tuple[int, ...]) -> None:
    init = make_tiny_weights("5-1-3", (4, 3))
    with pytest.raises(TrainingError, match=r"or of a smaller network, to start from, got 5-1-3 ") as caught:
        start_network(_recipe(name, widths, residual=False), init)
    assert "\n" not in str(caught.value)


def test_luma_from_colour_and_colour_without_a_residual_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"got 3-1-3 with widths .* on 3 planes"):
        start_network(_recipe("3-1-3", (4, 4), residual=False), make_tiny_weights("3-1-3", (4, 4), 3))
    with pytest.raises(TrainingError, match=r"network\.residual = true to start"):
        start_network(_recipe("3-1-3", (6, 6), residual=False, color="rgb"), make_tiny_weights("3-1-3"))
