"""How large a result is to be, and in how many steps it is reached."""

import math
import re
from dataclasses import dataclass
from numbers import Integral, Real
from typing import ClassVar

from srcnn.errors import UsageError

MAX_STEP = 4.0
"""Enlarged at once at most; more goes in equal steps, each close to a scale that weights were trained for."""
MAX_PASSES = 16
MAX_SIDE = 2**31 - 1


@dataclass(frozen=True)
class Size:
    """How large pictures are to become, given in one way; their proportions are kept.

    Attributes:
        scale: output side over input side, above 1.
        width: pixels across.
        height: pixels down.
        longest: pixels of the longer side.
        fit: (width, height) that the result is to fit into, touching at least two sides.

    Raises:
        UsageError: none of these or several, or an invalid one.
    """

    scale: float | None = None
    width: int | None = None
    height: int | None = None
    longest: int | None = None
    fit: tuple[int, int] | None = None

    WAYS: ClassVar = ("scale", "width", "height", "longest", "fit")

    def __post_init__(self) -> None:
        ways = [way for way in self.WAYS if getattr(self, way) is not None]
        if len(ways) != 1:
            raise UsageError(
                f"expected one of {', '.join(self.WAYS)}, got {' and '.join(ways) if ways else 'none'}"
            )
        if self.scale is not None:
            check_scale(self.scale)
            return
        for side in self.fit or (getattr(self, ways[0]),):
            if not (isinstance(side, Integral) and 1 <= int(side) <= MAX_SIDE):
                raise UsageError(f"expected a {ways[0]} of 1 to {MAX_SIDE} pixels, got {side!r}")

    def factor(self, shape: tuple[int, ...]) -> float:
        """The scale for a picture of ``shape`` (height, width, ...).

        Raises:
            UsageError: the picture is that large already, or larger.
        """
        height, width = shape[:2]
        if self.scale is not None:
            return self.scale
        if self.fit is not None:
            factor = min(self.fit[0] / width, self.fit[1] / height)
        elif self.width is not None:
            factor = self.width / width
        elif self.height is not None:
            factor = self.height / height
        else:
            factor = (self.longest or 0) / max(height, width)
        if factor <= 1:
            raise UsageError(
                f"expected a picture smaller than {self.wanted} to enlarge, got one of {width}x{height} "
                "pixels; this command does not make pictures smaller"
            )
        return factor

    @property
    def wanted(self) -> str:
        """In words."""
        if self.fit is not None:
            return f"{self.fit[0]}x{self.fit[1]} pixels"
        if self.scale is not None:
            return f"{self.scale:g} times its size"
        if self.width is not None:
            return f"{self.width} pixels across"
        return f"{self.height} pixels down" if self.height is not None else f"{self.longest} pixels"

    @property
    def label(self) -> str:
        """For names of files: ``x2.5``, ``1920w``, ``1080h``, ``4000``, ``1920x1080``."""
        if self.fit is not None:
            return f"{self.fit[0]}x{self.fit[1]}"
        if self.scale is not None:
            return f"x{self.scale:g}"
        if self.width is not None:
            return f"{self.width}w"
        return f"{self.height}h" if self.height is not None else f"{self.longest}"


def parse_size(text: str | None, option: str) -> tuple[int, int] | None:
    """(width, height): ``1920x1080``.

    Raises:
        UsageError: no size.
    """
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,5})[x×]([1-9]\d{0,5})", text.strip().lower())
    if match is None:
        raise UsageError(f"expected {option} as WIDTHxHEIGHT such as 1920x1080, got {text!r}")
    return int(match[1]), int(match[2])


def check_scale(scale: float) -> None:
    """Raise `UsageError` unless the scale is a finite number above 1."""
    if not (isinstance(scale, Real) and math.isfinite(scale) and scale > 1):
        raise UsageError(f"expected a finite scale above 1, got {scale!r:.40}")


def output_size(shape: tuple[int, ...], scale: float) -> tuple[int, int]:
    """(height, width) that a picture of ``shape`` (height, width, ...) is upscaled to.

    Raises:
        UsageError: see `check_scale`, or an output too large for any picture.
    """
    check_scale(scale)
    height, width = (max(1, math.floor(float(scale) * side + 0.5)) for side in shape[:2])
    if max(height, width) > MAX_SIDE:
        raise UsageError(
            f"expected an output of up to {MAX_SIDE} pixels a side, got {max(height, width):.3g}"
        )
    return height, width


def check_passes(passes: int | None) -> None:
    """Raise `UsageError` unless ``passes`` is None or a whole number of 1 to `MAX_PASSES`."""
    if passes is not None and not (isinstance(passes, Integral) and 1 <= passes <= MAX_PASSES):
        raise UsageError(f"expected 1 to {MAX_PASSES} passes, got {passes!r}")


def step_count(scale: float, passes: int | None = None) -> int:
    """In how many equal steps a scale is reached: as few as keep each at `MAX_STEP`, or ``passes``."""
    check_scale(scale)
    check_passes(passes)
    if passes is not None:
        return passes
    steps = 1
    while scale > MAX_STEP**steps:
        steps += 1
    return steps


def step_scale(scale: float, passes: int | None = None) -> float:
    """The enlargement of one step: what weights are chosen for."""
    return scale ** (1 / step_count(scale, passes))


def step_sizes(shape: tuple[int, ...], scale: float, passes: int | None = None) -> list[tuple[int, int]]:
    """(height, width) after each step; the last is `output_size`."""
    last = output_size(shape, scale)
    count, step = step_count(scale, passes), step_scale(scale, passes)
    return [*(output_size(shape, step**n) if step**n > 1 else last for n in range(1, count)), last]


TWICE = Size(scale=2.0)
