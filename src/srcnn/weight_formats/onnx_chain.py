"""ONNX in: a chain of Conv and Relu, with the padding that each convolution is given.

Read are this package's own exports, with their card, and those of PyTorch and others where the graph is a
plain chain. Arrays that PyTorch puts into a file beside the graph are read from there. Nothing is run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from srcnn.color import CHANNELS, LUMA_RANGES
from srcnn.errors import MissingExtraError, SrcnnError, UsageError, WeightsError
from srcnn.types import Array
from srcnn.weight_formats.layers import NOT_SRCNN, RawLayer, RawNetwork, border_of_padding
from srcnn.weight_formats.onnx_constants import Constants
from srcnn.weights import is_described, read_description

_MOST_NODES = 100
_IGNORED = ("Identity", "Dropout")
_LAYOUTS = ([0, 3, 1, 2], [0, 2, 3, 1])
"""What a network of Keras has before and after its convolutions: rows first to planes first, and back."""


class _Convolution(NamedTuple):
    """A layer, and the pixels of zeros and of repeated edge that its input is padded by."""

    name: str
    kernel: Array
    bias: Array | None
    zeros: int
    edges: int


def read(content: bytes, folder: Path | None = None) -> RawNetwork:
    """Layers in the order of the graph, with what it says about borders.

    Args:
        content: the file.
        folder: where the files lie that the model names for its arrays.

    Raises:
        WeightsError: no ONNX model, a broken one, or a graph that is no chain of convolutions and ReLUs.
        MissingExtraError: onnx is not installed.
    """
    try:
        import onnx
        from onnx.external_data_helper import load_external_data_for_model
    except ImportError as error:
        raise MissingExtraError("reading ONNX files", "onnx") from error
    try:
        model = onnx.load_model_from_string(content)
        if folder is not None:
            load_external_data_for_model(model, str(folder))
        constants = Constants(model.graph)
        layers, notes = _layers(_chain(model.graph), constants)
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        return _with_card(RawNetwork(layers, notes), metadata)
    except SrcnnError:
        raise
    except Exception as error:  # broken bytes bring errors of every kind out of protobuf and NumPy
        raise WeightsError(
            "expected a whole ONNX model with its arrays, got a broken or truncated one, or one without "
            "the .data file beside it"
        ) from error


def _chain(graph: Any) -> list[Any]:
    """Nodes from the graph's input to its output.

    Raises:
        WeightsError: several inputs or outputs, or a value that more than one node takes.
    """
    arrays = {array.name for array in graph.initializer}
    inputs = [value.name for value in graph.input if value.name not in arrays]
    takers: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            takers.setdefault(name, []).append(node)
    if len(inputs) != 1 or len(graph.output) != 1:
        raise WeightsError(
            f"expected an ONNX model with one input and one output, got {len(inputs)} and "
            f"{len(graph.output)}; {NOT_SRCNN}"
        )
    current, chain = inputs[0], []
    while current != graph.output[0].name:
        following = takers.get(current, [])
        if len(following) != 1 or following[0].input[0] != current or len(chain) == _MOST_NODES:
            kinds = " and ".join(node.op_type for node in following[:4]) or "nothing"
            raise WeightsError(f"expected one chain of nodes, got {kinds} after {current[:60]}; {NOT_SRCNN}")
        chain.append(following[0])
        current = following[0].output[0]
    return chain


def _layers(chain: Sequence[Any], constants: Constants) -> tuple[list[RawLayer], tuple[str, ...]]:
    found: list[_Convolution] = []
    after: list[str] = []  # kinds of nodes since the last convolution
    padding = (0, 0)
    for node in chain:
        kind = node.op_type
        if kind == "Conv":
            if found and after not in (["Relu"], ["Relu", "Pad"]):
                raise WeightsError(
                    f"expected a ReLU between {found[-1].name} and the next convolution, got "
                    f"{' and '.join(after) or 'none'}; {NOT_SRCNN}"
                )
            found.append(_convolution(node, f"layer {len(found) + 1}", constants, padding))
            after, padding = [], (0, 0)
        elif kind == "Pad":
            padding = constants.padding(node)
            after.append(kind)
        elif kind in ("Relu", "Clip"):
            after.append(kind)
        elif kind not in _IGNORED and not _is_layout(node, constants):
            raise WeightsError(f"expected convolutions and ReLUs alone, got {kind}; {NOT_SRCNN}")
    if "Pad" in after:
        raise WeightsError(f"expected no Pad after the last convolution, got one; {NOT_SRCNN}")
    notes = (f"left out: {' and '.join(after)} after the last layer",) if after else ()
    return _with_borders(found), notes


def _is_layout(node: Any, constants: Constants) -> bool:
    return node.op_type == "Transpose" and constants.attributes(node).get("perm") in _LAYOUTS


def _convolution(node: Any, name: str, constants: Constants, padding: tuple[int, int]) -> _Convolution:
    name = node.input[1].removesuffix(".weight") or name
    kernel = constants.floats(node.input[1])
    bias = constants.floats(node.input[2]) if len(node.input) > 2 and node.input[2] else None
    settings = constants.attributes(node)
    odd = {
        key: settings[key]
        for key in ("strides", "dilations", "group")
        if settings.get(key, 1) not in (1, [1, 1])
    }
    if odd or kernel.ndim != 4:
        raise WeightsError(
            f"expected a convolution in two dimensions of stride, dilation and group 1 in {name}, got "
            f"{odd or kernel.shape}; {NOT_SRCNN}"
        )
    automatic = settings.get("auto_pad", b"NOTSET")
    pads = [kernel.shape[-1] // 2] * 4 if automatic.startswith(b"SAME") else settings.get("pads", [0] * 4)
    if len(set(pads)) != 1:
        raise WeightsError(f"expected the same padding on all sides of {name}, got {pads}")
    zeros, edges = padding[0] + pads[0], padding[1]
    if zeros and edges:
        raise WeightsError(f"expected one kind of padding before {name}, got zeros and repeated edges")
    return _Convolution(name, kernel, bias, zeros, edges)


def _with_borders(found: Sequence[_Convolution]) -> list[RawLayer]:
    """Layers with their borders; a wider margin before the first one stands for those that pad nothing."""
    bare = [one for one in found[1:] if not one.zeros and not one.edges]
    margin = sum(one.kernel.shape[-1] // 2 for one in (*found[:1], *bare))
    layers: list[RawLayer] = []
    for number, one in enumerate(found):
        radius = one.kernel.shape[-1] // 2
        if not number and one.edges > radius and one.edges == margin:
            border = "valid"
        elif one.edges not in (0, radius):
            raise WeightsError(f"expected {one.name} padded by {radius} pixels, got {one.edges}")
        elif one.edges:
            border = "replicate"
        else:
            border = border_of_padding(one.name, one.kernel.shape[-1], one.zeros) if radius else None
        layers.append(RawLayer(one.name, one.kernel, one.bias, border))
    return layers


def _with_card(network: RawNetwork, metadata: Mapping[str, str]) -> RawNetwork:
    """The network with the card and the borders that this package wrote beside it, if it did."""
    if not is_described(metadata):
        return network
    try:
        architecture, card = read_description(metadata)
    except UsageError as error:
        raise WeightsError(str(error)) from error
    fits = CHANNELS.get(card.color) == architecture.channels  # type: ignore[call-overload]
    if not fits or card.luma_range not in LUMA_RANGES or card.input_range != 1:
        raise WeightsError(
            f"expected a card for {architecture.channels} plane(s) of 0 to 1, got {card.color!r}, "
            f"{card.luma_range!r}, {card.input_range!r}; export the network again"
        )
    shapes = [layer.kernel.shape for layer in network.layers]
    if shapes != list(architecture.weight_shapes):
        raise WeightsError(f"expected the arrays of {architecture.name} as its card says, got {shapes}")
    pairs = zip(network.layers, architecture.layers, strict=True)
    layers = [replace(layer, border=described.border) for layer, described in pairs]
    return replace(network, layers=layers, card=card)
