"""Keras files: order and padding from the graph where there is one."""

from typing import Any

import numpy as np
import pytest

from srcnn.errors import WeightsError
from srcnn.weight_formats import export_weights, import_weights
from srcnn.weights import Weights

h5py = pytest.importorskip("h5py")


def arrays(weights: Weights, names: list[str]) -> dict[str, Any]:
    kernels = [np.ascontiguousarray(k.transpose(2, 3, 1, 0)) for k in weights.kernels]
    return dict(zip(names, zip(kernels, weights.biases, strict=True), strict=True))


def layer(name: str, kind: str = "Conv2D", source: str | None = None, **settings: Any) -> dict[str, Any]:
    config = {
        "name": name,
        **({"padding": "same", "activation": "relu"} if kind == "Conv2D" else {}),
        **settings,
    }
    return {"class_name": kind, "config": config, "inbound_nodes": [[[source, 0, 0, {}]]] if source else []}


def keras3(source: str) -> list[Any]:
    tensor = {
        "class_name": "__keras_tensor__",
        "config": {"keras_history": [source, 0, 0], "dtype": "float32"},
    }
    return [{"args": [tensor], "kwargs": {}}]


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


def functional(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Functional", "config": {"name": "f", "layers": list(layers)}}


@pytest.mark.parametrize(("count", "size", "kind"), [(5, 9_000_000, "f8"), (1, 1_000_000, "S300")])
def test_arrays_that_are_claimed_and_not_held(tmp_path, count, size, kind):
    with h5py.File(tmp_path / "claims.h5", "w") as file:
        for number in range(count):
            file.create_dataset(f"conv/{number}", (size,), kind)
    with pytest.raises(WeightsError, match="expected arrays of up to 268,435,456 bytes, got more"):
        import_weights(tmp_path / "claims.h5")


NAMES = ["conv2d", "conv2d_1", "conv2d_2"]
LINEAR = {"activation": "linear"}
CHAIN = [layer("in", "InputLayer"), layer("conv2d"), layer("conv2d_1"), layer("conv2d_2", **LINEAR)]


def borders(weights: Weights) -> list[str]:
    return [layer.border for layer in weights.architecture.layers]


def test_weights_alone_in_the_listed_order(h5_file, tiny_weights):
    weights = tiny_weights("9-1-5", border="zero")
    found = arrays(weights, ["patches", "mapping", "end"])
    path = h5_file({**found, "act": ()}, names=["patches", "act", "mapping", "end"])
    assert import_weights(path).digest == weights.digest


def test_weights_alone_without_a_list_go_by_number(h5_file, tiny_weights):
    weights = tiny_weights("3-1-1-1-1-3", widths=(4, 3, 3, 3, 3), border="zero")
    names = ["conv2d", "conv2d_2", "conv2d_7", "conv2d_9", "conv2d_10", "conv2d_11"]
    assert import_weights(h5_file(arrays(weights, names), name="w.hdf5")).digest == weights.digest


def test_shuffled_weights_without_a_graph_are_refused(h5_file, tiny_weights):
    found = arrays(tiny_weights(), NAMES)
    with pytest.raises(
        WeightsError, match=r"layers in their order, got conv2d_1 .* before conv2d .*shuffled"
    ):
        import_weights(h5_file(found, names=["conv2d_1", "conv2d", "conv2d_2"]))


@pytest.mark.parametrize(
    "config",
    [
        sequential(*CHAIN),
        {"class_name": "Sequential", "config": CHAIN[1:]},  # Keras up to 2.2
        functional(
            layer("conv2d_2", source="relu", **LINEAR),
            layer("relu", "ReLU", source="conv2d_1"),
            layer("conv2d_1", source="conv2d", **LINEAR),
            layer("in", "InputLayer"),
            layer("conv2d", source="in"),
        ),
        functional(
            layer("in", "InputLayer"),
            layer("conv2d_2", **LINEAR) | {"inbound_nodes": keras3("conv2d_1")},
            layer("conv2d_1") | {"inbound_nodes": keras3("conv2d")},
            layer("conv2d") | {"inbound_nodes": keras3("in")},
        ),
    ],
    ids=["sequential", "old sequential", "functional", "functional of Keras 3"],
)
def test_shuffled_weights_are_put_in_the_order_of_the_graph(h5_file, tiny_weights, config):
    weights = tiny_weights("9-1-5", border="zero")
    shuffled = dict(reversed(arrays(weights, NAMES).items()))
    read = import_weights(h5_file(shuffled, config=config, names=list(shuffled)))
    assert read.digest == weights.digest


def test_padding_is_read_from_the_graph_and_an_option_overrides_it(h5_file, tiny_weights):
    weights = tiny_weights("9-1-5")
    config = sequential(
        layer("conv2d", padding="valid"), CHAIN[2], layer("conv2d_2", padding="valid", **LINEAR)
    )
    path = h5_file(arrays(weights, NAMES), config=config, names=NAMES)
    assert borders(import_weights(path)) == ["valid", "zero", "valid"]
    assert borders(import_weights(path, origin="keras")) == ["valid", "zero", "valid"]
    assert borders(import_weights(path, border="replicate")) == ["replicate"] * 3


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (sequential(CHAIN[1], layer("bn", "BatchNormalization"), *CHAIN[2:]), "got BatchNormalization in it"),
        (sequential(layer("conv2d", strides=[2, 2]), *CHAIN[2:]), "stride 1"),
        (sequential(layer("conv2d", padding="causal"), *CHAIN[2:]), "got 'causal'"),
        (sequential(layer("conv2d", activation="tanh"), *CHAIN[2:]), "ReLU as the activation, got tanh"),
        (sequential(layer("conv2d", **LINEAR), *CHAIN[2:]), "a ReLU between conv2d and conv2d_1"),
        (sequential(*CHAIN[1:3], layer("r", "ReLU", negative_slope=0.1), CHAIN[3]), "leaks or saturates"),
        (sequential(*CHAIN[:3]), "expected the arrays of conv2d, conv2d_1 as the graph says"),
        (
            functional(
                layer("in", "InputLayer"),
                layer("conv2d", source="in"),
                layer("conv2d_1", source="conv2d"),
                layer("conv2d_2", source="conv2d_1", **LINEAR),
                {
                    "class_name": "Add",
                    "config": {"name": "add"},
                    "inbound_nodes": [[["in", 0, 0, {}], ["conv2d_2", 0, 0, {}]]],
                },
            ),
            "got add with several inputs",
        ),
        ({"class_name": "Sequential"}, "broken or truncated"),
        ([], "broken or truncated"),
    ],
)
def test_graphs_of_other_networks_are_refused(h5_file, tiny_weights, config, message):
    path = h5_file(arrays(tiny_weights(), NAMES), config=config, names=NAMES)
    with pytest.raises(WeightsError, match=message):
        import_weights(path)


def test_layers_of_other_networks_are_refused(h5_file, tiny_weights):
    found = arrays(tiny_weights(), NAMES)
    with pytest.raises(WeightsError, match=r"one kernel and its bias in dense, got \(4, 4\)"):
        import_weights(h5_file({**found, "dense": (np.zeros((4, 4)),)}))
    with pytest.raises(WeightsError, match="a group for the layer gone"):
        import_weights(h5_file(found, names=[*NAMES, "gone"]))


@pytest.mark.parametrize("border", ["zero", "valid", "replicate"])
def test_written_model(tmp_path, tiny_weights, border):
    weights = tiny_weights("9-1-5", border=border)
    done = export_weights(weights, tmp_path / "net.h5")
    read = import_weights(done.path)
    assert [k.tobytes() for k in read.kernels] == [k.tobytes() for k in weights.kernels]
    assert [b.tobytes() for b in read.biases] == [b.tobytes() for b in weights.biases]
    assert borders(read) == ["zero" if border == "zero" else "valid"] * 3
    assert any("repeat the picture's edge by 6 pixels" in note for note in done.notes) == (border != "zero")


def test_a_heap_that_the_library_would_read_without_end(tmp_path, tiny_weights):
    path = export_weights(tiny_weights("9-1-5", border="zero"), tmp_path / "net.h5").path
    content = bytearray(path.read_bytes())
    first = content.index(b"GCOL\1\0\0\0") + 16
    content[first : first + 16] = bytes(16)  # an object that is free space and has no size
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="broken or truncated"):
        import_weights(path)
