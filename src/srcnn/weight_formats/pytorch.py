"""PyTorch's ``.pth``, ``.pt`` and ``.pth.tar``: a state dict, or a checkpoint that holds one.

Nothing in a file is ever run: ``torch.load`` with ``weights_only=True`` refuses every pickle that names
anything but tensors and plain containers.
"""

import io
import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from srcnn.errors import MissingExtraError, WeightsError
from srcnn.types import Array
from srcnn.weight_formats.layers import NOT_SRCNN, RawLayer
from srcnn.weights import Weights

if TYPE_CHECKING:
    import torch

MOST_VALUES = 10_000_000
"""Values in one tensor. A stored tensor may be a view that repeats a few bytes without end."""

_USUAL_KEYS = ("state_dict", "model_state_dict", "params_ema", "params", "model", "net", "network", "weights")
"""Where checkpoints keep the network, most telling first."""


def read(content: bytes) -> list[RawLayer]:
    """Layers in the order in which the state dict holds them; keys may have any name.

    Raises:
        WeightsError: a broken file, a pickle that would run code, or tensors of another network.
        MissingExtraError: torch is not installed.
    """
    tensors = _state_dict(_load(content))
    groups: dict[str, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        groups.setdefault(key.rpartition(".")[0], {})[key] = tensor
    if all(sum(t.ndim == 4 for t in group.values()) <= 1 for group in groups.values()):
        return [_grouped(name or "the layer", group) for name, group in groups.items()]
    return _in_turns(tensors)


def _load(content: bytes) -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("reading PyTorch files", "train") from error
    try:
        with warnings.catch_warnings(action="ignore"), torch.serialization.safe_globals(_numbers()):
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # broken bytes bring errors of every kind out of a pickle reader
        if named := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise WeightsError(
                f"expected tensors alone, got a pickle that calls for {named[1]}, which could run code; "
                "it was not run. Save the network's state_dict() instead"
            ) from error
        raise WeightsError(
            "expected a whole PyTorch file of tensors, got a broken or truncated one, or another format"
        ) from error


def _numbers() -> list[Any]:
    # Checkpoints often keep their best PSNR as a NumPy number: two constructors that only hold bytes, under
    # the names that old and new NumPy give the first.
    scalar = np.float64(0).__reduce__()[0]
    names = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
    kinds = {type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8")}
    return [*((scalar, name) for name in names), np.dtype, *kinds]


def _state_dict(loaded: Any) -> dict[str, "torch.Tensor"]:
    """The one state dict in what was loaded: itself, or one level down in a checkpoint."""
    if tensors := _tensors(loaded):
        return tensors
    inner = {k: found for k, v in loaded.items() if (found := _tensors(v))} if _is_mapping(loaded) else {}
    usual = [key for key in _USUAL_KEYS if key in inner]
    if usual or len(inner) == 1:
        return inner[usual[0] if usual else next(iter(inner))]
    keys = ", ".join(map(str, loaded)) if _is_mapping(loaded) else type(loaded).__name__
    raise WeightsError(
        f"expected a state dict or a checkpoint with one state_dict, got {keys[:200] or 'nothing'}"
    )


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _tensors(value: Any) -> dict[str, "torch.Tensor"]:
    """``value`` if it is a mapping of names to nothing but tensors, one of them a kernel; or an empty one."""
    import torch

    if not isinstance(value, Mapping) or not all(isinstance(t, torch.Tensor) for t in value.values()):
        return {}
    return {str(k): t for k, t in value.items()} if any(t.ndim == 4 for t in value.values()) else {}


def _grouped(name: str, group: Mapping[str, "torch.Tensor"]) -> RawLayer:
    """A module's tensors: one kernel, and a bias or none."""
    kernels = [t for t in group.values() if t.ndim == 4]
    biases = [t for t in group.values() if t.ndim == 1]
    if len(kernels) != 1 or len(biases) > 1 or len(group) > len(kernels) + len(biases):
        shapes = ", ".join(f"{key} {tuple(t.shape)}" for key, t in group.items())
        raise WeightsError(f"expected one kernel and its bias in {name}, got {shapes}; {NOT_SRCNN}")
    return RawLayer(name, _array(name, kernels[0]), _array(name, biases[0]) if biases else None)


def _in_turns(tensors: Mapping[str, "torch.Tensor"]) -> list[RawLayer]:
    """Keys without a module's name, such as w1, b1, w2, b2: the n-th kernel has the n-th bias."""
    kernels = {key: t for key, t in tensors.items() if t.ndim == 4}
    biases = [t for t in tensors.values() if t.ndim == 1]
    if len(biases) not in (0, len(kernels)) or len(kernels) + len(biases) != len(tensors):
        raise WeightsError(
            f"expected {len(kernels)} kernels with a bias each, got {len(tensors)} tensors: "
            f"{', '.join(tensors)[:200]}; {NOT_SRCNN}"
        )
    return [
        RawLayer(key, _array(key, kernel), _array(key, biases[n]) if biases else None)
        for n, (key, kernel) in enumerate(kernels.items())
    ]


def _array(name: str, tensor: "torch.Tensor") -> Array:
    import torch

    if tensor.layout != torch.strided or not tensor.is_floating_point() or tensor.numel() > MOST_VALUES:
        raise WeightsError(
            f"expected up to {MOST_VALUES:,} floats in {name}, got {tensor.numel():,} of {tensor.dtype}"
        )
    return tensor.detach().float().numpy()


def write(weights: Weights) -> bytes:
    """A state dict ``conv1.weight``, ``conv1.bias`` and so on.

    Raises:
        MissingExtraError: torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("writing PyTorch files", "train") from error
    state: dict[str, torch.Tensor] = {}
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True), start=1):
        state[f"conv{number}.weight"] = torch.from_numpy(kernel.copy())
        state[f"conv{number}.bias"] = torch.from_numpy(bias.copy())
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()
