"""``.safetensors`` of other programs: named tensors, in the order of names and not of layers."""

import math
from collections.abc import Mapping

import numpy as np

from srcnn.errors import WeightsError
from srcnn.types import Array
from srcnn.weight_formats.layers import RawNetwork
from srcnn.weight_formats.network_search import network_of
from srcnn.weights import is_own_file

_DTYPES: Mapping[str, str] = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
"""bfloat16 is the upper half of a float32. All other types count or mask, and no layer has them."""


def read(content: bytes) -> RawNetwork:
    """Layers of a state dict; the order comes from numbers in their names, else from their channels.

    Raises:
        WeightsError: a broken file, one that `srcnn.save_weights` wrote, or tensors of another network.
    """
    from safetensors import SafetensorError, deserialize

    if is_own_file(content):
        raise WeightsError("saved by srcnn already; give --model the file as it is")
    try:
        tensors = dict(deserialize(content))
        arrays = {name: _array(entry) for name, entry in tensors.items()}
    except (SafetensorError, ValueError, LookupError, TypeError) as error:
        raise WeightsError("expected a whole .safetensors file, got a broken or truncated one") from error
    return network_of(arrays, ordered=False)


def _array(entry: Mapping[str, object]) -> Array:
    shape, kind, data = entry["shape"], str(entry["dtype"]), entry["data"]
    if not isinstance(shape, list) or not isinstance(data, bytes | bytearray):
        raise TypeError
    if kind not in _DTYPES:
        return np.zeros(math.prod(shape) and 1, np.int64)
    array = np.frombuffer(data, _DTYPES[kind]).reshape(shape)
    return (array.astype("<u4") << 16).view("<f4") if kind == "BF16" else array
