"""Caffe models, in both generations of the format."""

from typing import Any

import numpy as np
import pytest

from srcnn.errors import WeightsError
from srcnn.weight_formats import import_weights


@pytest.mark.parametrize("old", [False, True])
def test_kernels_are_turned_back(caffe_file, caffe_layers_of, tiny_weights, old):
    weights = tiny_weights("9-1-5", border="replicate")
    path = caffe_file(caffe_layers_of(weights), old=old)
    assert import_weights(path).digest == weights.digest
    as_stored = import_weights(path, transpose=False)
    np.testing.assert_array_equal(as_stored.kernels[0], weights.kernels[0].swapaxes(2, 3))


def test_padding_in_the_file_means_zeros(caffe_file, caffe_layers_of, tiny_weights):
    weights = tiny_weights("9-3-5", border="zero")
    assert import_weights(caffe_file(caffe_layers_of(weights, pad=True))).digest == weights.digest


def changed(layers: list[tuple[Any, ...]], name: str, **change: Any) -> list[tuple[Any, ...]]:
    fields = ("name", "kind", "blobs", "settings")
    return [
        tuple((dict(zip(fields, layer, strict=True)) | change).values()) if layer[0] == name else layer
        for layer in layers
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "Deconvolution"}, "conv3 of type Deconvolution"),
        ({"kind": "PReLU"}, "conv3 of type PReLU"),
        ({"blobs": []}, "with 0 arrays"),
        ({"settings": {6: 2}}, "group, stride and dilation 1 in conv3"),
        ({"settings": {3: 1}}, "a padding of 0 or 2 in conv3, got 1"),
        ({"blobs": [np.zeros((1, 3, 25))]}, "a kernel of four dimensions in conv3"),
    ],
)
def test_other_layers_are_refused(caffe_file, caffe_layers_of, tiny_weights, change, message):
    layers = changed(caffe_layers_of(tiny_weights("9-1-5")), "conv3", **change)
    with pytest.raises(WeightsError, match=message):
        import_weights(caffe_file(layers))


def test_an_array_shorter_than_its_shape_is_refused(caffe_file, caffe_layers_of, tiny_weights):
    path = caffe_file(caffe_layers_of(tiny_weights("9-1-5")))
    # The first kernel's (4, 1, 9, 9), packed: the last size becomes 8.
    content = path.read_bytes()
    assert content.count(bytes([4, 1, 9, 9])) == 1
    path.write_bytes(content.replace(bytes([4, 1, 9, 9]), bytes([4, 1, 9, 8])))
    with pytest.raises(WeightsError, match=r"an array of shape \(4, 1, 9, 8\) in conv1, got 1296 bytes"):
        import_weights(path)


@pytest.mark.parametrize("shape", [(0, 1 << 62, 1, 1), (0, 1, 9, 9), (1 << 40, 1 << 40, 1, 1)])
def test_sizes_that_no_array_has_are_refused(caffe_file, caffe_layers_of, tiny_weights, shape):
    class Blob:
        def __init__(self) -> None:
            self.shape = shape

        def astype(self, kind: str) -> np.ndarray:
            return np.zeros(0, kind)

    layers = changed(caffe_layers_of(tiny_weights("9-1-5")), "conv1", blobs=[Blob(), np.zeros(4)])
    with pytest.raises(WeightsError, match=r"expected an array of shape .* in conv1, got 0 bytes"):
        import_weights(caffe_file(layers))


@pytest.mark.parametrize("content", [b"", b"hello, this is text", bytes(64), b"\xff" * 64, b"\x08\x96\x01"])
def test_other_bytes_are_refused(tmp_path, content):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="expected a"):
        import_weights(path)
