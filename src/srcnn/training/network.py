"""The network as a torch module: how it starts, runs in training, and turns into weights."""

from dataclasses import replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from srcnn.arch import Architecture
from srcnn.errors import RecipeError, TrainingError
from srcnn.weights import ModelCard, Weights

GAUSSIAN_STD = 1e-3
"""Standard deviation of the paper's initial weights (arXiv 1501.00092, section 4.1)."""
QUIET_STD = 1e-3
"""Of the last layer beside an identity channel: small, so that the network starts as bicubic."""


CARRIER_TOLERANCE = 0.02
"""How far brightness carried by a clean filter may be from what it was, white being 1."""


FULL_VECTORS = 16
"""Channels that convolutions on processors and GPUs compute at once, in fp32 or bf16."""
_SPARE = 8
"""Channels of zeros are added where they are at most one in so many: 63 take longer than 64."""


class Convolution(nn.Module):
    """A convolution without padding; kernel (out, in, k, k) and bias (out,), zero until they are set."""

    def __init__(self, shape: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))
        self.bias = nn.Parameter(torch.zeros(shape[0]))

    def forward(self, x: torch.Tensor, *, full: bool = False) -> torch.Tensor:
        """(N, in, H, W) to (N, out, H - k + 1, W - k + 1); channels beyond ``in`` count for nothing.

        With ``full`` the result may have channels of zeros at the end, to `FULL_VECTORS`.
        """
        weight, bias = self.weight, self.bias
        spare = -len(bias) % FULL_VECTORS if full else 0
        if spare * _SPARE > len(bias):
            spare = 0
        more = x.shape[1] - weight.shape[1]
        if spare or more:
            weight = functional.pad(weight, (0, 0, 0, 0, 0, more, 0, spare))
            weight = weight.contiguous(memory_format=torch.channels_last)
            bias = functional.pad(bias, (0, spare))
        return functional.conv2d(x, weight, bias)


class Srcnn(nn.Module):
    """Plain convolutions with ReLUs between them, borders as the architecture says.

    Takes and returns (N, channels, H, W); layers with ``valid`` borders shrink the picture by the halo.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.stack = nn.ModuleList(Convolution(shape) for shape in architecture.weight_shapes)

    @property
    def convolutions(self) -> list[Convolution]:
        """The layers in order."""
        return [layer for layer in self.stack if isinstance(layer, Convolution)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run all layers."""
        last = len(self.convolutions) - 1
        for number, (layer, convolution) in enumerate(
            zip(self.architecture.layers, self.convolutions, strict=True)
        ):
            if layer.border != "valid":
                mode = "replicate" if layer.border == "replicate" else "constant"
                x = functional.pad(x, [layer.kernel // 2] * 4, mode=mode)
            x = convolution(x, full=number < last)
            if number < last:
                x = functional.relu(x)
        return x


def initialise(network: Srcnn, init: str, generator: torch.Generator) -> None:
    """Set the starting weights.

    ``gaussian``: N(0, 0.001^2), biases 0, as the paper. ``he``: He et al., arXiv 1502.01852. ``quiet``: He,
    with a last layer near zero. ``identity``: quiet, with one channel that carries the input through.
    """
    last = len(network.convolutions) - 1
    with torch.no_grad():
        for number, convolution in enumerate(network.convolutions):
            std = GAUSSIAN_STD if init == "gaussian" else (2 / convolution.weight[0].numel()) ** 0.5
            if number == last and init in ("quiet", "identity"):
                std = QUIET_STD
            convolution.weight.normal_(0, std, generator=generator)
            convolution.bias.zero_()
            if init == "identity":
                _carry(convolution, network.architecture.channels, last=number == last)


def _carry(convolution: Convolution, channels: int, *, last: bool) -> None:
    # The first output channels copy the first input channels: Y >= 0 passes a ReLU unchanged. The last layer
    # keeps its quiet weights for the other channels: without them nothing before it would learn at first.
    centre = convolution.weight.shape[-1] // 2
    for channel in range(channels):
        convolution.weight[channel, : channels if last else None] = 0
        convolution.weight[channel, channel, centre, centre] = 1


class Residual(nn.Module):
    """Training form of a plain network: the layers learn what to add to the bicubic input.

    The sum runs in fp32 outside the layers and the layers see the input minus one half, so that bf16
    rounds only small numbers. `fold` turns it into the plain network exactly: one channel of each inner
    layer carries the input (Y >= 0 passes a ReLU unchanged), hence the layers here are that much narrower.
    """

    CENTRE = 0.5

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        channels = architecture.channels
        if min(architecture.widths, default=0) <= channels:
            raise RecipeError(
                f"network.residual needs layers wider than the {channels} channel(s) it carries, "
                f"got widths {architecture.widths}"
            )
        if any(layer.border == "zero" for layer in architecture.layers):
            raise RecipeError("network.residual cannot be folded with zero borders; use valid or replicate")
        *inner, last = architecture.layers
        narrower = (*(replace(layer, width=layer.width - channels) for layer in inner), last)
        self.inner = Srcnn(Architecture(narrower, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The input's centre (what the inner layers' borders leave of it) plus what they add."""
        added = self.inner(x - self.CENTRE)
        margin = (x.shape[-1] - added.shape[-1]) // 2
        return functional.pad(x, [-margin] * 4) + added.float()

    @torch.no_grad()
    def fold(self) -> Srcnn:
        """The plain network that computes the same."""
        plain = Srcnn(self.architecture)
        channels = self.architecture.channels
        last = len(plain.convolutions) - 1
        for number, (target, source) in enumerate(
            zip(plain.convolutions, self.inner.convolutions, strict=True)
        ):
            target.weight.zero_()
            target.bias.zero_()
            carried = 0 if number == last else channels
            seen = channels if number else 0
            target.weight[carried:, seen:] = source.weight
            target.bias[carried:] = source.bias
            centre = target.weight.shape[-1] // 2
            for channel in range(channels):
                target.weight[channel, channel, centre, centre] += 1
        first = plain.convolutions[0]
        first.bias[channels:] -= self.CENTRE * first.weight[channels:].sum((1, 2, 3))
        return plain

    @torch.no_grad()
    def unfold(self, plain: Srcnn) -> None:
        """Take over the weights of a plain network that `fold` made: its inverse.

        Raises:
            TrainingError: the network's first channels do not just carry the input.
        """
        channels = self.architecture.channels
        last = len(plain.convolutions) - 1
        for number, (target, source) in enumerate(
            zip(self.inner.convolutions, plain.convolutions, strict=True)
        ):
            weight, bias = source.weight.clone(), source.bias.clone()
            centre = source.weight.shape[-1] // 2
            for channel in range(channels):
                weight[channel, channel, centre, centre] -= 1
            carried = 0 if number == last else channels
            seen = channels if number else 0
            if number == 0 and last and _carries(weight[:carried], bias[:carried]):
                weight[:carried], bias[:carried] = 0, 0
            carrier = number < last and (weight[:carried].any() or bias[:carried].any())
            leak = number and weight[carried:, :seen].any()
            if carrier or leak:
                raise TrainingError(
                    "expected weights trained with network.residual to start from, got a network whose "
                    "first channel does not carry the input; train with network.residual = false"
                )
            target.weight.copy_(weight[carried:, seen:])
            target.bias.copy_(bias[carried:])
        first = self.inner.convolutions[0]
        first.bias.add_(first.weight.sum((1, 2, 3)), alpha=self.CENTRE)


def _carries(change: torch.Tensor, bias: torch.Tensor) -> bool:
    """Whether filters that differ from the identity by ``change`` carry pictures all the same.

    `srcnn.training.patches.clean_carriers` takes from them what pictures do not excite: the brightness stays.
    """
    return bool(change.sum((-2, -1)).abs().max() < CARRIER_TOLERANCE and bias.abs().max() < CARRIER_TOLERANCE)


def load_into(network: Srcnn, weights: Weights) -> None:
    """Copy the arrays of ``weights`` (of the same shapes) into the network."""
    with torch.no_grad():
        for convolution, kernel, bias in zip(
            network.convolutions, weights.kernels, weights.biases, strict=True
        ):
            convolution.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel)))
            convolution.bias.copy_(torch.from_numpy(np.ascontiguousarray(bias)))


def to_weights(network: Srcnn, card: ModelCard) -> Weights:
    """The network's arrays as `Weights`."""
    return Weights(
        tuple(c.weight.detach().float().cpu().contiguous().numpy().copy() for c in network.convolutions),
        tuple(c.bias.detach().float().cpu().numpy().copy() for c in network.convolutions),
        network.architecture,
        card,
    )
