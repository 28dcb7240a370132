"""The network as a C header: constants for the preprocessor, arrays for the compiler; C99 and C++14."""

import textwrap
from collections.abc import Iterable, Iterator

from srcnn.fixed_point import CONTRACT, FixedLayer, FixedNetwork
from srcnn.fixed_point.fixed_network import INPUT_BITS, ROUNDINGS
from srcnn.text_table import printable

BORDERS = ("valid", "replicate", "zero")
"""In the order of their numbers in C and Verilog."""


def c_header(network: FixedNetwork, digest: str, max_width: int) -> str:
    """``srcnn_model.h``: every number of a network.

    Weights are in the order output, input, row, column, applied as correlation.

    Args:
        network: the integers.
        digest: of the weights it was made from.
        max_width: pixels of the widest picture, which the lines of the streaming code are made for.
    """
    largest = max(layer.out_channels for layer in network.layers)
    weight_bits = max(layer.weight_bits for layer in network.layers)
    constants = {
        "LAYERS": len(network.layers),
        "CHANNELS": network.channels,
        "MAX_CHANNELS": largest,
        "MAX_WIDTH": max_width,
        "INPUT_BITS": INPUT_BITS,
        "INPUT_MARGIN": network.input_margin,
        "HALO": network.halo,
        "WEIGHT_BITS": weight_bits,
        **{name.upper().replace("-", "_"): number for number, name in enumerate(ROUNDINGS)},
        "ROUNDING": f"SRCNN_{network.rounding.upper().replace('-', '_')}",
        **{name.upper(): number for number, name in enumerate(BORDERS)},
    }
    lines = [
        f"/* {in_comment(network.name)} under the contract {CONTRACT}; generated, do not edit.",
        f" * Weights {digest} */",
        "#ifndef SRCNN_MODEL_H",
        "#define SRCNN_MODEL_H",
        "",
        "#include <stdint.h>",
        "",
        *(f"#define SRCNN_{name} {value}" for name, value in constants.items()),
        "",
        f"typedef int{8 if weight_bits <= 8 else 16}_t srcnn_weight;",
        "",
    ]
    for number, layer in enumerate(network.layers, start=1):
        lines += [*_constants(number, layer), *_arrays(number, layer)]
    lines += [*_table(network), "", "#endif", ""]
    return "\n".join(lines)


def in_comment(name: str) -> str:
    """A name of weights, which may be any text, as part of a comment in C: nothing in it ends the comment."""
    return printable(name).replace("*/", "* /").replace("/*", "/ *")


def _constants(number: int, layer: FixedLayer) -> Iterator[str]:
    for name, value in (
        ("KERNEL", layer.kernel),
        ("BORDER", f"SRCNN_{layer.border.upper()}"),
        ("IN", layer.in_channels),
        ("OUT", layer.out_channels),
        ("IN_BITS", layer.in_bits),
        ("OUT_BITS", layer.out_bits),
        ("WEIGHT_BITS", layer.weight_bits),
        ("ACC_BITS", layer.acc_bits),
    ):
        yield f"#define SRCNN_CONV{number}_{name} {value}"


def _arrays(number: int, layer: FixedLayer) -> Iterator[str]:
    for kind, name, values in (
        ("srcnn_weight", "weight", layer.weights.reshape(-1)),
        ("int64_t", "bias", layer.biases),
        ("uint8_t", "shift", layer.shifts),
    ):
        yield f"static const {kind} srcnn_conv{number}_{name}[{len(values)}] = {{"
        yield _wrapped(values)
        yield "};"
    yield ""


def _wrapped(values: Iterable[int]) -> str:
    text = ", ".join(str(int(value)) for value in values)
    return textwrap.fill(text, 108, initial_indent="    ", subsequent_indent="    ")


def _table(network: FixedNetwork) -> Iterator[str]:
    yield from (
        "struct srcnn_layer {",
        "    int kernel, in_channels, out_channels, border, out_max;",
        "    const srcnn_weight *weights;",
        "    const int64_t *biases;",
        "    const uint8_t *shifts;",
        "};",
        "",
        "static const struct srcnn_layer srcnn_layers[SRCNN_LAYERS] = {",
    )
    for number, layer in enumerate(network.layers, start=1):
        names = ", ".join(f"srcnn_conv{number}_{name}" for name in ("weight", "bias", "shift"))
        yield (
            f"    {{{layer.kernel}, {layer.in_channels}, {layer.out_channels}, "
            f"SRCNN_{layer.border.upper()}, {layer.out_max}, {names}}},"
        )
    yield "};"
