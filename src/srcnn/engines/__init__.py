"""Engines: ways to run the convolutions of a set of weights on an array.

``numpy`` is the reference, ``onnxruntime`` the fast default, ``torch`` an alternative for those who have it.
They agree but for float32's rounding. ``fixed`` does not: it computes on integers, as hardware does.
"""

from typing import Literal, get_args

from srcnn.engines.base import Engine
from srcnn.errors import UsageError
from srcnn.weights import Weights

EngineName = Literal["numpy", "onnxruntime", "torch"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
"""Those that agree."""
DEFAULT_ENGINE: EngineName = "onnxruntime"
FIXED = "fixed"
"""Integers of 12 bits; other widths follow a colon, such as ``fixed:8`` or ``fixed:w8a12``."""

__all__ = ["DEFAULT_ENGINE", "ENGINES", "FIXED", "Engine", "EngineName", "create_engine"]


def create_engine(weights: Weights, name: str | None = None, threads: int | None = None) -> Engine:
    """An engine for these weights.

    Args:
        weights: the network.
        name: one of `ENGINES`, or `FIXED`; ``onnxruntime`` by default.
        threads: threads to use; by default as many as the process has cores. The NumPy engine and the
            one of integers use what NumPy's BLAS is set to.

    Raises:
        UsageError: an unknown name, fewer than one thread, or widths that do not fit the weights.
        MissingExtraError: the torch engine without torch.
    """
    name = name or DEFAULT_ENGINE
    if threads is not None and threads < 1:
        raise UsageError(f"expected at least one thread, got {threads}")
    # Imported here: a framework is paid for by those who use it.
    if name == "numpy":
        from srcnn.engines.numpy import NumpyEngine

        return NumpyEngine(weights)
    if name == "onnxruntime":
        from srcnn.engines.onnxruntime import OnnxruntimeEngine

        return OnnxruntimeEngine(weights, threads)
    if name == "torch":
        from srcnn.engines.torch import TorchEngine

        return TorchEngine(weights, threads)
    kind, _, widths = name.partition(":")
    if kind == FIXED:
        from srcnn.engines.fixed import FixedEngine
        from srcnn.fixed_point import parse_widths

        return FixedEngine(weights, widths=parse_widths(widths))
    raise UsageError(f"expected an engine of {', '.join((*ENGINES, FIXED))}, got {name!r}")
