"""The graph in a Keras file's ``model_config``: which convolutions, in what order, padded how.

Only a plain chain is read: an input, convolutions of stride 1, ReLUs. Keras 2 and 3 write the connections of
a functional model differently; both name the layers that a layer takes its input from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from srcnn.arch import Border
from srcnn.errors import WeightsError
from srcnn.formats.network import NOT_SRCNN

_BORDERS: Mapping[str, Border] = {"same": "zero", "valid": "valid"}
_RELU, _NONE = "relu", "linear"


@dataclass(frozen=True)
class LayerFacts:
    """One convolution of the graph; ``border`` is ``zero`` for Keras' ``same``."""

    name: str
    border: Border


def read_graph(config: Mapping[str, Any]) -> list[LayerFacts]:
    """Convolutions in the order in which the network applies them.

    Raises:
        WeightsError: anything but a chain of convolutions with a ReLU between them.
        KeyError, TypeError, ValueError: a config that is not Keras'.
    """
    described = config["config"]
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
