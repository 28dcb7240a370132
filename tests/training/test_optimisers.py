import math

import pytest
import torch
from torch import Tensor, nn

from srcnn.arch import parse_architecture
from srcnn.training.network import Srcnn
from srcnn.training.optimisers import build_optimiser, loss_of, rate_factor
from srcnn.training.recipe_schema import OptimiserSection

OUTPUT = torch.tensor([0.5, 0.6, 0.7, 0.9]).reshape(2, 1, 1, 2)
LABEL = torch.tensor([0.5, 0.5, 0.9, 0.5]).reshape(2, 1, 1, 2)
SQUARES = 0.0 + 0.01 + 0.04 + 0.16


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mean", SQUARES / 4),
        ("sum", SQUARES / (2 * 2)),
        ("psnr", 10 * math.log10(SQUARES / 4)),
        ("l1", (0.1 + 0.2 + 0.4) / 4),
    ],
)
def test_losses_are_what_their_names_say(name: str, value: float) -> None:
    section = OptimiserSection.model_validate({"loss": name})
    assert loss_of(section, OUTPUT, LABEL).item() == pytest.approx(value, rel=1e-5)


def test_charbonnier_is_a_smooth_absolute_error() -> None:
    section = OptimiserSection(loss="charbonnier")
    output = OUTPUT.clone().requires_grad_()
    loss = loss_of(section, output, LABEL)
    loss.backward()
    assert loss.item() == pytest.approx(0.7 / 4, abs=1e-3)
    assert output.grad is not None
    assert output.grad.flatten()[0] == 0


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [1, 1, 1, 1]),
        ("cosine", [1, 0.5 * (1 + math.cos(math.pi * 0.3)), 0.5, 0.5 * (1 + math.cos(math.pi * 0.99))]),
        ("step", [1, 0.5, 0.25, 0.125]),
        ("one-cycle", [1 / 31, 1, 0.5 * (1 + math.cos(math.pi * 0.2 / 0.7)), 0.0005035]),
    ],
)
def test_schedules_at_the_start_three_tenths_half_and_the_end(schedule: str, expected: list[float]) -> None:
    section = OptimiserSection.model_validate({"schedule": schedule})
    factors = [rate_factor(section, step, 100) for step in (0, 30, 50, 99)]
    assert factors == pytest.approx(expected, rel=1e-3)


def test_a_step_of_the_rate_comes_where_three_tenths_are_three_times_a_tenth() -> None:
    section = OptimiserSection(schedule="step", step_every=0.1, step_factor=0.5)
    assert [rate_factor(section, step, 10) for step in range(10)] == [0.5**step for step in range(10)]


def test_warmup_rises_to_the_full_rate() -> None:
    section = OptimiserSection(schedule="constant", warmup=4)
    assert [rate_factor(section, step, 100) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]


def _rate_of(optimiser: torch.optim.Optimizer, tensor: Tensor) -> float:
    return next(g["lr"] for g in optimiser.param_groups if any(p is tensor for p in g["params"]))


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "soap", "muon"])
def test_layers_and_biases_have_their_own_rates(name: str) -> None:
    section = OptimiserSection.model_validate(
        {"name": name, "rate": 1e-4, "last_rate": 1e-5, "bias_rate": 2e-5}
    )
    network = Srcnn(parse_architecture("3-1-3", widths=(4, 3)))
    optimiser = build_optimiser(section, network)
    first, second, last = network.convolutions
    rates = [_rate_of(optimiser, layer.weight) for layer in (first, second, last)]
    assert rates == [1e-4, 1e-4, 1e-5]
    assert {_rate_of(optimiser, layer.bias) for layer in (first, second, last)} == {2e-5}


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_weight_decay_shrinks_weights_without_a_gradient(name: str) -> None:
    network = Srcnn(parse_architecture("3-1-3", widths=(4, 3)))
    nn.init.ones_(network.convolutions[0].weight)
    section = OptimiserSection.model_validate({"name": name, "rate": 0.1, "weight_decay": 0.1})
    optimiser = build_optimiser(section, network)
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    assert network.convolutions[0].weight.max() < 1


@pytest.mark.parametrize("name", ["mean", "sum", "psnr", "l1", "charbonnier"])
def test_shares_of_a_batch_have_its_gradient_in_the_mean(name: str) -> None:
    section = OptimiserSection(name="sgd", loss=name)  # type: ignore[arg-type]
    generator = torch.Generator().manual_seed(0)
    label = torch.rand(4, 1, 3, 3, generator=generator)
    # One half of the batch is far worse than the other.
    errors = torch.tensor([0.01, 0.02, 0.3, 0.4]).reshape(4, 1, 1, 1)
    output = (label + errors).requires_grad_()
    loss_of(section, output, label).backward()
    mses = [errors[half].square().mean() for half in (slice(0, 2), slice(2, 4))]
    shares = []
    for half in (slice(0, 2), slice(2, 4)):
        share = output.detach()[half].requires_grad_()
        loss_of(section, share, label[half], lambda _: torch.stack(mses).mean()).backward()
        assert share.grad is not None
        shares.append(share.grad / 2)
    assert output.grad is not None
    torch.testing.assert_close(torch.cat(shares), output.grad)
