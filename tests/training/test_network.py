import numpy as np
import pytest
import torch

from srcnn.arch import parse_architecture
from srcnn.errors import RecipeError, TrainingError
from srcnn.training.dead_units import peaks
from srcnn.training.network import GAUSSIAN_STD, Residual, Srcnn, initialise


def _filled(network: Srcnn, init: str = "he") -> Srcnn:
    initialise(network, init, torch.Generator().manual_seed(1))
    with torch.no_grad():
        for convolution in network.convolutions:
            convolution.bias.uniform_(-0.1, 0.1)
    return network


def test_identity_start_returns_the_bicubic_input() -> None:
    network = Srcnn(parse_architecture("9-5-5"))
    initialise(network, "identity", torch.Generator().manual_seed(0))
    x = torch.rand(1, 1, 40, 40, generator=torch.Generator().manual_seed(0))
    # The last layer's other weights are small, on noise a change of two grey levels of 255; but they are
    # not zero, for then no gradient would reach the layers before it.
    difference = (network(x) - x[:, :, 8:-8, 8:-8]).abs()
    assert 0 < difference.mean() < 0.01
    assert difference.max() < 0.04
    network(x).square().sum().backward()
    for convolution in network.convolutions:
        gradient = convolution.weight.grad
        assert gradient is not None
        assert gradient[1:].any() or len(gradient) == 1


def test_gaussian_start_has_the_papers_spread() -> None:
    network = Srcnn(parse_architecture("9-5-5"))
    initialise(network, "gaussian", torch.Generator().manual_seed(0))
    for convolution in network.convolutions:
        assert convolution.weight.std().item() == pytest.approx(GAUSSIAN_STD, rel=0.1)
        assert not convolution.bias.any()


@pytest.mark.parametrize("border", ["valid", "replicate"])
def test_a_folded_residual_computes_the_same(border: str) -> None:
    residual = Residual(parse_architecture("9-3-5", widths=(8, 5), border=border))  # type: ignore[arg-type]
    _filled(residual.inner)
    x = torch.rand(2, 1, 31, 29)
    plain = residual.fold()
    assert plain.architecture.widths == (8, 5)
    np.testing.assert_allclose(plain(x).detach(), residual(x).detach(), atol=2e-6)


def test_unfolding_undoes_folding() -> None:
    residual = Residual(parse_architecture("5-3-3", widths=(6, 4)))
    _filled(residual.inner)
    again = Residual(residual.architecture)
    again.unfold(residual.fold())
    for old, new in zip(residual.inner.parameters(), again.inner.parameters(), strict=True):
        np.testing.assert_allclose(new.detach(), old.detach(), atol=1e-6)


def test_only_folded_networks_can_be_unfolded() -> None:
    plain = _filled(Srcnn(parse_architecture("5-3-3", widths=(6, 4))))
    with pytest.raises(TrainingError, match="residual = false"):
        Residual(plain.architecture).unfold(plain)


def test_residual_refuses_what_cannot_be_folded() -> None:
    with pytest.raises(RecipeError, match="zero borders"):
        Residual(parse_architecture("5-3-3", widths=(6, 4), border="zero"))
    with pytest.raises(RecipeError, match="wider"):
        Residual(parse_architecture("5-3-3", widths=(6, 1)))


@pytest.mark.parametrize(("border", "side"), [("valid", 20 - 8), ("zero", 20), ("replicate", 20)])
def test_borders_decide_the_output_size(border: str, side: int) -> None:
    network = Srcnn(parse_architecture("5-3-3", widths=(4, 3), border=border))  # type: ignore[arg-type]
    assert network(torch.rand(1, 1, 20, 20)).shape[-1] == side


def test_channels_of_zeros_beside_the_layers_change_no_result_and_no_gradient() -> None:
    network = _filled(Srcnn(parse_architecture("3-3-3", widths=(63, 31))))
    x = torch.rand(2, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    plain, (first, second, last) = x, network.convolutions
    for convolution in (first, second, last):
        plain = torch.nn.functional.conv2d(plain, convolution.weight, convolution.bias)
        plain = plain if convolution is last else plain.relu()
    expected = torch.autograd.grad(plain.square().sum(), list(network.parameters()))
    with peaks(network) as found:
        result = network(x)
    assert [len(layer) for layer in found] == [63, 31]
    torch.testing.assert_close(result, plain)
    gradients = torch.autograd.grad(result.square().sum(), list(network.parameters()))
    for gradient, wanted in zip(gradients, expected, strict=True):
        torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-4)
