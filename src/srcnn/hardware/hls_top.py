"""The top function for high-level synthesis: the stages of this network, joined by streams."""

from collections.abc import Iterator

from srcnn.fixed_point import FixedLayer, FixedNetwork
from srcnn.fixed_point.fixed_network import INPUT_BITS
from srcnn.hardware.c_header import in_comment


def hls_top(network: FixedNetwork) -> str:
    """``srcnn_top.cpp``, one call a stage; see ``srcnn_hls.hpp``."""
    body = "\n".join(f"    {line}" for line in _stages(network))
    return f"""/* {in_comment(network.name)}; generated, do not edit. */
#include "srcnn_hls.hpp"

#ifndef __SYNTHESIS__
void (*srcnn_probe)(int layer, const int64_t *acc) = nullptr;
#endif

void srcnn_top(hls::stream<srcnn_io_pixel> &in, hls::stream<srcnn_io_pixel> &out, int height, int width) {{
#pragma HLS DATAFLOW
{body}
}}
"""


def _stages(network: FixedNetwork) -> Iterator[str]:
    source, extra = "in", 2 * network.input_margin
    if network.input_margin:
        yield from _widen("frame", source, network.channels, INPUT_BITS, 0, network.input_margin, "false")
        source = "frame"
    for number, layer in enumerate(network.layers, start=1):
        if layer.border != "valid" and layer.kernel > 1:
            name, zero = f"widened{number}", "true" if layer.border == "zero" else "false"
            radius = layer.kernel // 2
            yield from _widen(name, source, layer.in_channels, layer.in_bits, extra, radius, zero)
            source, extra = name, extra + 2 * radius
        target = "out" if number == len(network.layers) else f"result{number}"
        if target != "out":
            yield _stream(target, layer.out_channels, layer.out_bits)
        yield f"srcnn_convolve<{_parameters(number, layer)}>("
        yield f"    {source}, {target}, {_size('height', extra)}, {_size('width', extra)},"
        yield "    " + ", ".join(f"srcnn_conv{number}_{name}" for name in ("weight", "bias", "shift")) + ");"
        source, extra = target, extra - (layer.kernel - 1)


def _widen(
    name: str, source: str, channels: int, bits: int, extra: int, amount: int, zero: str
) -> Iterator[str]:
    yield _stream(name, channels, bits)
    size = f"{_size('height', extra)}, {_size('width', extra)}"
    yield f"srcnn_widen<{channels}, {bits}>({source}, {name}, {size}, {amount}, {zero});"


def _stream(name: str, channels: int, bits: int) -> str:
    return f'static hls::stream<srcnn_pixel<{channels}, {bits}>> {name}("{name}");'


def _parameters(number: int, layer: FixedLayer) -> str:
    values = (
        number,
        layer.kernel,
        layer.in_channels,
        layer.out_channels,
        layer.in_bits,
        layer.out_bits,
        layer.acc_bits,
    )
    return ", ".join(map(str, values))


def _size(side: str, extra: int) -> str:
    return f"{side} + {extra}" if extra else side
