"""Files of plain arrays: ``.npz`` and the ``.safetensors`` of other programs."""

import io
import zipfile
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from srcnn.errors import WeightsError
from srcnn.weight_formats import import_weights
from srcnn.weights import Weights, load_weights, save_weights


def state(weights: Weights, names: str = "conv{n}.weight conv{n}.bias", first: int = 1) -> dict[str, Any]:
    found = {}
    for n, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True), start=first):
        found |= dict(zip((name.format(n=n) for name in names.split()), (kernel, bias), strict=True))
    return found


@pytest.mark.parametrize(
    "names", ["conv{n}.weight conv{n}.bias", "W{n} b{n}", "layer{n}/kernel layer{n}/bias"]
)
def test_npz_under_any_names(tmp_path, tiny_weights, names):
    weights = tiny_weights("9-1-5", border="zero")
    np.savez_compressed(tmp_path / "SRCNN_x2.npz", **state(weights, names))
    read = import_weights(tmp_path / "SRCNN_x2.npz")
    assert (read.digest, read.card.scale) == (weights.digest, 2)


def test_npz_without_names(tmp_path, tiny_weights):
    weights = tiny_weights("9-1-5", border="zero")
    np.savez(tmp_path / "net.npz", *state(weights).values())
    assert import_weights(tmp_path / "net.npz").digest == weights.digest


def test_npz_as_keras_and_flax_lay_kernels_out(tmp_path, tiny_weights):
    weights = tiny_weights("9-1-5", border="zero")
    turned = {name: a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for name, a in state(weights).items()}
    np.savez(tmp_path / "net.npz", **turned)
    assert import_weights(tmp_path / "net.npz").digest == weights.digest


def test_objects_in_npz_are_not_unpickled(tmp_path, tiny_weights):
    weights = tiny_weights("9-1-5", border="zero")
    objects: Any = np.array([{"epoch": 3}], object)
    np.savez(tmp_path / "net.npz", **state(weights), extra=objects)
    assert import_weights(tmp_path / "net.npz").digest == weights.digest


def test_an_archive_that_unpacks_without_end(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(2**28 + 1))
    assert len(buffer.getvalue()) < 2**20
    (tmp_path / "net.npz").write_bytes(buffer.getvalue())
    with pytest.raises(WeightsError, match="expected arrays of up to 268,435,456 bytes, got more"):
        import_weights(tmp_path / "net.npz")


def test_a_raised_digit_in_a_name_is_no_number(tmp_path, tiny_weights):
    weights = tiny_weights("3-1-3", border="zero")
    named = {name.replace(".", "²1."): array for name, array in state(weights).items()}
    save_file(named, tmp_path / "net.safetensors")
    assert import_weights(tmp_path / "net.safetensors").digest == weights.digest


def test_foreign_safetensors(tmp_path, tiny_weights):
    weights = tiny_weights("3-1-1-1-1-3", widths=(4, 5, 6, 7, 8), border="zero")
    # Their order in the file is that of the names as text: conv10 before conv8.
    path = tmp_path / "SRCNN_x4.safetensors"
    save_file(state(weights, first=8), path, {"format": "pt"})
    read = import_weights(path)
    assert (read.digest, read.card.scale) == (weights.digest, 4)


def test_bfloat16_in_safetensors(tmp_path, tiny_weights):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save_tensors

    tensors = {n: torch.from_numpy(a.copy()).bfloat16() for n, a in state(tiny_weights()).items()}
    save_tensors(tensors, tmp_path / "net.safetensors")
    read = import_weights(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(read.kernels[0], tensors["conv1.weight"].float().numpy())


def test_messages_end_at_a_file_that_can_be_used(tmp_path, tiny_weights):
    """`load_weights` names the command that makes a file which it takes."""
    foreign, ours = tmp_path / "a net.safetensors", tmp_path / "ours.safetensors"
    save_file(state(tiny_weights(border="zero")), foreign)
    with pytest.raises(WeightsError, match=rf"srcnn import '{foreign}' -o '.*a net-imported\.safetensors'"):
        load_weights(foreign)
    save_weights(import_weights(foreign), ours)
    assert load_weights(ours).digest == tiny_weights(border="zero").digest
    with pytest.raises(WeightsError, match="saved by srcnn already; give --model the file as it is"):
        import_weights(ours)
