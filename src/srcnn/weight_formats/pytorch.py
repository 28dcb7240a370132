"""PyTorch's ``.pth``, ``.pt``, ``.pth.tar`` and ``.ckpt``: a state dict, or a checkpoint that holds one.

Nothing in a file is ever run: ``torch.load`` with ``weights_only=True`` refuses every pickle that names
anything but tensors and plain containers.
"""

import io
import re
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from srcnn.errors import MissingExtraError, WeightsError
from srcnn.types import Array
from srcnn.weight_formats.array_names import flatten
from srcnn.weight_formats.layers import MOST_VALUES, RawNetwork, check_room
from srcnn.weight_formats.network_search import network_of
from srcnn.weights import Weights

if TYPE_CHECKING:
    import torch

_DICTIONARIES = (
    "lightning.fabric.utilities.data.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "pytorch_lightning.utilities.parsing.AttributeDict",
)
"""Dictionaries of settings, for which an OrderedDict stands: torch fills no other one."""

_SETTINGS = (
    "argparse.Namespace",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
    "pathlib.PurePosixPath",
    "numpy.dtype",
    "numpy.ndarray",
    *(
        f"numpy.{core}.multiarray.{function}"
        for core in ("core", "_core")
        for function in ("scalar", "_reconstruct")
    ),
)
"""What checkpoints keep settings and figures by, beside the tensors. None of it is imported or made: NumPy's
own types take a broken state as it is, and end the process later."""


class _Ignored(dict):
    """Stands where a pickle names one of `_SETTINGS`: takes whatever it is given, and does nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()

    def __setstate__(self, state: object) -> None:
        """Drop the state."""


def read(content: bytes) -> RawNetwork:
    """Layers in the order in which the state dict holds them, at any depth and under any names.

    Raises:
        WeightsError: a broken file, a pickle that would run code, or tensors of another network.
        MissingExtraError: torch is not installed.
    """
    loaded = _load(content)
    import torch

    tensors = flatten(loaded, torch.Tensor)
    if not any(tensor.ndim == 4 for tensor in tensors.values()):
        keys = ", ".join(map(str, loaded)) if isinstance(loaded, Mapping) else type(loaded).__name__
        raise WeightsError(
            f"expected a state dict or a checkpoint with one state_dict, got {keys[:200] or 'nothing'}"
        )
    return network_of({name: _array(name, tensor) for name, tensor in tensors.items()})


def _load(content: bytes) -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("reading PyTorch files", "train") from error
    try:
        _check_packed(content)
        with warnings.catch_warnings(action="ignore"), torch.serialization.safe_globals(_harmless()):
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except WeightsError:
        raise
    except Exception as error:  # broken bytes bring errors of every kind out of a pickle reader
        if named := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise WeightsError(
                f"expected tensors alone, got a pickle that calls for {named[1]}, which could run code; "
                "it was not run. Save the network's state_dict() instead"
            ) from error
        raise WeightsError(
            "expected a whole PyTorch file of tensors, got a broken or truncated one, or another format"
        ) from error


def _check_packed(content: bytes) -> None:
    """Refuse an archive whose entries unpack to too much; torch itself packs none."""
    stream = io.BytesIO(content)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as archive:
            packed = [entry for entry in archive.infolist() if entry.compress_type != zipfile.ZIP_STORED]
            check_room(entry.file_size for entry in packed)


def _harmless() -> list[Any]:
    return [
        *((_Ignored, name) for name in _SETTINGS),
        *((OrderedDict, name) for name in _DICTIONARIES),
    ]


def _array(name: str, tensor: "torch.Tensor") -> Array:
    """A tensor without a copy where NumPy has its type; a view may repeat a few bytes without end."""
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_complex():
        raise WeightsError(f"expected dense floats in {name}, got {tensor.dtype} in {tensor.layout}")
    if tensor.dtype in (torch.float64, torch.float32, torch.float16):
        return tensor.detach().numpy()
    if tensor.numel() > MOST_VALUES:
        raise WeightsError(f"expected up to {MOST_VALUES:,} values in {name}, got {tensor.numel():,}")
    return (tensor.detach().float() if tensor.is_floating_point() else tensor.to(torch.int64)).numpy()


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
