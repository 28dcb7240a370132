"""The default engine: onnxruntime on the processor, in float32."""

import numpy as np

from srcnn.arch import Layer
from srcnn.engines.base import Planes, check_planes, input_margin, pad, side_widths, usable_cores
from srcnn.tiling import Edges
from srcnn.weights import Weights

OPSET, IR_VERSION = 13, 8
"""Old enough for every onnxruntime that the package accepts: newer onnx packages write newer versions."""


class OnnxruntimeEngine:
    """Runs a network with onnxruntime; see `srcnn.engines.base.Engine`."""

    name = "onnxruntime"

    def __init__(self, weights: Weights, threads: int | None = None) -> None:
        import onnxruntime

        self._architecture = weights.architecture
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or usable_cores()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors; they arrive as exceptions
        self._session = onnxruntime.InferenceSession(
            build_graph(weights), options, providers=["CPUExecutionProvider"]
        )

    def run(self, planes: Planes, edges: Edges) -> Planes:
        """The network's output for one window of a picture, without its halo."""
        check_planes(planes, edges, self._architecture)
        planes = pad(planes, input_margin(self._architecture), edges, "valid")
        inputs = {"planes": np.ascontiguousarray(planes, np.float32)[None]}
        for number, layer in enumerate(self._architecture.layers, start=1):
            if _pads(layer):
                inputs[f"pads{number}"] = _onnx_pads(layer.kernel // 2, edges)
        return np.asarray(self._session.run(None, inputs)[0])[0]


def build_graph(weights: Weights) -> bytes:
    """A serialised ONNX model: ``planes`` (1, C, h, w) -> ``result``, valid convolutions.

    Each layer with a border of its own has a Pad node before it whose widths are an input, ``pads1`` and so
    on: int64 (8,), as ONNX orders them.
    """
    from onnx import TensorProto, helper, numpy_helper

    channels = weights.architecture.channels
    inputs = [helper.make_tensor_value_info("planes", TensorProto.FLOAT, [1, channels, "height", "width"])]
    result = helper.make_tensor_value_info("result", TensorProto.FLOAT, [1, channels, "rows", "columns"])
    nodes, constants, current = [], [], "planes"
    layers = zip(weights.architecture.layers, weights.kernels, weights.biases, strict=True)
    for number, (layer, kernel, bias) in enumerate(layers, start=1):
        if _pads(layer):
            mode = "constant" if layer.border == "zero" else "edge"
            inputs.append(helper.make_tensor_value_info(f"pads{number}", TensorProto.INT64, [8]))
            nodes.append(helper.make_node("Pad", [current, f"pads{number}"], [f"padded{number}"], mode=mode))
            current = f"padded{number}"
        constants.append(numpy_helper.from_array(np.ascontiguousarray(kernel), f"conv{number}.weight"))
        constants.append(numpy_helper.from_array(np.ascontiguousarray(bias), f"conv{number}.bias"))
        last = number == len(weights.kernels)
        convolved = "result" if last else f"conv{number}"
        names = [current, f"conv{number}.weight", f"conv{number}.bias"]
        nodes.append(helper.make_node("Conv", names, [convolved], kernel_shape=[layer.kernel, layer.kernel]))
        if not last:
            nodes.append(helper.make_node("Relu", [convolved], [f"relu{number}"]))
            current = f"relu{number}"
    graph = helper.make_graph(nodes, weights.architecture.name, inputs, [result], constants)
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION).SerializeToString()


def _pads(layer: Layer) -> bool:
    return layer.border != "valid" and layer.kernel > 1


def _onnx_pads(amount: int, edges: Edges) -> np.ndarray:
    (top, bottom), (left, right) = side_widths(amount, edges)
    return np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
