"""ONNX files, run by onnxruntime on sizes that the export did not try."""

import json
from dataclasses import replace

import numpy as np
import pytest

from srcnn.errors import WeightsError
from srcnn.model import Model
from srcnn.weight_formats import export_weights, onnx

onnxruntime = pytest.importorskip("onnxruntime")


def run(path, planes):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"planes": planes})[0]), session


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("border", ["zero", "valid", "replicate", "mixed"])
def test_any_batch_and_size_with_the_borders_inside(tmp_path, tiny_weights, border, channels):
    weights = tiny_weights("9-3-5", border="valid" if border == "mixed" else border, channels=channels)
    if border == "mixed":
        first, *rest = weights.architecture.layers
        layers = (first, *(replace(layer, border="zero") for layer in rest))
        weights = replace(weights, architecture=replace(weights.architecture, layers=layers))
    done = export_weights(weights, tmp_path / "net.onnx")
    model = Model(weights, "numpy")
    for size in ((3, channels, 9, 20), (1, channels, 1, 1)):
        planes = np.random.default_rng(1).random(size, np.float32)
        result, _ = run(done.path, planes)
        assert result.shape == planes.shape
        for got, picture in zip(result, planes, strict=True):
            np.testing.assert_allclose(got, model(picture), atol=1e-5)


def test_the_file_takes_0_to_1_whatever_the_weights_take(tmp_path, tiny_weights):
    weights = tiny_weights("9-3-5")
    weights = replace(weights, card=replace(weights.card, input_range=255.0))
    done = export_weights(weights, tmp_path / "net.onnx")
    planes = np.random.default_rng(1).random((1, 1, 20, 20), np.float32)
    result, session = run(done.path, planes)
    np.testing.assert_allclose(result[0], Model(weights, "numpy")(planes[0]), atol=1e-5)
    assert "the biases are divided by 255: the file takes 0 to 1" in done.notes
    described = session.get_modelmeta().custom_metadata_map
    assert json.loads(described["srcnn.card"])["input_range"] == 1.0
    assert json.loads(described["srcnn.architecture"])["layers"][0]["kernel"] == 9


def test_a_file_that_computes_something_else_is_not_written(tmp_path, tiny_weights, monkeypatch):
    other = tiny_weights("9-3-5", seed=1)
    genuine = onnx.write
    monkeypatch.setattr(onnx, "write", lambda weights: genuine(other))
    with pytest.raises(WeightsError, match="NumPy engine's values to 1e-05"):
        onnx.check(onnx.write(tiny_weights("9-3-5")), tiny_weights("9-3-5"))


def test_nothing_is_written_when_the_check_fails(tmp_path, tiny_weights, monkeypatch):
    def fail(*arguments: object) -> float:
        raise WeightsError("apart")

    monkeypatch.setattr(onnx, "check", fail)
    with pytest.raises(WeightsError, match="apart"):
        export_weights(tiny_weights(), tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []
