"""Back-projection: a result that, made small again, gives the picture that it was made from.

Source: M. Irani and S. Peleg, "Improving resolution by image registration", 1991. What an enlargement misses
of its own input is enlarged and added, for a known way of making small; a few times over.
"""

from collections.abc import Callable
from numbers import Integral

from srcnn.errors import UsageError
from srcnn.types import Floats

Resample = Callable[[Floats], Floats]
MAX_STEPS = 100


def back_project(high: Floats, low: Floats, steps: int, *, down: Resample, up: Resample) -> Floats:
    """``high + up(low - down(high))``, repeated.

    Args:
        high: (H, W) or (H, W, C) float, an enlargement of ``low``.
        low: (h, w) or (h, w, C) float.
        steps: how often; 0 returns ``high``.
        down: how ``low`` came from the picture that is looked for.
        up: from the size of ``low`` to that of ``high``.

    Returns:
        Same shape and dtype as ``high``, not clipped; ``high`` itself is left as it was.
    """
    for _ in range(steps):
        high = high + up(low - down(high)).astype(high.dtype, copy=False)
    return high


def check_steps(steps: int) -> None:
    """Raise `UsageError` unless ``steps`` is a whole number of 0 to `MAX_STEPS`."""
    if not (isinstance(steps, Integral) and 0 <= steps <= MAX_STEPS):
        raise UsageError(f"expected 0 to {MAX_STEPS} back-projection steps, got {steps!r}")
