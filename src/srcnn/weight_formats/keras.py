"""Keras' ``.h5`` and ``.hdf5``: weights alone, or a whole model with its ``model_config``.

Order of the layers: the graph in ``model_config``; without it the list ``layer_names``, which Keras writes in
the model's order; without that (Keras 3's ``.weights.h5``) the names by their numbers. Kernels are
(rows, columns, in, out), applied as correlation.

Of graphs only a plain chain is read: an input, convolutions of stride 1, ReLUs. Keras 2 and 3 write the
connections of a functional model differently; both name the layers that a layer takes its input from.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from srcnn.arch import Border
from srcnn.errors import MissingExtraError, SrcnnError, WeightsError
from srcnn.types import Array
from srcnn.weight_formats.array_names import natural
from srcnn.weight_formats.global_heap import check_heaps
from srcnn.weight_formats.layers import NOT_SRCNN, RawLayer, RawNetwork, check_room
from srcnn.weights import Weights

if TYPE_CHECKING:
    import h5py

_BORDERS: Mapping[str, Border] = {"same": "zero", "valid": "valid"}
_RELU, _NONE = "relu", "linear"
VERSION = "2.4.0"
"""The generation of Keras whose layout is written; later ones read it."""


@dataclass(frozen=True)
class LayerFacts:
    """One convolution of the graph; ``border`` is ``zero`` for Keras' ``same``."""

    name: str
    border: Border


def read(content: bytes) -> RawNetwork:
    """Layers in the order of the network.

    Raises:
        WeightsError: no HDF5 file, a truncated one, or a graph or arrays that no SRCNN has.
        MissingExtraError: h5py is not installed.
    """
    return read_parts(content, None)


def read_parts(content: bytes, config: Mapping[str, Any] | None) -> RawNetwork:
    """As `read`, with the graph given where it does not lie in the HDF5 file.

    Raises:
        WeightsError, MissingExtraError: as `read`.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("reading Keras files", "formats") from error
    check_heaps(content)
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return RawNetwork(_layers(file, config))
    except SrcnnError:
        raise
    except Exception as error:  # broken bytes bring errors of every kind out of the HDF5 library
        raise WeightsError("expected a whole HDF5 file of Keras, got a broken or truncated one") from error


def _layers(file: "h5py.File", config: Mapping[str, Any] | None) -> list[RawLayer]:
    datasets = {name: _datasets(group) for name, group in _groups(file).items()}
    # A file can claim a shape of any size for data that it does not hold.
    check_room(item.nbytes for items in datasets.values() for item in items)
    arrays = {name: found for name, items in datasets.items() if (found := _arrays(items))}
    if config is None and "model_config" in file.attrs:
        text = file.attrs["model_config"]
        config = json.loads(text if isinstance(text, bytes) else str(text))
    if config is None:
        return [_layer(name, found, None) for name, found in arrays.items()]
    graph = read_graph(config)
    if {fact.name for fact in graph} != set(arrays):
        arrays = _by_class(arrays, config)  # needs the layers that `read_graph` has found
    if {fact.name for fact in graph} != set(arrays):
        raise WeightsError(
            f"expected the arrays of {', '.join(fact.name for fact in graph)} as the graph says, "
            f"got {', '.join(arrays) or 'none'}"
        )
    return [_layer(fact.name, arrays[fact.name], fact) for fact in graph]


def _by_class(arrays: Mapping[str, list[Array]], config: Mapping[str, Any]) -> dict[str, list[Array]]:
    """Keras 3's conv2d, conv2d_1 ...: convolutions numbered as the model lists them, in whatever order."""
    described = config["config"]
    layers = described if isinstance(described, list) else described["layers"]
    names = [layer["config"]["name"] for layer in layers if layer["class_name"] == "Conv2D"]
    numbered = {f"conv2d_{n}" if n else "conv2d": name for n, name in enumerate(names)}
    return {numbered.get(name, name): found for name, found in arrays.items()}


def _groups(file: "h5py.File") -> dict[str, "h5py.Group"]:
    """Each layer's group by name, in the order that the file tells."""
    import h5py

    # A whole model keeps its weights apart from the optimiser's; Keras 3 keeps them under "layers".
    inner = (file.get(key) for key in ("model_weights", "layers", "_layer_checkpoint_dependencies"))
    root: h5py.Group = next((group for group in inner if isinstance(group, h5py.Group)), file)
    names = root.attrs.get("layer_names")
    if names is None:
        names = sorted(root.keys(), key=natural)
    groups = {}
    for name in (n.decode() if isinstance(n, bytes) else str(n) for n in np.ravel(names)):
        group = root.get(name)
        if not isinstance(group, h5py.Group):
            raise WeightsError(f"expected a group for the layer {name}, got none; the file is incomplete")
        groups[name] = group
    return groups


def _datasets(group: "h5py.Group") -> list["h5py.Dataset"]:
    """All arrays below a layer's group, not read yet."""
    import h5py

    found: list[h5py.Dataset] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            if item.external:
                raise WeightsError(f"expected the values of {name} in the file, got the name of another one")
            found.append(item)

    group.visititems(visit)
    return found


def _arrays(datasets: Sequence["h5py.Dataset"]) -> list[Array]:
    return [array for item in datasets if isinstance(array := item[()], np.ndarray)]


def _layer(name: str, arrays: list[Array], facts: LayerFacts | None) -> RawLayer:
    kernels = [a for a in arrays if a.ndim == 4]
    biases = [a for a in arrays if a.ndim == 1]
    floats = all(np.issubdtype(a.dtype, np.floating) for a in arrays)
    if len(kernels) != 1 or len(biases) > 1 or len(arrays) > 1 + len(biases) or not floats:
        shapes = ", ".join(f"{a.shape} {a.dtype}" for a in arrays)
        raise WeightsError(f"expected one kernel and its bias in {name}, got {shapes}; {NOT_SRCNN}")
    border = None if facts is None else facts.border
    return RawLayer(name, kernels[0].transpose(3, 2, 0, 1), biases[0] if biases else None, border)


def read_graph(config: Mapping[str, Any]) -> list[LayerFacts]:
    """Convolutions in the order in which the network applies them.

    Raises:
        WeightsError: anything but a chain of convolutions with a ReLU between them.
        KeyError, TypeError, ValueError: a config that is not Keras'.
    """
    described = config["config"]
    if isinstance(described, Mapping) and "layers" not in described:
        raise WeightsError(
            f"expected a Sequential or a functional model, got the class {str(config['class_name'])[:60]}, "
            "whose graph no file holds; save its arrays alone: model.save_weights('NAME.weights.h5')"
        )
    layers = described if isinstance(described, list) else described["layers"]
    if config["class_name"] != "Sequential":
        layers = _chained(layers)
    facts: list[LayerFacts] = []
    activated = True
    for layer in layers:
        kind, settings = layer["class_name"], layer["config"]
        if kind in ("Conv2D", "Convolution2D"):
            if not activated:
                raise WeightsError(
                    f"expected a ReLU between {facts[-1].name} and {settings['name']}, got none"
                )
            facts.append(_convolution(settings))
        elif kind not in ("InputLayer", "Activation", "ReLU"):
            raise WeightsError(f"expected a chain of convolutions, got {kind} in it; {NOT_SRCNN}")
        activated = _activation(kind, settings) == _RELU or (activated and kind == "InputLayer")
    return facts


def _activation(kind: str, settings: Mapping[str, Any]) -> str:
    if kind == "ReLU":
        # Leaky ones, and those with a ceiling or a threshold, have these settings at other values than 0.
        plain = not any(settings.get(key) for key in ("max_value", "negative_slope", "threshold"))
        name = _RELU if plain else "a ReLU that leaks or saturates"
    else:
        name = settings.get("activation", _NONE)
    if name not in (_RELU, _NONE):
        raise WeightsError(f"expected ReLU as the activation, got {str(name)[:60]}; {NOT_SRCNN}")
    return name


def _convolution(settings: Mapping[str, Any]) -> LayerFacts:
    name, padding = settings["name"], settings["padding"]
    odd = {
        key: settings[key]
        for key in ("strides", "dilation_rate", "groups")
        if settings.get(key, 1) not in (1, [1, 1])
    }
    if odd or padding not in _BORDERS:
        raise WeightsError(
            f"expected a convolution of stride 1, padded same or valid, in {name}, "
            f"got {odd or padding!r}; {NOT_SRCNN}"
        )
    return LayerFacts(name, _BORDERS[padding])


def _chained(layers: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Layers of a functional model from its input to its output, which may be listed in any order."""
    by_name = {layer["config"]["name"]: layer for layer in layers}
    before: dict[str, str] = {}
    for name, layer in by_name.items():
        sources = set(_sources(layer.get("inbound_nodes", []), set(by_name)))
        if len(sources) > 1:
            raise WeightsError(
                f"expected a chain of convolutions, got {name} with several inputs; {NOT_SRCNN}"
            )
        before.update((name, source) for source in sources)
    after = {source: name for name, source in before.items()}
    current: str | None = next((name for name in by_name if name not in before), None)
    chain: list[Mapping[str, Any]] = []
    while current is not None and len(chain) < len(layers):
        chain.append(by_name[current])
        current = after.get(current)
    if len(chain) != len(layers):
        raise WeightsError(f"expected one chain of {len(layers)} layers, got a branching graph; {NOT_SRCNN}")
    return chain


def _sources(node: Any, names: set[str]) -> Iterator[str]:
    """Names of layers in ``inbound_nodes``: [[[name, 0, 0, {}]]] in Keras 2, keras_history in Keras 3."""
    if isinstance(node, Mapping):
        for value in node.values():
            yield from _sources(value, names)
    elif isinstance(node, list):
        for value in node:
            yield from _sources(value, names)
    elif isinstance(node, str) and node in names:
        yield node


def write(weights: Weights) -> bytes:
    """A whole Sequential model in Keras 2's layout, which Keras 3 reads too.

    Keras knows no repeated edges: layers with the border ``zero`` say ``same``, all others ``valid``, and
    whoever runs them repeats the picture's edge by the halo first.

    Raises:
        MissingExtraError: h5py is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("writing .h5 files", "formats") from error
    buffer = io.BytesIO()
    names = [f"conv{n}" for n in range(1, len(weights.kernels) + 1)]
    with h5py.File(buffer, "w") as file:
        group = file.create_group("model_weights")
        for holder in (file, group):
            holder.attrs["keras_version"] = VERSION
            holder.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(_model_config(weights, names))
        group.attrs["layer_names"] = np.array([name.encode() for name in names])
        for name, kernel, bias in zip(names, weights.kernels, weights.biases, strict=True):
            layer = group.create_group(name)
            layer.attrs["weight_names"] = np.array([f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()])
            layer[f"{name}/kernel:0"] = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0))
            layer[f"{name}/bias:0"] = bias
    return buffer.getvalue()


def _model_config(weights: Weights, names: list[str]) -> dict[str, Any]:
    shape = [None, None, None, weights.architecture.channels]
    layers: list[dict[str, Any]] = [
        {
            "class_name": "InputLayer",
            "config": {"batch_input_shape": shape, "dtype": "float32", "name": "bicubic"},
        }
    ]
    for name, layer in zip(names, weights.architecture.layers, strict=True):
        config = {
            "name": name,
            "filters": layer.width,
            "kernel_size": [layer.kernel, layer.kernel],
            "strides": [1, 1],
            "padding": "same" if layer.border == "zero" else "valid",
            "data_format": "channels_last",
            "dilation_rate": [1, 1],
            "groups": 1,
            "activation": "linear" if name == names[-1] else "relu",
            "use_bias": True,
        }
        layers.append({"class_name": "Conv2D", "config": config})
    return {"class_name": "Sequential", "config": {"name": "srcnn", "layers": layers}}
