"""How a network is used on a picture: in which luma range, how many passes; what it makes of noise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from srcnn.back_projection import back_project, check_steps
from srcnn.color import Color, check_color, full_to_studio, rgb_to_ycbcr, studio_to_full, ycbcr_to_rgb
from srcnn.errors import UsageError
from srcnn.evaluation.case import Case
from srcnn.model import Model
from srcnn.scales import check_passes, step_count
from srcnn.types import Floats

_NOISE_LEVEL, _NOISE_SIDE = 1 / 255, 128
"""Standard deviation of the noise, one level of 8 bits, and side of the picture that it is measured on."""


@dataclass(frozen=True, kw_only=True)
class NetworkUse:
    """How a network is used; beside the protocol the other half of what a figure means.

    Attributes:
        luma: ``card``, the network gets and gives Y in the range its card names, converted from the
            protocol's and back; ``as-is``, it gets the protocol's Y whatever its card says.
        ensemble: mean over the eight flips and rotations.
        passes: equal enlargements, each through the network; None as `srcnn.upscale` does it.
        back_projection: steps of `srcnn.back_projection.back_project` after each pass.

    Raises:
        UsageError: an invalid value.
    """

    luma: Literal["card", "as-is"] = "card"
    ensemble: bool = False
    passes: int | None = None
    back_projection: int = 0

    def __post_init__(self) -> None:
        if self.luma not in ("card", "as-is"):
            raise UsageError(f"expected luma by the card or as-is, got {self.luma!r}")
        check_passes(self.passes)
        check_steps(self.back_projection)

    def count(self, scale: int | None) -> int:
        """Passes for a scale; restoration has one."""
        return 1 if scale is None else step_count(scale, self.passes)

    def describe(self, scale: int | None, luma_range: str) -> str:
        """In one line, to print beside the numbers; ``luma_range`` that of the card, if it works on luma."""
        passes, each = self.count(scale), "each " * (self.count(scale) > 1)
        words = ["one pass" if passes == 1 else f"{passes} passes"]
        if not luma_range:
            words.append("R, G and B as they are")
        else:
            words.append(
                "luma as it is" if self.luma == "as-is" else f"luma in the card's range, {luma_range}"
            )
        if self.ensemble:
            words.append("mean over 8 flips and rotations")
        if self.back_projection:
            words.append(
                f"{each}{self.back_projection} back-projection step{'s'[: self.back_projection > 1]}"
            )
        return "network: " + "; ".join(words)


def space_of(net: Model) -> Color:
    """What a network works on.

    Raises:
        UsageError: a card with another colour, or one that its number of channels does not fit.
    """
    return check_color(net.card.color, net.architecture.channels)


def luma_range_of(net: Model) -> str:
    """The range of luma on a network's card; empty where it works on R, G and B."""
    return "" if net.card.color == "rgb" else net.card.luma_range


def apply_network(case: Case, net: Model, use: NetworkUse) -> tuple[Floats, Color]:
    """A network's result for a picture: planes of the reference's size, and the space they are in.

    A network of Y leaves chroma as the baseline has it, where chroma is measured.

    Raises:
        UsageError: see `space_of`; or back-projection where nothing was made smaller.
    """
    space = space_of(net)
    if space == "y" and case.space == "rgb":
        # As `srcnn.restore`: luma of the RGB pixels, not rounded.
        planes = rgb_to_ycbcr(case.baseline())
        planes[..., 0] = _through(planes[..., 0], case, net, use, space)
        return ycbcr_to_rgb(planes), "rgb"
    result = _result(case, net, use, space)
    if space == "y" and case.space == "ycbcr":
        planes = case.baseline().copy()
        planes[..., 0] = result
        return planes, "ycbcr"
    return result, space


def _result(case: Case, net: Model, use: NetworkUse, space: Color) -> Floats:
    planes = case.low(space)
    if case.scale is None:
        if use.back_projection or use.passes not in (None, 1):
            raise UsageError("expected one pass and no back-projection in restoration: nothing is enlarged")
        return _through(planes, case, net, use, space)
    count = use.count(case.scale)
    for number in range(1, count + 1):
        low = planes if number == 1 else np.clip(planes, 0, 1)  # as `srcnn.upscale` between its steps
        size = _size(case, count - number, case.scale ** (1 / count))
        before = (low.shape[0], low.shape[1])
        planes = _through(case.resized(low, size), case, net, use, space)
        planes = back_project(
            planes,
            low,
            use.back_projection,
            down=lambda high, shape=before: case.resized(high, shape),
            up=lambda small, shape=size: case.resized(small, shape),
        )
    return planes


def _size(case: Case, left: int, step: float) -> tuple[int, int]:
    height, width = (max(1, int(side / step**left + 0.5)) for side in case.size)
    return height, width


def _through(planes: Floats, case: Case, net: Model, use: NetworkUse, space: Color) -> Floats:
    """Planes of the network's size through it, in its range of luma."""
    card, own = net.card.luma_range, case.protocol.luma_range
    convert = use.luma == "card" and card != own and space != "rgb" and not case.grey
    into, back = (studio_to_full, full_to_studio) if card == "full" else (full_to_studio, studio_to_full)
    if convert:
        planes = _with_luma(planes, into)
    result = net(planes if planes.ndim == 2 else np.moveaxis(planes, -1, 0), ensemble=use.ensemble)
    result = result if result.ndim == 2 else np.moveaxis(result, 0, -1)
    if convert:
        result = _with_luma(result, back)
    return result


def _with_luma(planes: Floats, convert: Callable[[Any], Floats]) -> Floats:
    """Planes with their luma converted: the only plane, or the first."""
    if planes.ndim == 2:
        return convert(planes)
    out = planes.copy()
    out[..., 0] = convert(out[..., 0])
    return out


def noise_gain(model: Model) -> float:
    """Standard deviation of what white noise changes in the output, over that of the noise.

    Measured on flat grey, where nothing else stands: Gaussian noise of one level of 8 bits, the same for all
    networks, without rounding; borders are left out. Below 1 noise is damped, above it is amplified.
    """
    halo = model.architecture.halo
    shape = (model.architecture.channels, _NOISE_SIDE + 2 * halo, _NOISE_SIDE + 2 * halo)
    noise = np.random.default_rng(0).normal(0, _NOISE_LEVEL, shape).astype(np.float32)
    flat = np.full(shape, 0.5, np.float32)
    inner = (slice(None), slice(halo, -halo), slice(halo, -halo))
    change = (model(flat + noise) - model(flat))[inner]
    return float(change.std() / noise[inner].std())
