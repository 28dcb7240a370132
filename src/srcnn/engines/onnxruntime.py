"""The engine onnxruntime: on the processor, in float32.

**Neighbours as channels.** onnxruntime computes output channels by whole vectors, 8 or 16 at a time, so a
last layer of one channel costs as much as one of 16. Networks whose layers are all ``valid`` therefore
compute `NEIGHBOURS` pixels of a row as so many channels of one strided convolution: the kernel shifted by 0,
1, 2 ... columns in a frame of zeros. The sums are the same, term by term (the zeros add nothing). Eight
pixels then take k * (k + 7) vectors of 8 an input channel instead of 8 * k * k with one place of 8 in use: 60
instead of 200 for a last layer of 5.
"""

import importlib.util
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.arch import Architecture, Layer
from srcnn.borders import input_margin, pad, side_widths
from srcnn.engines.base import check_planes
from srcnn.errors import MissingExtraError
from srcnn.system import usable_cores
from srcnn.tiling import Edges
from srcnn.types import Array, Float32, Planes
from srcnn.weights import Weights

OPSET, IR_VERSION = 13, 8
"""Old enough for every onnxruntime that the package accepts: newer onnx packages write newer versions."""
NEIGHBOURS = 8


def has_onnxruntime() -> bool:
    """Whether the packages of the extra ``onnx`` are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("onnx", "onnxruntime"))


class OnnxruntimeEngine:
    """Runs a network with onnxruntime; see `srcnn.engines.base.Engine`.

    Raises:
        MissingExtraError: onnxruntime or onnx is not installed.
    """

    name = "onnxruntime"
    whole_tiles = False

    def __init__(self, weights: Weights, threads: int | None = None) -> None:
        if not has_onnxruntime():
            raise MissingExtraError("the engine onnxruntime", "onnx")
        import onnxruntime

        self._architecture = weights.architecture
        self.halo = weights.architecture.halo
        self._neighbours = _neighbours(weights.architecture)
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
        columns = planes.shape[2] - 2 * self._architecture.halo
        # Columns to fill the last group of neighbours, cut off again below.
        planes = pad(planes, -columns % self._neighbours, Edges(False, False, False, right=True), "zero")
        inputs: dict[str, Array] = {"planes": np.ascontiguousarray(planes, np.float32)[None]}
        for number, layer in enumerate(self._architecture.layers, start=1):
            if _pads(layer):
                inputs[f"pads{number}"] = _onnx_pads(layer.kernel // 2, edges)
        result = np.asarray(self._computed(inputs))[0]
        if self._neighbours == 1:
            return result
        _, rows, groups = result.shape
        apart = result.reshape(self._neighbours, -1, rows, groups).transpose(1, 2, 3, 0)
        return np.ascontiguousarray(apart.reshape(-1, rows, groups * self._neighbours)[:, :, :columns])

    def _computed(self, inputs: dict[str, Array]) -> Any:
        try:
            return self._session.run(None, inputs)[0]
        except Exception as error:  # onnxruntime has no class of its own for it
            if "alloc" in str(error).lower():
                raise MemoryError(str(error)) from error
            raise


def build_graph(weights: Weights) -> bytes:
    """A serialised ONNX model: ``planes`` (1, C, h, w) -> ``result``, valid convolutions.

    Each layer with a border of its own has a Pad node before it whose widths are an input, ``pads1`` and so
    on: int64 (8,), as ONNX orders them. Without such layers ``result`` is (1, NEIGHBOURS * C, h', w' /
    NEIGHBOURS): pixel j of each group of neighbours lies in channels j * C and following.
    """
    from onnx import TensorProto, helper, numpy_helper

    channels, neighbours = weights.architecture.channels, _neighbours(weights.architecture)
    inputs = [helper.make_tensor_value_info("planes", TensorProto.FLOAT, [1, channels, "height", "width"])]
    result_shape = [1, channels * neighbours, "rows", "groups"]
    result = helper.make_tensor_value_info("result", TensorProto.FLOAT, result_shape)
    nodes, constants, current = [], [], "planes"
    layers = zip(weights.architecture.layers, weights.kernels, weights.biases, strict=True)
    for number, (layer, kernel, bias) in enumerate(layers, start=1):
        last = number == len(weights.kernels)
        if _pads(layer):
            mode = "constant" if layer.border == "zero" else "edge"
            inputs.append(helper.make_tensor_value_info(f"pads{number}", TensorProto.INT64, [8]))
            nodes.append(helper.make_node("Pad", [current, f"pads{number}"], [f"padded{number}"], mode=mode))
            current = f"padded{number}"
        stride = 1
        if last:
            kernel, bias, stride = _shifted(kernel, neighbours), np.tile(bias, neighbours), neighbours
        constants.append(numpy_helper.from_array(np.ascontiguousarray(kernel), f"conv{number}.weight"))
        constants.append(numpy_helper.from_array(np.ascontiguousarray(bias), f"conv{number}.bias"))
        names = [current, f"conv{number}.weight", f"conv{number}.bias"]
        current = "result" if last else f"conv{number}"
        nodes.append(
            helper.make_node("Conv", names, [current], kernel_shape=kernel.shape[2:], strides=[1, stride])
        )
        if not last:
            nodes.append(helper.make_node("Relu", [current], [f"relu{number}"]))
            current = f"relu{number}"
    graph = helper.make_graph(nodes, weights.architecture.name, inputs, [result], constants)
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION).SerializeToString()


def _neighbours(architecture: Architecture) -> int:
    # A layer that pads its right edge itself would have to pad before the columns that fill a group.
    return 1 if any(_pads(layer) for layer in architecture.layers) else NEIGHBOURS


def _shifted(kernel: Float32, count: int) -> Float32:
    """(out, in, k, k) -> (count * out, in, k, k + count - 1): the kernel at each of ``count`` columns."""
    out, inputs, k, _ = kernel.shape
    shifted = np.zeros((count, out, inputs, k, k + count - 1), np.float32)
    for column in range(count):
        shifted[column, ..., column : column + k] = kernel
    return shifted.reshape(count * out, inputs, k, -1)


def _pads(layer: Layer) -> bool:
    return layer.border != "valid" and layer.kernel > 1


def _onnx_pads(amount: int, edges: Edges) -> npt.NDArray[np.int64]:
    (top, bottom), (left, right) = side_widths(amount, edges)
    return np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
