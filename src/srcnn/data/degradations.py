"""Chains of degradations, always on whole pictures: ``blur 1.2 7``, ``shrink 3``, ``noise 5``, ``jpeg 20``.

A step is a word with numbers, the same in recipes, on the command line and here:

- ``blur SIGMA [SIZE]``: Gaussian, SIZE taps a side (default: three sigma each way);
- ``shrink [S] [KERNEL]``: imresize by 1/S with antialiasing (S: the scale; KERNEL: bicubic, or another of
  `srcnn.resize`; ``opencv-cubic`` does as OpenCV, without antialiasing);
- ``subsample [S]``: every S-th sample, no filter but the blur before it; with an even S, whose centres lie
  between samples, the cubic interpolation there, so that the picture does not move;
- ``enlarge [KERNEL]``: back to the size of the original;
- ``noise SIGMA``: Gaussian, in grey levels of 255, the same each time for the same picture;
- ``jpeg QUALITY``: through an 8-bit JPEG file in memory, with Pillow's tables and chroma subsampling;
- ``round``: to 8 bits, as saving would.

A picture that is still small at the end is enlarged with bicubic. No chain at all means ``shrink``.
"""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from srcnn.color import rgb_to_ycbcr, rounded, ycbcr_to_rgb
from srcnn.data.planes import PairColor
from srcnn.degrade import gaussian_blur, jpeg
from srcnn.errors import UsageError
from srcnn.resize import KERNELS, Kernel, imresize
from srcnn.types import Array, Levels, Planes

_WITH_KERNEL = f"a kernel of {', '.join(KERNELS)}"
# How many numbers each step takes, at least and at most, whether a kernel may follow, and all that in words.
_STEPS: dict[str, tuple[int, int, bool, str]] = {
    "blur": (1, 2, False, '"blur SIGMA [SIZE]" with a positive SIGMA and an odd SIZE'),
    "shrink": (0, 1, True, f'"shrink [S] [KERNEL]" with S above 1 and {_WITH_KERNEL}'),
    "subsample": (0, 1, False, '"subsample [S]" with S above 1'),
    "enlarge": (0, 0, True, f'"enlarge [KERNEL]" with {_WITH_KERNEL}'),
    "noise": (1, 1, False, '"noise SIGMA" with SIGMA in grey levels of 255'),
    "jpeg": (1, 1, False, '"jpeg QUALITY" with a whole quality of 1 to 100'),
    "round": (0, 0, False, '"round" alone'),
}


@dataclass(frozen=True)
class Step:
    """One degradation, as parsed by `parse_step`."""

    kind: str
    numbers: tuple[float, ...] = ()
    kernel: Kernel = "bicubic"


def parse_step(text: str) -> Step:
    """A step from its words.

    Raises:
        UsageError: an unknown word, or invalid numbers.
    """
    kind, *rest = text.split() or [""]
    if kind not in _STEPS:
        raise UsageError(f"expected a degradation of {', '.join(_STEPS)}, got {text!r}")
    least, most, takes_kernel, usage = _STEPS[kind]
    kernel: Kernel = "bicubic"
    if takes_kernel and rest and rest[-1] in KERNELS:
        kernel = KERNELS[KERNELS.index(rest.pop())]  # type: ignore[arg-type]
    try:
        numbers = tuple(float(word) for word in rest)
    except ValueError:
        numbers = (math.nan,)
    fits = least <= len(numbers) <= most and all(map(math.isfinite, numbers))
    if not (fits and _sensible(kind, numbers)):
        raise UsageError(f"expected {usage}, got {text!r}")
    return Step(kind, numbers, kernel)


def parse_chain(texts: Sequence[str]) -> tuple[Step, ...]:
    """Steps in order; none mean ``shrink``."""
    return tuple(map(parse_step, texts)) or (Step("shrink"),)


def check_factor(chain: Sequence[Step], scale: float) -> None:
    """Raise UsageError where a step shrinks by the scale, and that is 1."""
    if scale == 1 and any(step.kind in ("shrink", "subsample") and not step.numbers for step in chain):
        raise UsageError("scale 1 needs a degradation that says how far to shrink, such as shrink 2")


def degraded(
    hr: Levels, chain: Sequence[Step], *, scale: float = 1, color: PairColor = "y", name: str = ""
) -> Planes:
    """A damaged copy of a picture, small where the chain leaves it small.

    Args:
        hr: (H, W) or (3, H, W) uint8 planes.
        chain: what happens to it, in order.
        scale: of a ``shrink`` or ``subsample`` without a number.
        color: what the planes are; ``jpeg`` goes through RGB.
        name: seeds the noise.

    Returns:
        float32 in [0, 1] of as many axes, rounded only where a step rounds, not clipped.

    Raises:
        UsageError: a picture too small to be shrunk that far.
    """
    height, width = hr.shape[-2:]
    planes = (hr / 255).astype(np.float32)
    for number, step in enumerate(chain):
        match step.kind:
            case "blur":
                planes = each_plane(planes, lambda plane, s=step: _blur(plane, *s.numbers))
            case "shrink":
                factor = _factor(step, scale)
                planes = each_plane(planes, lambda p, f=factor, s=step: _resized(p, s.kernel, 1 / f))
            case "subsample":
                factor = _factor(step, scale)
                planes = each_plane(planes, lambda p, f=factor: imresize(p, 1 / f, antialias=False))
            case "enlarge":
                planes = _sized(planes, (height, width), scale, step.kernel)
            case "noise":
                random = np.random.default_rng(zlib.crc32(f"{name} {number}".encode()))
                noise = random.normal(0, step.numbers[0] / 255, planes.shape)
                planes = planes + noise.astype(np.float32)
            case "jpeg":
                planes = _jpeg(planes, round(step.numbers[0]), color)
            case _:
                planes = (rounded(planes) / 255).astype(np.float32)
    return planes


def network_input(
    hr: Levels, chain: Sequence[Step], *, scale: float = 1, color: PairColor = "y", name: str = ""
) -> Planes:
    """`degraded`, enlarged to the size of ``hr``."""
    return _sized(degraded(hr, chain, scale=scale, color=color, name=name), hr.shape[-2:], scale)


def _factor(step: Step, scale: float) -> float:
    return step.numbers[0] if step.numbers else scale


def _sized(planes: Planes, shape: tuple[int, ...], scale: float, kernel: Kernel = "bicubic") -> Planes:
    height, width = shape
    small = planes.shape[-2:]
    if small == (height, width):
        return planes
    # The exact scale where it fits: sides rounded up by imresize would otherwise stretch the picture.
    fits = all(math.ceil(side / scale) == got for side, got in zip((height, width), small, strict=True))
    exact = scale if scale > 1 and fits else None
    return each_plane(planes, lambda plane: _resized(plane, kernel, exact, (height, width)))


def _resized(
    plane: Planes, kernel: Kernel, scale: float | None, shape: tuple[int, int] | None = None
) -> Planes:
    if kernel == "opencv-cubic":  # as OpenCV's INTER_CUBIC: no antialiasing, edges repeated
        return imresize(plane, scale, shape=shape, kernel=kernel, antialias=False, border="replicate")
    return imresize(plane, scale, shape=shape, kernel=kernel)


def each_plane(planes: Array, function: Callable[[Array], Array]) -> Array:
    """A function of one plane applied to (H, W), or to each of (C, H, W)."""
    if planes.ndim == 2:
        return function(planes)
    return np.stack([function(plane) for plane in planes])


def _blur(plane: Planes, sigma: float, size: float | None = None) -> Planes:
    return gaussian_blur(plane, sigma, None if size is None else round(size))


def _jpeg(planes: Planes, quality: int, color: PairColor) -> Planes:
    picture = planes if planes.ndim == 2 else np.moveaxis(planes, 0, 2)
    if color == "ycbcr":
        picture = ycbcr_to_rgb(picture)
    decoded = (jpeg(rounded(picture).astype(np.uint8), quality) / 255).astype(np.float32)
    if color == "ycbcr":
        decoded = rgb_to_ycbcr(decoded)
    return decoded if decoded.ndim == 2 else np.ascontiguousarray(np.moveaxis(decoded, 2, 0))


def _sensible(kind: str, numbers: tuple[float, ...]) -> bool:
    match kind, numbers:
        case "blur", (sigma, *size):
            return sigma > 0 and all(side % 2 == 1 and side >= 1 for side in size)
        case (("shrink" | "subsample"), (factor,)):
            return factor > 1
        case "noise", (sigma,):
            return sigma >= 0
        case "jpeg", (quality,):
            return quality in range(1, 101)
    return True
