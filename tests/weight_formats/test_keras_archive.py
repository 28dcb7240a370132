"""Keras 3's ``.keras`` archives: as Keras writes them where it is installed, and laid out by hand."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.errors import WeightsError
from srcnn.model import Model
from srcnn.weight_formats import import_weights
from srcnn.weights import Weights

h5py = pytest.importorskip("h5py")
Write = Callable[..., Path]


def layer(name: str, **settings: Any) -> dict[str, Any]:
    config = {"name": name, "padding": "same", "activation": "relu", **settings}
    return {"class_name": "Conv2D", "config": config}


CHAIN = [layer("patches"), layer("mapping"), layer("end", activation="linear", padding="valid")]
SEQUENTIAL = {"class_name": "Sequential", "config": {"name": "s", "layers": CHAIN}}


@pytest.fixture
def archive(tmp_path: Path) -> Write:
    """Factory: archive(weights, config) -> path; arrays under classes and numbers, as Keras 3 has them."""

    def write(weights: Weights, config: Any = SEQUENTIAL) -> Path:
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            for n, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True)):
                group = file.create_group(f"layers/conv2d{f'_{n}' if n else ''}/vars")
                group["0"], group["1"] = kernel.transpose(2, 3, 1, 0), bias
            file.create_group("optimizer/vars")["0"] = np.array(3)
        with zipfile.ZipFile(tmp_path / "net_x3.keras", "w") as file:
            file.writestr("metadata.json", "{}")
            file.writestr("config.json", json.dumps(config))
            file.writestr("model.weights.h5", buffer.getvalue())
        return tmp_path / "net_x3.keras"

    return write


def borders(weights: Weights) -> list[str]:
    return [layer.border for layer in weights.architecture.layers]


def test_arrays_meet_the_graph_by_class_and_number(archive, tiny_weights):
    weights = tiny_weights("9-1-5", border="zero")
    read = import_weights(archive(weights))
    assert borders(read) == ["zero", "zero", "valid"]
    assert read.card.scale == 3
    assert [k.tobytes() for k in read.kernels] == [k.tobytes() for k in weights.kernels]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"class_name": "SRCNN", "config": {}}, r"got the class SRCNN, .* model\.save_weights"),
        (
            {**SEQUENTIAL, "config": {"layers": CHAIN[:2]}},
            "expected the arrays of patches, mapping as the graph",
        ),
        ({}, "broken or truncated"),
    ],
)
def test_graphs_that_are_none(archive, tiny_weights, config, message):
    with pytest.raises(WeightsError, match=message):
        import_weights(archive(tiny_weights("9-1-5"), config))


def test_an_archive_without_its_arrays_and_one_cut_short(archive, tiny_weights):
    path = archive(tiny_weights("9-1-5"))
    content = path.read_bytes()
    for length in (10, 400, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(WeightsError, match="broken or truncated") as caught:
            import_weights(path)
        assert "\n" not in str(caught.value)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps(SEQUENTIAL))
    with pytest.raises(WeightsError, match=r"expected a whole \.keras file"):
        import_weights(path)


def test_values_in_another_file_are_refused(archive, tiny_weights, tmp_path):
    (tmp_path / "other.bin").write_bytes(bytes(1000))
    path = tmp_path / "net.h5"
    with h5py.File(path, "w") as file:
        outside = file.create_group("layers/conv2d/vars")
        outside.create_dataset("0", (3, 3, 1, 4), "f4", external=[(tmp_path / "other.bin", 0, 144)])
    with pytest.raises(WeightsError, match="got the name of another one"):
        import_weights(path)


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5", ".h5"])
def test_what_keras_saves_computes_the_same(tmp_path, monkeypatch, suffix):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Conv2D(4, 9, padding="same", activation="relu"),
        keras.layers.Conv2D(3, 1, padding="same", activation="relu", name="mapping"),
        keras.layers.Conv2D(1, 5, padding="same"),
    ]
    network = keras.Sequential([keras.Input((None, None, 1)), *layers])
    path = tmp_path / f"net{suffix}"
    if "weights" in suffix:
        network.save_weights(path)
    else:
        network.save(path)
    planes = np.random.default_rng(0).random((20, 23), np.float32)
    theirs = keras.ops.convert_to_numpy(network(planes[None, ..., None]))[0, ..., 0]
    np.testing.assert_allclose(Model(import_weights(path), "numpy")(planes), theirs, atol=2e-6)
