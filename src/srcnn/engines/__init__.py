"""Engines: ways to run the convolutions of a set of weights on an array.

``numpy`` is the reference, ``onnxruntime`` the fast default, ``torch`` an alternative for those who have it.
"""

from typing import Literal, get_args

from srcnn.engines.base import Engine
from srcnn.errors import UsageError
from srcnn.weights import Weights

EngineName = Literal["numpy", "onnxruntime", "torch"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)
DEFAULT_ENGINE: EngineName = "onnxruntime"

__all__ = ["DEFAULT_ENGINE", "ENGINES", "Engine", "EngineName", "create_engine"]


def create_engine(weights: Weights, name: str | None = None, threads: int | None = None) -> Engine:
    """An engine for these weights.

    Args:
        weights: the network.
        name: one of `ENGINES`; ``onnxruntime`` by default.
        threads: threads to use; by default as many as the process has cores. The NumPy engine uses what
            NumPy's BLAS is set to.

    Raises:
        UsageError: an unknown name, or fewer than one thread.
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
    raise UsageError(f"expected an engine of {', '.join(ENGINES)}, got {name!r}")
