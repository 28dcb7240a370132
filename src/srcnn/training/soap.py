"""SOAP: Adam in the eigenbasis of the gradient's covariances.

Source: Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam", arXiv 2409.11321. SRCNN is small
enough (its largest covariance is 81 x 81) that the bases cost a few per cent of a step.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

_ALWAYS_FIRST = (3, 6)
"""Early steps at which the bases are refreshed besides every ``refresh``: the first guess is poor."""


class Soap(torch.optim.Optimizer):
    """SOAP for convolution kernels (out, in, k, k), seen as (out, in, k k); Adam for vectors.

    The first step only gathers statistics for kernels and moves nothing.

    Args:
        params: parameters or parameter groups, as for any torch optimiser.
        lr: step size.
        betas: decay of the gradient's mean, and of its square in the eigenbasis.
        covariance_beta: decay of the covariances.
        refresh: steps between refreshes of the eigenbases (one power iteration and QR each).
        eps: added to the root of the squares.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        *,
        betas: tuple[float, float] = (0.95, 0.95),
        covariance_beta: float = 0.95,
        refresh: int = 10,
        eps: float = 1e-12,
    ) -> None:
        self.covariance_beta, self.refresh, self.eps = covariance_beta, refresh, eps
        super().__init__(params, {"lr": lr, "betas": betas})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter: Tensor, group: dict[str, Any]) -> None:
        lr, (beta1, beta2) = group["lr"], group["betas"]
        state = self.state[parameter]
        shape = _modes(parameter)
        assert parameter.grad is not None
        gradient = parameter.grad.reshape(shape)
        if not state:
            state["step"] = torch.zeros((), dtype=torch.int64)
            state["mean"] = torch.zeros_like(gradient)
            state["square"] = torch.zeros_like(gradient)
        state["step"] += 1
        step = int(state["step"])
        state["mean"].lerp_(gradient, 1 - beta1)
        squares = step
        bases: list[Tensor] = []
        if len(shape) > 1:
            self._gather(state, gradient)
            squares = step - 1
            if step == 1:
                return
            bases = [state[f"basis{i}"] for i in range(len(shape))]
        turned = _rotate(gradient, bases)
        state["square"].mul_(beta2).addcmul_(turned, turned, value=1 - beta2)
        mean = _rotate(state["mean"], bases) / (1 - beta1**step)
        update = mean / ((state["square"] / (1 - beta2**squares)).sqrt() + self.eps)
        parameter.sub_(_rotate(update, bases, back=True).reshape(parameter.shape), alpha=lr)
        if bases and (step % self.refresh == 0 or step in _ALWAYS_FIRST):
            self._refresh(state, len(shape))

    def _gather(self, state: dict[str, Tensor], gradient: Tensor) -> None:
        first = "factor0" not in state
        for i, size in enumerate(gradient.shape):
            unfolded = gradient.movedim(i, 0).reshape(size, -1)
            covariance = unfolded @ unfolded.T
            if first:
                state[f"factor{i}"] = covariance * (1 - self.covariance_beta)
                basis = torch.linalg.eigh(covariance.double())[1].flip(1)
                state[f"basis{i}"] = basis.float().contiguous()
            else:
                state[f"factor{i}"].lerp_(covariance, 1 - self.covariance_beta)

    @staticmethod
    def _refresh(state: dict[str, Tensor], modes: int) -> None:
        for i in range(modes):
            factor, basis = state[f"factor{i}"], state[f"basis{i}"]
            strength = (basis * (factor @ basis)).sum(0)
            order = strength.argsort(descending=True)
            # The squares live in the basis: reorder them with it.
            state["square"] = state["square"].index_select(i, order)
            iterated = (factor / strength.max().clamp_min(1e-30)) @ basis[:, order]
            state[f"basis{i}"] = torch.linalg.qr(iterated)[0].contiguous()


def _modes(parameter: Tensor) -> tuple[int, ...]:
    # Modes of size one (the single input or output plane) have no covariance worth a basis.
    if parameter.ndim != 4:
        return (parameter.numel(),)
    out, inputs, height, width = parameter.shape
    return tuple(size for size in (out, inputs, height * width) if size > 1) or (1,)


def _rotate(tensor: Tensor, bases: list[Tensor], *, back: bool = False) -> Tensor:
    # Each product takes the first mode and puts it last: after all of them the order is the old one.
    for basis in bases:
        tensor = tensor.movedim(0, -1) @ (basis.T if back else basis)
    return tensor
