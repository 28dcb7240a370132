"""PyTorch files: any key names, any nesting that is usual, and nothing that would run."""

import argparse
import collections
import os
import pathlib
import pickle
import subprocess
import sys
import zipfile
from typing import Any

import numpy as np
import pytest

from srcnn.errors import WeightsError
from srcnn.weight_formats import export_weights, import_weights
from srcnn.weights import Weights

torch = pytest.importorskip("torch")


def state(weights: Weights, keys: str = "conv{n}.weight conv{n}.bias") -> dict[str, Any]:
    kernel_key, bias_key = keys.split()
    found: dict[str, Any] = collections.OrderedDict()
    for n, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True)):
        found[kernel_key.format(n=n)] = torch.from_numpy(kernel.copy())
        found[bias_key.format(n=n)] = torch.from_numpy(bias.copy())
    return found


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(
    "keys",
    [
        "conv{n}.weight conv{n}.bias",
        "module.features.{n}.0.weight module.features.{n}.0.bias",
        "w{n} b{n}",
        "kernels.{n} biases.{n}",
    ],
)
def test_any_key_names(pth_file, tiny_weights, keys, legacy):
    weights = tiny_weights("9-1-5", border="zero")
    read = import_weights(pth_file(state(weights, keys), legacy=legacy))
    assert read.digest == weights.digest
    assert (read.card.name, read.card.scale) == ("best", None)


def test_biases_before_kernels(pth_file, tiny_weights):
    weights = tiny_weights("9-1-5", border="zero")
    tensors = dict(sorted(state(weights).items()))
    assert next(iter(tensors)) == "conv0.bias"
    assert import_weights(pth_file(tensors)).digest == weights.digest


@pytest.mark.parametrize("suffix", [".pth.tar", ".pt", ".PTH"])
@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "anything"])
def test_checkpoints(pth_file, tiny_weights, key, suffix):
    weights = tiny_weights("9-1-5", border="zero")
    optimiser = {"state": {0: {"exp_avg": torch.zeros(4, 1, 9, 9)}}, "param_groups": [{"lr": 1e-4}]}
    checkpoint = {"epoch": 9, "best_psnr": 32.5, key: state(weights), "optimizer": optimiser}
    read = import_weights(pth_file(checkpoint, f"SRCNN_x4{suffix}"))
    assert read.digest == weights.digest
    assert (read.card.name, read.card.scale) == ("SRCNN_x4", 4)


@pytest.mark.parametrize("figures", [np.float64(32), np.float32(32), np.int64(32), np.linspace(20, 32, 9)])
@pytest.mark.parametrize("legacy", [False, True])
def test_checkpoints_with_figures_of_numpy(pth_file, tiny_weights, figures, legacy):
    weights = tiny_weights("9-1-5", border="zero")
    checkpoint = {"psnr": figures, "state_dict": state(weights)}
    assert import_weights(pth_file(checkpoint, legacy=legacy)).digest == weights.digest


class Spoiled:
    """A number of NumPy whose type says that its bytes point at an object."""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).rebuilt, (SpoiledType(), bytes(8))

    rebuilt = np.float64(0).__reduce__()[0]


class SpoiledType:
    """The type float64, to which its pickle gives the flags of the type object."""

    def __reduce__(self) -> tuple[object, ...]:
        return np.dtype, ("f8", False, True), (3, "<", None, None, None, -1, -1, 63)


def test_types_of_numpy_in_a_broken_state_are_not_made(pth_file, tiny_weights):
    weights = tiny_weights("9-1-5", border="zero")
    path = pth_file({"psnr": Spoiled(), "state_dict": state(weights)})
    assert import_weights(path).digest == weights.digest


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_precisions_and_parameters(pth_file, tiny_weights, dtype):
    tensors = {k: torch.nn.Parameter(t.to(dtype)) for k, t in state(tiny_weights()).items()}
    read = import_weights(pth_file(tensors))
    np.testing.assert_array_equal(read.kernels[0], tensors["conv0.weight"].detach().float().numpy())


def test_convolutions_without_bias_have_biases_of_zero(pth_file, tiny_weights):
    weights = tiny_weights(border="zero")
    tensors = {k: t for k, t in state(weights).items() if not k.endswith("bias")}
    read = import_weights(pth_file(tensors))
    assert read.biases[1].tolist() == [0, 0, 0]
    np.testing.assert_array_equal(read.kernels[2], weights.kernels[2])


def test_a_checkpoint_of_lightning(pth_file, tiny_weights):
    data = pytest.importorskip("lightning_fabric.utilities.data")
    weights = tiny_weights("9-1-5", border="zero")
    tensors = {f"model.{key}": tensor for key, tensor in state(weights).items()}
    checkpoint = {
        "epoch": 3,
        "pytorch-lightning_version": "2.6.0",
        "state_dict": {**tensors, "loss.window": torch.zeros(1, 1, 11, 11)},
        "optimizer_states": [
            {"state": {0: {"exp_avg": tensors["model.conv0.weight"]}}, "param_groups": [{"lr": 1e-4}]}
        ],
        "hyper_parameters": data.AttributeDict(
            lr=1e-4, out=pathlib.PurePosixPath("runs"), depth=torch.ones(1)
        ),
        "arguments": argparse.Namespace(scale=3),
    }
    notes: list[str] = []
    path = pth_file(checkpoint, "last_x3.ckpt")
    assert import_weights(path, note=notes.append).digest == weights.digest
    assert notes[0].startswith("left out, as no part of the network: state_dict/loss.window")


class Runs:
    """A pickle of it would run a command when loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch ran",)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickle_that_would_run_code_is_refused_and_not_run(
    pth_file, tiny_weights, monkeypatch, tmp_path, legacy
):
    monkeypatch.chdir(tmp_path)
    path = pth_file({**state(tiny_weights()), "extra": Runs()}, legacy=legacy)
    with pytest.raises(
        WeightsError, match=r"calls for \w+\.system, which could run code; it was not run"
    ) as caught:
        import_weights(path)
    assert not (tmp_path / "ran").exists()
    assert "\n" not in str(caught.value)
    # The file does what it is suspected of.
    code = f"import torch; torch.load({str(path)!r}, weights_only=False)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "ran").exists()


def test_a_plain_pickle_is_refused(tmp_path):
    path = tmp_path / "best.pth"
    path.write_bytes(pickle.dumps(Runs()))
    with pytest.raises(WeightsError, match="expected"):
        import_weights(path)


def test_a_whole_module_is_refused_with_what_to_save_instead(pth_file):
    path = pth_file(torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3)))
    with pytest.raises(WeightsError, match=r"Sequential.*state_dict\(\)"):
        import_weights(path)


def convolutions(*shapes: tuple[int, ...], bias: bool = True) -> dict[str, Any]:
    tensors = {}
    for n, shape in enumerate(shapes):
        tensors[f"{n}.weight"] = torch.zeros(shape)
        if bias:
            tensors[f"{n}.bias"] = torch.zeros(shape[0])
    return tensors


FSRCNN = {
    **convolutions((56, 1, 5, 5), (12, 56, 1, 1), *[(12, 12, 3, 3)] * 2, (56, 12, 1, 1)),
    "last_part.weight": torch.zeros(56, 1, 9, 9),
    "last_part.bias": torch.zeros(1),
}


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (
            convolutions((64, 1, 3, 3), *[(64, 64, 3, 3)] * 18, (1, 64, 3, 3), bias=False),
            "2 to 6 .* 20 .*VDSR",
        ),
        (FSRCNN, "expected 56 biases in last_part, .* transposed convolution .FSRCNN."),
        (
            {**convolutions((4, 1, 9, 9), (1, 4, 5, 5)), "prelu.weight": torch.zeros(4)},
            r"got prelu.weight \(4,\) beside",
        ),
        (convolutions((64, 1, 5, 5), (32, 64, 3, 3), (9, 32, 3, 3)), "as go into the first, 1, got 9.*ESPCN"),
        (convolutions((4, 1, 9, 9), (1, 3, 5, 5)), "with 4 channels out before 1 with 3 in"),
        (convolutions((4, 2, 9, 9), (2, 4, 5, 5)), "expected 1 or 3 planes"),
        (convolutions((1, 1, 9, 9)), "expected an SRCNN of 2 to 6 convolutions, got 1"),
        (convolutions((4, 1, 9, 7), (1, 4, 5, 5)), "square kernel of odd size"),
        (convolutions((4, 1, 8, 8), (1, 4, 5, 5)), "square kernel of odd size"),
        ({"fc.weight": torch.zeros(10, 4), "fc.bias": torch.zeros(10)}, "expected a state dict"),
        ({**convolutions((4, 1, 9, 9), (1, 4, 5, 5)), "b": torch.zeros(2, 2)}, "convolutions and ReLUs only"),
        (
            {"a": torch.zeros(4, 1, 3, 3), "b": torch.zeros(1, 4, 3, 3), "c": torch.zeros(4)},
            "2 kernels with a bias",
        ),
        ({"a.weight": torch.zeros(1, 1, 3, 3).int()}, "floats in a, got 9 of int64"),
        ({"a.weight": torch.zeros(1, 1, 1, 1).expand(9999, 9999, 9, 9)}, "up to 10,000,000 floats"),
        ({"epoch": 3}, "expected a state dict .* got epoch"),
        ([1, 2], "got list"),
    ],
)
def test_another_network_is_refused(pth_file, tensors, message):
    with pytest.raises(WeightsError, match=message) as caught:
        import_weights(pth_file(tensors))
    assert "\n" not in str(caught.value)


def test_an_archive_that_unpacks_without_end(pth_file, tmp_path):
    path = pth_file(convolutions((4, 1, 9, 9), (1, 4, 5, 5)))
    with (
        zipfile.ZipFile(path) as whole,
        zipfile.ZipFile(tmp_path / "packed.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in whole.namelist():
            packed.writestr(name, bytes(2**28 + 1) if name.endswith("data/0") else whole.read(name))
    with pytest.raises(WeightsError, match="expected arrays of up to 268,435,456 bytes, got more"):
        import_weights(tmp_path / "packed.pth")


def test_written_state_dict_fits_a_plain_torch_network(tmp_path, tiny_weights, picture):
    from srcnn.model import Model

    weights = tiny_weights("9-1-5", border="zero")
    done = export_weights(weights, tmp_path / "net.pth")

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = torch.nn.Conv2d(1, 4, 9, padding=4)
            self.conv2 = torch.nn.Conv2d(4, 3, 1)
            self.conv3 = torch.nn.Conv2d(3, 1, 5, padding=2)

    net = Net()
    net.load_state_dict(torch.load(done.path, weights_only=True))
    y = picture[..., 0].astype(np.float32) / 255
    with torch.inference_mode():
        theirs = net.conv3(net.conv2(net.conv1(torch.from_numpy(y)[None, None]).relu()).relu())[0, 0]
    np.testing.assert_allclose(theirs.numpy(), Model(weights, "numpy")(y), atol=2e-6)
    assert import_weights(done.path).digest == weights.digest
