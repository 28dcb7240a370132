"""Engines: ways to run the convolutions of a set of weights on an array.

``native`` is the fast default where the package was compiled. Where it was not, and for networks that it does
not cover, ``onnxruntime`` serves if it is installed, and ``numpy``, the reference, if it is not. ``torch`` is
an alternative for those who have it. They agree but for the rounding of float32. ``fixed`` does not: it
computes on integers, as hardware does.
"""

from typing import Literal, get_args

from srcnn.arch import Architecture
from srcnn.engines.base import BlockEngine, Engine
from srcnn.errors import UsageError
from srcnn.weights import Weights

EngineName = Literal["native", "onnxruntime", "numpy", "torch"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
"""Those that agree."""
FIXED = "fixed"
"""Integers of 12 bits; other widths follow a colon, such as ``fixed:8`` or ``fixed:w8a12``."""

FASTER = "for a faster engine: pip install 'srcnn[onnx]'"
"""What helps where `is_slow`."""

__all__ = [
    "ENGINES",
    "FASTER",
    "FIXED",
    "BlockEngine",
    "Engine",
    "EngineName",
    "create_engine",
    "default_engine",
    "engine_name",
    "is_slow",
]


def default_engine(architecture: Architecture) -> EngineName:
    """The engine that a network runs on when none is named."""
    from srcnn.engines.native.layer_plan import covers
    from srcnn.engines.native.library import is_fast
    from srcnn.engines.onnxruntime import has_onnxruntime

    if is_fast() and covers(architecture):
        return "native"
    return "onnxruntime" if has_onnxruntime() else "numpy"


def is_slow() -> bool:
    """Whether the NumPy engine is the default for every network, because no other is there."""
    from srcnn.engines.native.library import is_fast
    from srcnn.engines.onnxruntime import has_onnxruntime

    return not is_fast() and not has_onnxruntime()


def engine_name(engine: str | None, device: str | None, half: bool) -> str | None:
    """The name of an engine with the device that it runs on, which need not be here.

    Raises:
        UsageError: a device with another engine than torch, or half precision without a device.
    """
    if device is None:
        if half:
            raise UsageError("use --half with --device")
        return engine
    if engine not in (None, "torch"):
        raise UsageError(f"use --device with --engine torch, got {engine}")
    return f"torch:{device}{':half' if half else ''}"


def create_engine(weights: Weights, name: str | None = None, threads: int | None = None) -> Engine:
    """An engine for these weights.

    Args:
        weights: the network.
        name: one of `ENGINES`, or `FIXED`; by default that of `default_engine`. A device of torch follows a
            colon, such as ``torch:cuda`` or ``torch:cuda:half``.
        threads: threads to use; by default as many as the process has cores. The NumPy engine and the
            one of integers use what NumPy's BLAS is set to.

    Raises:
        UsageError: an unknown name, fewer than one thread, a native engine that cannot be used, a device that
            is not there, or widths that do not fit the weights.
        MissingExtraError: an engine whose packages are not installed.
    """
    name = name or default_engine(weights.architecture)
    if threads is not None and threads < 1:
        raise UsageError(f"expected at least one thread, got {threads}")
    # Imported here: a framework is paid for by those who use it.
    if name == "native":
        from srcnn.engines.native import NativeEngine

        return NativeEngine(weights, threads)
    if name == "numpy":
        from srcnn.engines.numpy import NumpyEngine

        return NumpyEngine(weights)
    if name == "onnxruntime":
        from srcnn.engines.onnxruntime import OnnxruntimeEngine

        return OnnxruntimeEngine(weights, threads)
    kind, _, widths = name.partition(":")
    if kind == "torch":
        from srcnn.engines.torch import TorchEngine

        return TorchEngine(weights, threads, widths)
    if kind == FIXED:
        from srcnn.engines.fixed import FixedEngine
        from srcnn.fixed_point import parse_widths

        return FixedEngine(weights, widths=parse_widths(widths))
    raise UsageError(f"expected an engine of {', '.join((*ENGINES, FIXED))}, got {name!r}")
