"""ONNX files read: this package's own, PyTorch's, and graphs that are no SRCNN."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.errors import WeightsError
from srcnn.model import Model
from srcnn.weight_formats import export_weights, import_weights
from srcnn.weights import Weights

onnx = pytest.importorskip("onnx")
helper, from_array = onnx.helper, onnx.numpy_helper.from_array


def borders(weights: Weights) -> list[str]:
    return [layer.border for layer in weights.architecture.layers]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("border", ["zero", "valid", "replicate", "mixed"])
def test_our_own_export_comes_back_with_its_card(tmp_path, tiny_weights, border, channels):
    weights = tiny_weights("9-3-5", border="valid" if border == "mixed" else border, channels=channels)
    if border == "mixed":
        first, *rest = weights.architecture.layers
        layers = (first, *(replace(layer, border="zero") for layer in rest))
        weights = replace(weights, architecture=replace(weights.architecture, layers=layers))
    notes: list[str] = []
    read = import_weights(export_weights(weights, tmp_path / "net.onnx").path, note=notes.append)
    assert read.digest == weights.digest
    assert read.card == weights.card
    assert notes == []


def exported(path: Path, network: Any, channels: int, *, dynamo: bool) -> Path:
    torch = pytest.importorskip("torch")
    if dynamo:
        pytest.importorskip("onnxscript")
    sizes = {2: "height", 3: "width"}
    options: dict[str, Any] = {"dynamic_axes": {"x": sizes}, "input_names": ["x"]}
    if dynamo:
        options = {"dynamic_shapes": ({axis: torch.export.Dim(name) for axis, name in sizes.items()},)}
    with warnings.catch_warnings(action="ignore"):
        torch.onnx.export(network, (torch.rand(1, channels, 24, 28),), path, dynamo=dynamo, **options)
    return path


def chain(channels: int = 1, mode: Any = "zeros") -> list[Any]:
    from torch import nn

    return [
        nn.Conv2d(channels, 4, 9, padding=4, padding_mode=mode),
        nn.ReLU(),
        nn.Conv2d(4, 3, 1),
        nn.ReLU(),
        nn.Conv2d(3, channels, 5, padding=2, padding_mode=mode),
    ]


@pytest.mark.parametrize("dynamo", [False, True], ids=["older exporter", "newer exporter"])
@pytest.mark.parametrize(
    ("channels", "mode", "expected"),
    [
        (1, "zeros", "zero zero zero"),
        (3, "zeros", "zero zero zero"),
        (1, "replicate", "replicate zero replicate"),
    ],
)
def test_what_pytorch_exports_computes_the_same(tmp_path, channels, mode, expected, dynamo):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    network = torch.nn.Sequential(*chain(channels, mode)).eval()
    read = import_weights(exported(tmp_path / "SRCNN_x3.onnx", network, channels, dynamo=dynamo))
    assert borders(read) == expected.split()
    assert (read.card.scale, read.card.color) == (3, "y" if channels == 1 else "rgb")
    planes = np.random.default_rng(0).random((channels, 20, 23), np.float32)
    with torch.inference_mode():
        theirs = network(torch.from_numpy(planes)[None])[0].numpy()
    np.testing.assert_allclose(Model(read, "numpy")(planes).reshape(theirs.shape), theirs, atol=2e-6)


def test_what_pytorch_adds_at_the_end_is_left_out_with_a_note(tmp_path):
    torch = pytest.importorskip("torch")
    network = torch.nn.Sequential(*chain(), torch.nn.Hardtanh(0, 1))
    notes: list[str] = []
    import_weights(exported(tmp_path / "net.onnx", network, 1, dynamo=False), note=notes.append)
    assert notes[0] == "left out: Clip after the last layer"


def test_other_networks_of_pytorch_are_refused(tmp_path):
    torch = pytest.importorskip("torch")

    class Residual(torch.nn.Sequential):
        def forward(self, input: Any) -> Any:  # noqa: A002
            return super().forward(input) + input

    for network, message in (
        (Residual(*chain()), "expected one chain of nodes, got Conv and Add after x"),
        (torch.nn.Sequential(*chain(mode="reflect")), "expected a Pad by zeros or by the edge"),
        (torch.nn.Sequential(chain()[0], torch.nn.PReLU(), *chain()[2:]), "got PRelu"),
        (torch.nn.Sequential(chain()[0], *chain()[2:]), "expected a ReLU between"),
        (torch.nn.Sequential(torch.nn.Conv2d(1, 4, 9, stride=2), *chain()[1:]), r"stride.*\[2, 2\]"),
    ):
        path = exported(tmp_path / "net.onnx", network, 1, dynamo=False)
        with pytest.raises(WeightsError, match=message) as caught:
            import_weights(path)
        assert "\n" not in str(caught.value)


def model(*nodes: Any, arrays: dict[str, Any]) -> bytes:
    value = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1, 1, None, None]) for n in ("x", "y")]
    constants = [from_array(array, name) for name, array in arrays.items()]
    return helper.make_model(
        helper.make_graph(nodes, "g", value[:1], value[1:], constants)
    ).SerializeToString()


ARRAYS = {"a": np.ones((2, 1, 3, 3), np.float32), "b": np.ones((1, 2, 3, 3), np.float32)}
NODES = (
    helper.make_node("Conv", ["x", "a"], ["1"], pads=[1] * 4),
    helper.make_node("Relu", ["1"], ["2"]),
    helper.make_node("Conv", ["2", "b"], ["y"], auto_pad="SAME_UPPER"),
)


def test_convolutions_without_bias_and_automatic_padding(tmp_path):
    (tmp_path / "net.onnx").write_bytes(model(*NODES, arrays=ARRAYS))
    read = import_weights(tmp_path / "net.onnx")
    assert borders(read) == ["zero", "zero"]
    assert [bias.tolist() for bias in read.biases] == [[0, 0], [0]]
    np.testing.assert_array_equal(read.kernels[0], ARRAYS["a"])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({**ARRAYS, "a": np.ones((2, 1, 3, 3), np.int8)}, "floats in a, got int8; quantised"),
        ({"b": ARRAYS["b"]}, "the array a in the file, got none"),
        ({**ARRAYS, "a": np.full((2, 1, 3, 3), np.nan, np.float32)}, "finite"),
    ],
)
def test_arrays_that_are_no_layers(tmp_path, arrays, message):
    (tmp_path / "net.onnx").write_bytes(model(*NODES, arrays=arrays))
    with pytest.raises(WeightsError, match=message):
        import_weights(tmp_path / "net.onnx")


def test_arrays_in_a_file_beside_the_graph(tmp_path):
    path = tmp_path / "net.onnx"
    whole = onnx.load_model_from_string(model(*NODES, arrays=ARRAYS))
    onnx.save_model(whole, path, save_as_external_data=True, location="net.data", size_threshold=0)
    np.testing.assert_array_equal(import_weights(path).kernels[1], ARRAYS["b"])
    (tmp_path / "net.data").unlink()
    with pytest.raises(WeightsError, match=r"without the \.data file beside it"):
        import_weights(path)
