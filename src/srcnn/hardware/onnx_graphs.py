"""The integers as ONNX: QDQ for runtimes with 8-bit integers, QONNX for tools that build hardware from it.

An activation's scale is 1 throughout: it is its integer. What a shift divides by is the scale of the
weights, 2^-shift for each output channel, so ``QuantizeLinear`` does the contract's rounding (half to even)
and saturation. Sums are float32 there: exact where every proved bound is below 2^24.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.fixed_point import FixedLayer, FixedNetwork
from srcnn.fixed_point.fixed_network import INPUT_BITS

OPSET, IR_VERSION = 13, 8
QONNX_DOMAIN = "qonnx.custom_op.general"
EXACT_BITS = 25
"""Signed bits of an accumulator below which float32 sums are exact."""


def fits_int8(network: FixedNetwork) -> bool:
    """Whether 8-bit ONNX holds a network: weights and outputs of 8 bits, biases of 32, half to even."""
    eight = all(layer.weight_bits == layer.out_bits == 8 for layer in network.layers)
    biases = all(np.abs(layer.biases).max() < 2**31 for layer in network.layers)
    return eight and biases and network.rounding == "half-even"


def is_exact_in_float32(network: FixedNetwork) -> bool:
    """Whether sums in float32 give the contract's integers."""
    return all(layer.acc_bits <= EXACT_BITS for layer in network.layers)


def qdq_graph(network: FixedNetwork) -> bytes:
    """A serialised model: ``planes`` (batch, C, H, W) uint8 -> ``result`` uint8 of the same shape.

    The outputs of layer n are called ``convN_out``.
    """
    from onnx import TensorProto

    graph = _Graph(network, TensorProto.UINT8)
    for number, layer in enumerate(network.layers, start=1):
        scales = 2.0 ** -layer.shifts.astype(np.float64)
        weight = graph.constant(f"conv{number}_weight", layer.weights.astype(np.int8))
        bias = graph.constant(f"conv{number}_bias", layer.biases.astype(np.int32))
        scale = graph.constant(f"conv{number}_scale", scales.astype(np.float32))
        one, zero = graph.constant("one", np.float32(1)), graph.constant("zero", np.uint8(0))
        real = graph.node("DequantizeLinear", [graph.current, one, zero], f"conv{number}_in")
        padded = graph.padded(real, number, layer)
        real_weight = graph.node("DequantizeLinear", [weight, scale], f"conv{number}_real_weight", axis=0)
        real_bias = graph.node("DequantizeLinear", [bias, scale], f"conv{number}_real_bias", axis=0)
        convolved = graph.convolution([padded, real_weight, real_bias], number, layer)
        graph.current = graph.node("QuantizeLinear", [convolved, one, zero], graph.output_name(number))
    return graph.serialised()


def qonnx_graph(network: FixedNetwork) -> bytes:
    """A serialised QONNX model of any widths: ``planes`` float32, whole numbers of 0 to 255, -> ``result``.

    ``Quant`` nodes carry widths and scales; see github.com/fastmachinelearning/qonnx.
    """
    from onnx import TensorProto

    graph = _Graph(network, TensorProto.FLOAT)
    graph.current = graph.quantized(graph.current, np.float32(1), INPUT_BITS, False, "input_quant")
    for number, layer in enumerate(network.layers, start=1):
        scales = (2.0 ** -layer.shifts.astype(np.float64)).astype(np.float32)
        real = layer.weights * scales.astype(np.float64)[:, None, None, None]
        weight = graph.constant(f"conv{number}_weight", real.astype(np.float32))
        quantized = graph.quantized(
            weight, scales[:, None, None, None], layer.weight_bits, True, f"conv{number}_weight_quant"
        )
        bias = graph.constant(
            f"conv{number}_bias", (layer.biases * scales.astype(np.float64)).astype(np.float32)
        )
        padded = graph.padded(graph.current, number, layer)
        convolved = graph.convolution([padded, quantized, bias], number, layer)
        positive = graph.node("Relu", [convolved], f"conv{number}_relu")
        graph.current = graph.quantized(
            positive, np.float32(1), layer.out_bits, False, graph.output_name(number)
        )
    return graph.serialised()


def layer_session(path: Path, layers: int) -> Any:
    """An onnxruntime session of a `qdq_graph` that returns the outputs of every layer, unoptimised."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    model = onnx.load(str(path))
    inner = [f"conv{number}_out" for number in range(1, layers)]
    last = model.graph.output[0]
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.UINT8, None) for name in inner)
    model.graph.output.append(last)
    options = onnxruntime.SessionOptions()
    # Optimised, some processors' 8-bit products saturate at 16 bits half-way.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


class _Graph:
    """Nodes and constants so far; ``current`` is what the next layer takes."""

    def __init__(self, network: FixedNetwork, element: int) -> None:
        self._network, self._element = network, element
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self.current = "planes"

    def output_name(self, number: int) -> str:
        return "result" if number == len(self._network.layers) else f"conv{number}_out"

    def constant(self, name: str, values: npt.ArrayLike) -> str:
        from onnx import numpy_helper

        self._constants[name] = numpy_helper.from_array(np.asarray(values), name)
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def quantized(self, values: str, scale: npt.ArrayLike, bits: int, signed: bool, output: str) -> str:
        inputs = [
            values,
            self.constant(f"{output}_scale", scale),
            self.constant("zero_point", np.float32(0)),
            self.constant(f"bits{bits}", np.float32(bits)),
        ]
        options = {"signed": int(signed), "narrow": int(signed), "rounding_mode": "ROUND"}
        return self.node("Quant", inputs, output, domain=QONNX_DOMAIN, **options)

    def padded(self, values: str, number: int, layer: FixedLayer) -> str:
        """The edge repeated: once for the layers that pad nothing, and before one that repeats its own."""
        amount = self._network.input_margin if number == 1 else 0
        if layer.border == "replicate":
            amount += layer.kernel // 2
        if not amount:
            return values
        widths = np.array([0, 0, amount, amount, 0, 0, amount, amount], np.int64)
        pads = self.constant(f"conv{number}_pads", widths)
        return self.node("Pad", [values, pads], f"conv{number}_padded", mode="edge")

    def convolution(self, inputs: list[str], number: int, layer: FixedLayer) -> str:
        radius = layer.kernel // 2 if layer.border == "zero" else 0
        shape = [layer.kernel, layer.kernel]
        return self.node("Conv", inputs, f"conv{number}", kernel_shape=shape, pads=[radius] * 4)

    def serialised(self) -> bytes:
        import onnx.checker
        from onnx import helper

        shape = ["batch", self._network.channels, "height", "width"]
        planes, result = (
            helper.make_tensor_value_info(name, self._element, shape) for name in ("planes", "result")
        )
        graph = helper.make_graph(
            self._nodes, self._network.architecture, [planes], [result], list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET)]
        if any(node.domain == QONNX_DOMAIN for node in self._nodes):
            opsets.append(helper.make_opsetid(QONNX_DOMAIN, 1))
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="srcnn")
        onnx.checker.check_model(model)
        return model.SerializeToString()
