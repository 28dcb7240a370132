import torch
from torch import nn

from srcnn.training.soap import Soap


def _correlated_regression(make: type[torch.optim.Optimizer], rate: float, steps: int = 200) -> float:
    # Inputs with strongly correlated pixels, as pictures have: what eigenbases are for.
    generator = torch.Generator().manual_seed(3)
    turn, _ = torch.linalg.qr(torch.randn(25, 25, generator=generator))
    mixing = torch.randn(25, 25, generator=generator) @ torch.diag(torch.logspace(0, -2, 25)) @ turn / 5
    target = torch.randn(4, 1, 5, 5, generator=generator)
    layer = nn.Conv2d(1, 4, 5)
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    optimiser = make(layer.parameters(), lr=rate)  # type: ignore[call-arg]
    loss = torch.inf
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
        x = (torch.randn(64, 25, generator=generator) @ mixing).reshape(64, 1, 5, 5)
        error = (layer(x) - nn.functional.conv2d(x, target)).square().mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
        loss = error.item()
    return loss


def test_soap_outpaces_adam_where_inputs_are_correlated() -> None:
    rates = (0.03, 0.1, 0.3)
    adam = min(_correlated_regression(torch.optim.Adam, rate) for rate in rates)
    assert min(_correlated_regression(Soap, rate) for rate in rates) < 0.2 * adam


def test_vectors_move_as_adam_moves_them() -> None:
    start = torch.tensor([1.0, -2.0, 3.0])
    ours, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    optimisers = [
        Soap([ours], lr=0.1, betas=(0.9, 0.95)),
        torch.optim.Adam([theirs], lr=0.1, betas=(0.9, 0.95), eps=1e-12),
    ]
    for _ in range(5):
        for optimiser, parameter in zip(optimisers, (ours, theirs), strict=True):
            optimiser.zero_grad()
            (parameter**2).sum().backward()
            optimiser.step()
    torch.testing.assert_close(ours.data, theirs.data)
    assert not torch.equal(ours.data, start)
