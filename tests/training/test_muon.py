import pytest
import torch
from torch import nn

from srcnn.training.muon import Muon, orthogonalise
from srcnn.training.soap import Soap


@pytest.mark.parametrize("shape", [(8, 30), (30, 8)])
def test_orthogonalised_directions_have_nearly_one_length(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    result = orthogonalise(matrix)
    # The iteration is tuned for speed: singular values end between about 0.7 and 1.2 (see its source).
    values = torch.linalg.svdvals(result)
    assert 0.6 < values.min() <= values.max() < 1.3
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    assert nn.functional.cosine_similarity(result.flatten(), (u @ v).flatten(), dim=0) > 0.97


def _after_three_steps(make: type[Soap], orthogonal: bool) -> torch.Tensor:
    kernel = nn.Parameter(torch.randn(4, 3, 3, 3, generator=torch.Generator().manual_seed(1)))
    optimiser = make([{"params": [kernel], "orthogonal": orthogonal}], lr=0.1)
    for _ in range(3):
        optimiser.zero_grad()
        (kernel**3).sum().backward()
        optimiser.step()
    return kernel.data


def test_groups_that_are_not_marked_move_as_soap_moves_them() -> None:
    soap = _after_three_steps(Soap, False)
    torch.testing.assert_close(_after_three_steps(Muon, False), soap)
    assert not torch.allclose(_after_three_steps(Muon, True), soap)


def test_a_step_follows_the_gradient_blended_with_its_mean() -> None:
    kernel = nn.Parameter(torch.zeros(4, 3, 3, 3))
    optimiser = Muon([{"params": [kernel], "orthogonal": True}], lr=0.1, betas=(0.75, 0.9))
    gradients = torch.randn(2, 4, 3, 3, 3, generator=torch.Generator().manual_seed(2))
    before = kernel.detach().clone()
    for gradient in gradients:
        before.copy_(kernel.detach())
        kernel.grad = gradient.clone()
        optimiser.step()
    first, second = gradients.flatten(2)
    mean = 0.75 * 0.25 * first + 0.25 * second
    expected = orthogonalise(0.25 * second + 0.75 * mean).flatten()
    moved = (before - kernel.detach()).flatten()
    assert nn.functional.cosine_similarity(moved, expected, dim=0) > 0.99999


@pytest.mark.parametrize(("shape", "expected"), [((4, 3, 3, 3), 0.05), ((8, 36, 3, 3), 0.025)])
def test_the_rate_is_twice_the_root_mean_square_of_a_step_and_more_where_filters_see_more(
    shape: tuple[int, ...], expected: float
) -> None:
    kernel = nn.Parameter(torch.zeros(shape))
    optimiser = Muon([{"params": [kernel], "orthogonal": True}], lr=0.1)
    (kernel * torch.randn(shape)).sum().backward()
    optimiser.step()
    # 36 channels of 3x3 are four times a 9x9 kernel: half its step.
    assert kernel.square().mean().sqrt().item() == pytest.approx(expected, rel=1e-4)
