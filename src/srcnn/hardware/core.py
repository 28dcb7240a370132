"""The files of the streaming core: Verilog, its configuration, its constants in the order of their use."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import numpy as np

from srcnn.arch import Border
from srcnn.errors import UsageError
from srcnn.fixed_point.fixed_network import ROUNDINGS, FixedLayer, FixedNetwork
from srcnn.hardware.folding import Folding, LayerFolding
from srcnn.hardware.words import hex_pixels
from srcnn.text_table import printable
from srcnn.types import Int64

MEMORY = "mem/folded/conv"
_BORDER_NUMBERS: dict[Border, int] = {"valid": 0, "replicate": 1, "zero": 2}
MAX_LAYERS = 9
"""A file of constants has its layer's number in its name as one digit."""
SIZE_LIMIT = 65535
"""Width and height are 16-bit inputs of the core."""


def core_files(
    network: FixedNetwork, folding: Folding, *, max_width: int, max_height: int
) -> dict[str, bytes]:
    """Every file of the core by its path in the export directory.

    Args:
        network: the integers.
        folding: of that network, see `srcnn.hardware.folding.plan_folding`.
        max_width: pixels of the widest picture, which the line buffers are made for.
        max_height: pixels of the highest picture.

    Raises:
        UsageError: more layers than the core can name, or a maximum out of range.
    """
    if len(network.layers) > MAX_LAYERS:
        raise UsageError(f"expected at most {MAX_LAYERS} layers, got {len(network.layers)}")
    for name, value in (("max_width", max_width), ("max_height", max_height)):
        if not 1 <= value <= SIZE_LIMIT:
            raise UsageError(f"expected {name} of 1 to {SIZE_LIMIT}, got {value}")
    files = {f"rtl/{name}": content for name, content in _package_files("rtl")}
    files |= {f"tb/{name}": content for name, content in _package_files("testbench")}
    files["rtl/srcnn_config.vh"] = _configuration(network, folding, max_width, max_height).encode()
    for number, (layer, fold) in enumerate(zip(network.layers, folding.layers, strict=True), start=1):
        for kind, words in _memories(layer, fold).items():
            files[f"{MEMORY}{number}_{kind}.hex"] = words.encode()
    return files


def core_facts(network: FixedNetwork, folding: Folding, *, max_width: int, max_height: int) -> dict[str, Any]:
    """What a manifest says of the core: folding, maximum size, bits of the line buffers."""
    bits, width = [], max_width + 2 * network.input_margin
    for layer, fold in zip(network.layers, folding.layers, strict=True):
        padded = 0 if layer.border == "valid" else layer.kernel - 1
        bits.append((layer.kernel - 1) * (width + padded) * fold.beats * fold.in_lanes * layer.in_bits)
        width += padded - layer.kernel + 1
    return {
        "max_width": max_width,
        "max_height": max_height,
        "line_buffer_bits": bits,
        "folding": folding.as_json(),
    }


def _package_files(folder: str) -> Iterator[tuple[str, bytes]]:
    for file in (resources.files("srcnn.hardware") / folder).iterdir():
        if file.is_file():
            yield file.name, file.read_bytes()


def _configuration(network: FixedNetwork, folding: Folding, max_width: int, max_height: int) -> str:
    layers, folds = network.layers, folding.layers
    values: dict[str, object] = {
        "LAYERS": len(layers),
        "CHANNELS": network.channels,
        "MARGIN": network.input_margin,
        "MAX_WIDTH": max_width,
        "MAX_HEIGHT": max_height,
        "ROUNDING": ROUNDINGS.index(network.rounding),
        "KERNELS": [layer.kernel for layer in layers],
        "BORDERS": [_BORDER_NUMBERS[layer.border] for layer in layers],
        "OUT_CHANNELS": [layer.out_channels for layer in layers],
        "OUT_BITS": [layer.out_bits for layer in layers],
        "WEIGHT_BITS": [layer.weight_bits for layer in layers],
        "ACC_BITS": [layer.acc_bits for layer in layers],
        "SHIFT_BASES": [int(layer.shifts.min()) for layer in layers],
        "SHIFT_BITS": [_shift_bits(layer) for layer in layers],
        "IN_LANES": [fold.in_lanes for fold in folds],
        "OUT_LANES": [fold.out_lanes for fold in folds],
        "TAPS": [fold.taps for fold in folds],
        "MEMORY": f'"{MEMORY}"',
    }
    lines = [
        f"// {network.architecture} of {printable(network.name)}: {folding.multipliers} multipliers, "
        f"{folding.clocks_per_pixel} clocks a pixel.",
        "// What each number means is said in srcnn_core.v. Lists have the last layer first.",
    ]
    lines += [f"`define SRCNN_{name} {_verilog(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _verilog(value: object) -> str:
    if isinstance(value, list):
        return "{" + ", ".join(f"32'd{number}" for number in reversed(value)) + "}"
    return str(value)


def _memories(layer: FixedLayer, fold: LayerFolding) -> dict[str, str]:
    return {
        "weight": _words(folded_weights(layer, fold), layer.weight_bits),
        "bias": _words(_by_group(layer.biases, fold), layer.acc_bits),
        "shift": _words(_by_group(layer.shifts - layer.shifts.min(), fold), _shift_bits(layer)),
    }


def folded_weights(layer: FixedLayer, fold: LayerFolding) -> Int64:
    """A layer's weights in the order in which the core uses them.

    Returns:
        (clocks per pixel, multipliers) int64: a row for each clock, zero where lanes have no channel.
    """
    out, inputs, k = fold.groups * fold.out_lanes, fold.beats * fold.in_lanes, fold.kernel
    padded = np.zeros((out, inputs, k, k), np.int64)
    padded[: layer.out_channels, : layer.in_channels] = layer.weights
    parts = padded.reshape(fold.groups, fold.out_lanes, fold.beats, fold.in_lanes, k, k)
    group, out_lane, beat, in_lane, row, column = range(6)
    if fold.taps == k * k:
        order = (group, beat, out_lane, column, row, in_lane)
    elif fold.taps == k:
        order = (group, column, beat, out_lane, row, in_lane)
    else:
        order = (group, column, beat, row, out_lane, in_lane)
    return parts.transpose(order).reshape(fold.clocks_per_pixel, fold.multipliers)


def _shift_bits(layer: FixedLayer) -> int:
    """Bits that hold what a channel's shift has beyond the layer's smallest; at least one."""
    return max(1, int(np.ptp(layer.shifts)).bit_length())


def _by_group(values: Int64, fold: LayerFolding) -> Int64:
    padded = np.zeros(fold.groups * fold.out_lanes, np.int64)
    padded[: len(values)] = values
    return padded.reshape(fold.groups, fold.out_lanes)


def _words(rows: Int64, bits: int) -> str:
    """A word for each row, its first integer in the lowest bits."""
    return hex_pixels(rows.T[:, :, None], bits)
