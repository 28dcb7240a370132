"""What benchmarks of engines share: a plane, and the network as its formula and as a plain export."""

from typing import Any

import numpy as np

from srcnn.convolution import convolve
from srcnn.types import Float64, Planes
from srcnn.weights import Weights


def plane(channels: int, height: int, width: int) -> Planes:
    """(C, height, width) float32 in [0, 1]: rings, an edge and noise."""
    rows, columns = np.ogrid[:height, :width]
    rings = 0.5 + 0.4 * np.cos((rows**2 + columns**2) / 900) + np.where(columns > rows, 0.05, -0.05)
    noise = np.random.default_rng(0).normal(0, 0.01, (channels, height, width))
    return np.clip(rings + noise, 0, 1).astype(np.float32)


def padded(planes: Planes, weights: Weights) -> Planes:
    """Planes with their edge repeated by what the network consumes."""
    halo = weights.architecture.halo
    return np.pad(planes, ((0, 0), (halo, halo), (halo, halo)), mode="edge")


def in_float64(weights: Weights, planes: Planes) -> Float64:
    """The network as its formula reads."""
    x = padded(planes, weights).astype(np.float64)
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True), start=1):
        matrix = kernel.astype(np.float64).reshape(len(kernel), -1)
        x = convolve(x, matrix, bias.astype(np.float64)[:, None], kernel.shape[-1])
        x = np.maximum(x, 0) if number < len(weights.kernels) else x
    return x


def onnx_model(weights: Weights, shape: list[Any]) -> bytes:
    """The network as anybody would export it: valid convolutions with ReLUs between."""
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, current = [], [], "input"
    count = len(weights.kernels)
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True), start=1):
        names = [f"weight{number}", f"bias{number}"]
        constants += [
            numpy_helper.from_array(np.array(x), n) for x, n in zip((kernel, bias), names, strict=True)
        ]
        result = "output" if number == count else f"conv{number}"
        nodes.append(helper.make_node("Conv", [current, *names], [result], kernel_shape=kernel.shape[2:]))
        current = result
        if number < count:
            nodes.append(helper.make_node("Relu", [result], [f"relu{number}"]))
            current = f"relu{number}"
    given, result = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ends)
        for name, ends in (("input", shape), ("output", [*shape[:2], "rows", "columns"]))
    )
    graph = helper.make_graph(nodes, "srcnn", [given], [result], constants)
    opset = helper.make_opsetid("", 13)
    return helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
