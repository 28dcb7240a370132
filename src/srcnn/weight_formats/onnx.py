"""ONNX: the network with its border rule inside, for any runtime.

Input ``planes`` and output ``result`` are (batch, channels, height, width) float32, 1.0 for level 255, with
batch, height and width of any size. Plain nodes for any compiler to read: a Conv and a Relu for each layer, a
Pad where edges are repeated. The engine's own graph is arranged for one runtime, and tile by tile.
"""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.borders import input_margin
from srcnn.engines import create_engine
from srcnn.engines.onnxruntime import IR_VERSION, OPSET, has_onnxruntime
from srcnn.errors import MissingExtraError, WeightsError
from srcnn.tiling import Edges
from srcnn.weights import Weights

TOLERANCE = 1e-5
"""Largest difference from the NumPy engine at which a file is written, for inputs in [0, 1]."""

_SIZES = ((1, 23, 31), (2, 40, 17))
"""Batch, height and width of what a file is checked on: two of each, so that all are seen to be free."""

_WORDS = {"y": "Y", "ycbcr": "Y, Cb, Cr", "rgb": "R, G, B"}
_WHOLE = Edges(True, True, True, True)


def write(weights: Weights) -> bytes:
    """A serialised ONNX model with the card and the architecture in its metadata.

    Args:
        weights: with an input range of 1 (see `srcnn.weight_formats.exporter.to_unit_range`).

    Raises:
        MissingExtraError: onnx or onnxruntime, which the file is checked with, is not installed.
    """
    if not has_onnxruntime():
        raise MissingExtraError("writing ONNX files", "onnx")
    import onnx.checker
    from onnx import TensorProto, helper

    nodes, constants = _nodes(weights)
    shape = ["batch", weights.architecture.channels, "height", "width"]
    planes, result = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("planes", "result")
    )
    graph = helper.make_graph(nodes, weights.architecture.name, [planes], [result], constants)
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="srcnn",
        doc_string=f"SRCNN {weights.architecture.name}: {_WORDS[weights.card.color]} of an enlarged picture "
        "in, the same size out; 1.0 is level 255",
    )
    described = {"card": asdict(weights.card), "architecture": asdict(weights.architecture)}
    helper.set_model_props(model, {f"srcnn.{key}": json.dumps(value) for key, value in described.items()})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _nodes(weights: Weights) -> tuple[list[Any], list[Any]]:
    """Nodes from ``planes`` to ``result``, and the arrays they use."""
    from onnx import helper, numpy_helper

    nodes, constants, current = [], [], "planes"

    def widened(amount: int, name: str) -> str:
        """``current`` with its edge repeated."""
        if not amount:
            return current
        constants.append(numpy_helper.from_array(_pads(amount), f"{name}.pads"))
        nodes.append(helper.make_node("Pad", [current, f"{name}.pads"], [name], mode="edge"))
        return name

    # What the layers that pad nothing take away is added once, at the input.
    current = widened(input_margin(weights.architecture), "widened")
    layers = zip(weights.architecture.layers, weights.kernels, weights.biases, strict=True)
    for number, (layer, kernel, bias) in enumerate(layers, start=1):
        radius, last = layer.kernel // 2, number == len(weights.kernels)
        if layer.border == "replicate":
            current = widened(radius, f"widened{number}")
        names = [f"conv{number}.weight", f"conv{number}.bias"]
        for name, array in zip(names, (kernel, bias), strict=True):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        convolved = "result" if last else f"conv{number}"
        pads = [radius if layer.border == "zero" else 0] * 4
        size = [layer.kernel, layer.kernel]
        nodes.append(helper.make_node("Conv", [current, *names], [convolved], kernel_shape=size, pads=pads))
        if not last:
            nodes.append(helper.make_node("Relu", [convolved], [f"relu{number}"]))
        current = f"relu{number}"
    return nodes, constants


def _pads(amount: int) -> npt.NDArray[np.int64]:
    return np.array([0, 0, amount, amount, 0, 0, amount, amount], np.int64)


def check(content: bytes, weights: Weights) -> float:
    """Run a file with onnxruntime beside the NumPy engine; the largest difference.

    Raises:
        WeightsError: more than `TOLERANCE`, or another size out than in.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    engine = create_engine(weights, "numpy")
    rng = np.random.default_rng(0)
    worst = 0.0
    for batch, height, width in _SIZES:
        planes = rng.random((batch, weights.architecture.channels, height, width), np.float32)
        expected = np.stack([engine.run(picture, _WHOLE) for picture in planes])
        result = np.asarray(session.run(None, {"planes": planes})[0])
        if result.shape != planes.shape:
            raise WeightsError(f"expected {planes.shape} out of the ONNX file, got {result.shape}")
        worst = max(worst, float(np.abs(result - expected).max()))
    if not worst <= TOLERANCE:
        raise WeightsError(
            f"expected the ONNX file to give the NumPy engine's values to {TOLERANCE:g}, got {worst:g} apart"
        )
    return worst
