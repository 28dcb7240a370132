"""MATLAB files in and out; the loop of the authors' ``SRCNN.m`` in NumPy and SciPy."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.errors import UsageError, WeightsError
from srcnn.model import Model
from srcnn.weight_formats import export_weights, import_weights
from srcnn.weights import Weights

scipy_io = pytest.importorskip("scipy.io")


def authors_layout(weights: Weights) -> dict[str, Any]:
    """Element by element as paper and code describe it: column by column, singleton dimensions dropped."""
    variables: dict[str, Any] = {}
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True), start=1):
        out, inputs, side, _ = kernel.shape
        flat = np.zeros((inputs, side * side, out))
        for y in range(side):
            for x in range(side):
                flat[:, x * side + y, :] = kernel[:, :, y, x].T
        if number == 1 and inputs == 1:
            flat = flat[0]
        if flat.shape[-1] == 1:
            flat = flat[..., 0]
        variables |= {f"weights_conv{number}": flat, f"biases_conv{number}": bias[:, None].astype(float)}
    return variables


def run_as_the_authors_do(path: Path, luma: np.ndarray) -> np.ndarray:
    """SRCNN.m: imfilter (correlation) with 'same' and 'replicate', reshape column by column."""
    from scipy.ndimage import correlate

    model = scipy_io.loadmat(path)
    planes = [luma]
    for number in (1, 2, 3):
        weights, biases = model[f"weights_conv{number}"], model[f"biases_conv{number}"]
        if number == 1:
            weights = weights[None]
        if number == 3:
            weights = weights[..., None]
        inputs, squared, filters = weights.shape
        side = round(squared**0.5)
        results = []
        for j in range(filters):
            total = sum(
                correlate(planes[i], weights[i, :, j].reshape(side, side, order="F"), mode="nearest")
                for i in range(inputs)
            )
            results.append(total + biases[j, 0])
        planes = results if number == 3 else [np.maximum(plane, 0) for plane in results]
    return planes[0]


@pytest.mark.parametrize("channels", [1, 3])
def test_layout(mat_file, tiny_weights, channels):
    weights = tiny_weights("9-3-5", channels=channels, border="replicate")
    read = import_weights(mat_file(authors_layout(weights)))
    assert read.digest == weights.digest
    assert (read.card.name, read.card.scale) == ("9-3-5-x3", 3)
    assert (read.card.color, read.card.luma_range) == ("y" if channels == 1 else "rgb", "studio")


def test_three_planes_may_be_ycbcr(mat_file, tiny_weights):
    path = mat_file(authors_layout(tiny_weights(channels=3)))
    assert import_weights(path, color="ycbcr").card.color == "ycbcr"
    with pytest.raises(UsageError, match="expected rgb or bgr or ycbcr for 3"):
        import_weights(path, color="y")


@pytest.mark.parametrize("input_range", [1.0, 255.0])
def test_the_authors_code_runs_exported_weights(tmp_path, tiny_weights, picture, input_range):
    weights = tiny_weights("9-3-5", border="replicate")
    weights = replace(weights, card=replace(weights.card, input_range=input_range))
    luma = picture[..., 1] / 255
    done = export_weights(weights, tmp_path / "x2.mat")
    ours = Model(weights, "numpy")(luma)
    np.testing.assert_allclose(run_as_the_authors_do(done.path, luma), ours, atol=2e-6)
    assert any("divided by 255" in note for note in done.notes) == (input_range == 255)


@pytest.mark.parametrize(("border", "reach"), [("valid", 3), ("zero", 7)])
def test_another_border_differs_as_far_from_the_edge_as_the_note_says(
    tmp_path, tiny_weights, picture, border, reach
):
    weights = tiny_weights("9-3-5", border=border)
    luma = picture[..., 1] / 255
    done = export_weights(weights, tmp_path / "x2.mat")
    apart = np.abs(run_as_the_authors_do(done.path, luma) - Model(weights, "numpy")(luma))
    assert apart[reach:-reach, reach:-reach].max() < 2e-6
    assert apart[reach - 1 : 1 - reach, reach - 1 : 1 - reach].max() > 2e-6
    assert f"up to {reach} pixels from the edge differ" in done.notes[0]


def test_the_authors_code_runs_three_layers_only(tmp_path, tiny_weights):
    with pytest.raises(WeightsError, match="expected three layers"):
        export_weights(tiny_weights("3-1", widths=(4,)), tmp_path / "x2.mat")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights_conv2": None}, "expected the authors' variables"),
        ({"biases_conv3": None}, "expected a variable biases_conv3"),
        ({"weights_conv1": np.zeros((10, 4))}, "square number of taps"),
        ({"weights_conv1": np.zeros((16, 4))}, "odd size"),
        ({"weights_conv2": np.zeros((5, 1, 3))}, "conv1 with 4 channels out before conv2 with 5 in"),
        ({"biases_conv2": np.zeros((4, 1))}, "expected 3 biases in conv2"),
        ({"weights_conv1": "text"}, "expected the authors' variables"),
        ({"weights_conv1": np.zeros((9, 4), np.int16)}, "expected floats in weights_conv1, got int16"),
        ({"biases_conv1": np.array([[np.nan]] * 4)}, "expected finite weights"),
        ({"biases_conv1": np.array([[1e300]] * 4)}, "expected finite weights"),
    ],
)
def test_refused(mat_file, tiny_weights, change, message):
    variables = {k: v for k, v in (authors_layout(tiny_weights()) | change).items() if v is not None}
    with pytest.raises(WeightsError, match=message):
        import_weights(mat_file(variables))


def test_version_7_3_says_what_to_do(tmp_path):
    path = tmp_path / "x3.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file" + bytes(600))
    with pytest.raises(WeightsError, match="save it again with '-v7'"):
        import_weights(path)
