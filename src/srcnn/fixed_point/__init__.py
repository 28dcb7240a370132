"""Fixed point: a network on integers alone, under the contract ``srcnn-fixed-1``.

`quantize` makes it from weights and calibration pictures, `run_network` runs it; `srcnn.hardware` writes it
down for C, HLS and Verilog.
"""

from srcnn.fixed_point.arithmetic import run_layers, run_network
from srcnn.fixed_point.calibration import default_inputs
from srcnn.fixed_point.fixed_network import CONTRACT, FixedLayer, FixedNetwork
from srcnn.fixed_point.quantization import Quantized, quantize
from srcnn.fixed_point.widths import Widths, parse_widths

__all__ = [
    "CONTRACT",
    "FixedLayer",
    "FixedNetwork",
    "Quantized",
    "Widths",
    "default_inputs",
    "parse_widths",
    "quantize",
    "run_layers",
    "run_network",
]
