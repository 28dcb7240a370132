import torch
from torch import nn

from srcnn.training.soap import Soap


def _ill_conditioned_regression(make: type[torch.optim.Optimizer], **options: object) -> float:
    # Inputs with strongly correlated pixels, as pictures have: what eigenbases are for.
    generator = torch.Generator().manual_seed(3)
    mixing = torch.randn(25, 25, generator=generator) @ torch.diag(torch.logspace(0, -2, 25))
    target = torch.randn(4, 1, 5, 5, generator=generator)
    layer = nn.Conv2d(1, 4, 5)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
    optimiser = make(layer.parameters(), **options)
    for _ in range(120):
        x = (torch.randn(64, 25, generator=generator) @ mixing).reshape(64, 1, 5, 5)
        loss = (layer(x) - nn.functional.conv2d(x, target)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return float(loss)


def test_soap_outpaces_adam_where_inputs_are_correlated() -> None:
    adam = min(_ill_conditioned_regression(torch.optim.Adam, lr=rate) for rate in (0.01, 0.03, 0.1))
    assert _ill_conditioned_regression(Soap, lr=0.03) < 0.5 * adam


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
