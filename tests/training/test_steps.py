"""What one step of training does: clipping, precision, the average; and what validation sees."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from srcnn.arch import Border, parse_architecture
from srcnn.data.pair import Pair
from srcnn.model import Model
from srcnn.training.network import Srcnn, initialise, to_weights
from srcnn.training.recipe import Recipe
from srcnn.training.trainer import Ema, Trainer
from srcnn.training.validation import Watch, outputs
from srcnn.weights import ModelCard

Build = Callable[..., Recipe]


def _trainer(recipe: Recipe) -> Trainer:
    hr = np.random.default_rng(0).integers(0, 256, (30, 30), np.uint8)
    pair = Pair("p", (hr / 255).astype(np.float32), hr)
    return Trainer(recipe, [pair], Fabric(accelerator="cpu", devices=1))


def _parameters(trainer: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in trainer.network(averaged=False).parameters()])


def test_a_clipped_step_is_as_long_as_the_rate_times_the_limit(tiny_recipe: Build) -> None:
    optimiser = {"name": "sgd", "rate": 0.5, "momentum": 0.0, "schedule": "constant", "clip": 1e-2}
    trainer = _trainer(tiny_recipe(optimiser=optimiser, network={"init": "he"}))
    before = _parameters(trainer)
    trainer.advance()
    assert (_parameters(trainer) - before).norm().item() == pytest.approx(0.5e-2, rel=1e-3)


def test_the_exact_tail_is_the_end_of_the_run(tiny_recipe: Build) -> None:
    losses = {}
    for precision, tail in (("fp32", 0.0), ("bf16", 0.0), ("bf16", 0.5), ("bf16", 1.0)):
        run = {"precision": precision, "exact_tail": tail, "steps": 2}
        # A rate that moves nothing: the second loss is of the same network in every run.
        trainer = _trainer(tiny_recipe(run=run, optimiser={"rate": 1e-12}, network={"init": "he"}))
        losses[precision, tail] = [trainer.advance()[0] for _ in range(2)]
    exact, rounded = losses["fp32", 0.0], losses["bf16", 0.0]
    assert losses["bf16", 1.0] == exact
    assert rounded[0] != exact[0]
    assert rounded[1] != exact[1]
    assert losses["bf16", 0.5] == pytest.approx([rounded[0], exact[1]], rel=1e-6)
    assert losses["bf16", 0.5][1] != pytest.approx(rounded[1], rel=1e-6)


def test_the_average_forgets_the_start_before_it_keeps_its_decay() -> None:
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    ema = Ema(network, 0.5)
    nn.init.ones_(network.weight)
    ema.update(network, 1)
    assert ema.values["weight"].item() == pytest.approx(1 - 2 / 11)
    ema.update(network, 1000)
    assert ema.values["weight"].item() == pytest.approx(1 - 1 / 11)


@pytest.mark.parametrize("border", ["valid", "replicate", "zero"])
def test_validation_sees_what_an_engine_makes_at_the_sides_too(border: Border) -> None:
    network = Srcnn(parse_architecture("5-1-3", widths=(6, 4), border=border))
    initialise(network, "he", torch.Generator().manual_seed(1))
    plane = np.random.default_rng(0).random((12, 15), np.float32)
    watch = Watch((torch.from_numpy(plane)[None, None],), (plane[None] * 255.0,), 2, 0.0)
    (output,) = outputs(network, watch)
    expected = Model(to_weights(network, ModelCard("some", 2)), "numpy")(plane)
    np.testing.assert_allclose(output[0].numpy(), expected, atol=1e-6)
