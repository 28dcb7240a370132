"""The numbers in an ONNX graph: stored ones, and those that PyTorch's older exporter computes to pad by."""

from typing import Any

import numpy as np

from srcnn.errors import WeightsError
from srcnn.types import Array, Floats
from srcnn.weight_formats.layers import MOST_VALUES

_MOST_COMPUTED = 64
"""Numbers in an array that a graph computes."""
_MOST_STEPS = 32
_COMPUTED = ("Cast", "Concat", "ConstantOfShape", "Identity", "Reshape", "Slice", "Transpose", "Unsqueeze")
_MODES = (b"constant", b"edge")


class Constants:
    """Arrays by name.

    Args:
        graph: an ONNX GraphProto.
    """

    def __init__(self, graph: Any) -> None:
        self._stored = {tensor.name: tensor for tensor in graph.initializer}
        self._nodes = {name: node for node in graph.node for name in node.output}

    def attributes(self, node: Any) -> dict[str, Any]:
        """Attributes of a node by name: numbers, lists of numbers, bytes, or tensors."""
        from onnx import helper

        return {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}

    def floats(self, name: str) -> Floats:
        """A kernel or a bias.

        Raises:
            WeightsError: not stored in the file, or no floats.
        """
        array = self.array(name)
        if array.dtype.kind in "iub":
            raise WeightsError(
                f"expected floats in {name}, got {array.dtype}; quantised weights are not read"
            )
        return array if array.dtype in (np.float16, np.float32, np.float64) else array.astype(np.float32)

    def array(self, name: str, steps: int = 0) -> Array:
        """Any array that does not depend on the graph's input.

        Raises:
            WeightsError: there is none, it is too large, or nodes compute it that padding does not need.
        """
        from onnx import numpy_helper

        tensor, node = self._stored.get(name), self._nodes.get(name)
        if tensor is None and node is not None and node.op_type == "Constant":
            settings = self.attributes(node)
            if "value" not in settings:
                return np.asarray(next(iter(settings.values())))
            tensor = settings["value"]
        if tensor is not None:
            size = int(np.prod(tensor.dims, dtype=object))
            if not 0 <= size <= MOST_VALUES:
                raise WeightsError(f"expected up to {MOST_VALUES:,} values in {name}, got {size:,}")
            return numpy_helper.to_array(tensor)
        if node is None or node.op_type not in _COMPUTED or steps == _MOST_STEPS or "" in node.input:
            raise WeightsError(
                f"expected the array {name} in the file, got none; export the network in float32"
            )
        return self._computed(node, [self.array(source, steps + 1) for source in node.input])

    def _computed(self, node: Any, inputs: list[Array]) -> Array:
        from onnx.reference import ReferenceEvaluator

        sizes = [array.size for array in inputs]
        if node.op_type == "ConstantOfShape":
            sizes.append(int(np.prod(inputs[0], dtype=object)))
        if max(sizes) > _MOST_COMPUTED:
            raise WeightsError(f"expected up to {_MOST_COMPUTED} numbers to pad by, got {max(sizes):,}")
        (result,) = ReferenceEvaluator(node).run(None, dict(zip(node.input, inputs, strict=True)))
        return np.asarray(result)

    def padding(self, node: Any) -> tuple[int, int]:
        """Pixels of zeros and of repeated edge that a Pad adds on each side of a picture.

        Raises:
            WeightsError: another mode, another value, or sides that differ.
        """
        settings = self.attributes(node)
        mode = settings.get("mode", b"constant")
        given = [*node.input[1:], "", "", ""]
        pads = list(settings.get("pads", [])) or self.array(given[0]).ravel().tolist()
        value = self.array(given[1]).ravel().tolist() if given[1] else [settings.get("value", 0)]
        axes = self.array(given[2]).ravel().tolist() if given[2] else list(range(len(pads) // 2))
        sides = dict.fromkeys(range(4), (0, 0))
        sides.update(
            zip((axis % 4 for axis in axes), zip(pads, pads[len(axes) :], strict=False), strict=False)
        )
        amounts = {*sides[2], *sides[3]}
        if mode not in _MODES or {*sides[0], *sides[1]} != {0} or len(amounts) != 1 or min(amounts) < 0:
            raise WeightsError(
                f"expected a Pad by zeros or by the edge, as wide on all sides, got {mode.decode()} {pads}"
            )
        if mode == b"constant" and any(value):
            raise WeightsError(f"expected a Pad by zeros, got {value}")
        amount = int(amounts.pop())
        return (amount, 0) if mode == b"constant" else (0, amount)
