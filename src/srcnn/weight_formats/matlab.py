"""The authors' ``.mat`` files: ``weights_conv1``, ``biases_conv1`` and so on.

Layout of layer n, in MATLAB's terms: (in, f^2, out), kernels column by column, applied as correlation
(imfilter). MATLAB has no third dimension of 1 and the first layer of luma weights has no ``in``:
conv1 (f1^2, n1), conv2 (n1, f2^2, n2), conv3 (n2, f3^2). Biases are (out, 1).
"""

import io
import math
import re
from collections.abc import Mapping

import numpy as np

from srcnn.errors import MissingExtraError, WeightsError
from srcnn.types import Array
from srcnn.weight_formats.layers import RawLayer, RawNetwork
from srcnn.weight_formats.mat_file import read_arrays
from srcnn.weights import Weights


def read(content: bytes) -> RawNetwork:
    """Layers of a ``.mat`` file (up to version 7; 7.3 is HDF5 and has another layout).

    Raises:
        WeightsError: no MATLAB file, a truncated one, or one without the authors' variables.
    """
    if content[:10] == b"MATLAB 7.3":
        raise WeightsError("expected a .mat file of version 7 or older, got 7.3; save it again with '-v7'")
    variables = read_arrays(content)
    numbers = sorted(
        int(match[1]) for name in variables if (match := re.fullmatch(r"weights_conv(\d+)", name))
    )
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        raise WeightsError(
            "expected the authors' variables weights_conv1, biases_conv1, weights_conv2 ..., "
            f"got {', '.join(sorted(variables)) or 'none'}"
        )
    return RawNetwork([_layer(variables, n, last=n == numbers[-1]) for n in numbers])


def _layer(variables: Mapping[str, Array], number: int, *, last: bool) -> RawLayer:
    name = f"conv{number}"
    flat, bias = (_floats(variables, f"{kind}_{name}") for kind in ("weights", "biases"))
    if flat.ndim == 2:
        flat = flat[None] if number == 1 and not last else flat[..., None]
    if flat.ndim != 3:
        raise WeightsError(f"expected weights_{name} of 2 or 3 dimensions, got {flat.shape}")
    inputs, squared, outputs = flat.shape
    side = math.isqrt(squared)
    if side * side != squared:
        raise WeightsError(f"expected a square number of taps in weights_{name}, got {flat.shape}")
    # Reshaped row by row, a kernel written column by column comes out transposed.
    kernel = flat.transpose(2, 0, 1).reshape(outputs, inputs, side, side).swapaxes(2, 3)
    return RawLayer(name, kernel, bias.ravel())


def _floats(variables: Mapping[str, Array], name: str) -> Array:
    if name not in variables:
        raise WeightsError(f"expected a variable {name}, got none")
    array = variables[name]
    if not np.issubdtype(array.dtype, np.floating):
        raise WeightsError(f"expected floats in {name}, got {array.dtype}")
    return array


def write(weights: Weights) -> bytes:
    """A ``.mat`` file that the authors' ``SRCNN.m`` loads, in double as theirs.

    The authors' code repeats the edge before every layer and gives the network luma of 0 to 1. Weights made
    for ``valid`` differ there as far from the edge as the later layers reach, 2 pixels for 9-1-5 and 4 for
    9-5-5, most of which an evaluation leaves out; those for ``zero`` as far as the halo, and by decibels.

    Args:
        weights: three layers; an input range of 1 (see `srcnn.weight_formats.exporter.to_unit_range`).

    Raises:
        WeightsError: another number of layers than the authors' code runs.
        MissingExtraError: scipy is not installed.
    """
    try:
        import scipy.io
    except ImportError as error:
        raise MissingExtraError("writing .mat files", "formats") from error
    layers = len(weights.kernels)
    if layers != 3:
        raise WeightsError(f"expected three layers, as the authors' MATLAB code runs, got {layers}")
    variables: dict[str, Array] = {}
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True), start=1):
        outputs, inputs, side, _ = kernel.shape
        flat = kernel.swapaxes(2, 3).reshape(outputs, inputs, side * side).transpose(1, 2, 0)
        if number == 1 and inputs == 1:
            flat = flat[0]
        elif outputs == 1:
            flat = flat[..., 0]
        variables[f"weights_conv{number}"] = flat.astype(np.float64)
        variables[f"biases_conv{number}"] = bias.astype(np.float64)[:, None]
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, variables, do_compression=True)
    return buffer.getvalue()
