"""Devices of the torch engine; no GPU is needed: the processor takes the same way, with batches too."""

from pathlib import Path

import numpy as np
import pytest
from support import TinyWeights, assert_fails, srcnn

from srcnn.doctor import examine
from srcnn.engines import create_engine
from srcnn.errors import UsageError
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.model import Model
from srcnn.weights import save_weights

pytest.importorskip("torch", reason="the torch engine needs the train extra")

from srcnn.engines.torch import TorchEngine, choose_device, list_devices


@pytest.mark.parametrize("ensemble", [False, True])
def test_blocks_at_once_are_the_blocks_one_by_one(tiny_weights: TinyWeights, ensemble: bool) -> None:
    weights = tiny_weights("5-1-3", (6, 5))
    planes = np.random.default_rng(0).random((1100, 800), dtype=np.float32)
    one = Model(weights, TorchEngine(weights, 1, "cpu"))(planes, ensemble=ensemble)
    several = Model(weights, TorchEngine(weights, 1, "cpu", batch=3), tile=2048)(planes, ensemble=ensemble)
    np.testing.assert_allclose(several, one, atol=1e-6)


def test_half_precision_is_close_and_only_where_asked(tiny_weights: TinyWeights) -> None:
    weights = tiny_weights("5-1-3", (6, 5))
    planes = np.random.default_rng(0).random((60, 50), dtype=np.float32)
    whole = Model(weights, "torch")(planes)
    assert np.array_equal(Model(weights, "torch:cpu")(planes), whole)
    half = Model(weights, "torch:cpu:half")(planes)
    assert half.dtype == np.float32
    assert 1e-6 < np.abs(half - whole).max() < 0.01


def test_the_engine_says_what_was_chosen(tiny_weights: TinyWeights) -> None:
    engine = create_engine(tiny_weights(), "torch:cpu:half")
    assert isinstance(engine, TorchEngine)
    assert engine.description == "cpu (the processor), float16, 1 block at a time"
    assert engine.name == "torch:cpu:half"


def test_devices_that_are_not_there_are_refused() -> None:
    with pytest.raises(UsageError, match="a device of cuda, xpu, mps, cpu or auto, got 'gpu'"):
        choose_device("gpu")
    with pytest.raises(UsageError, match=r"a device that is here \(.*cpu\), got 'cuda:99'"):
        choose_device("cuda:99")
    assert choose_device("auto") == list_devices()[0]
    assert list_devices()[-1] == "cpu"


def test_the_command_takes_a_device(tmp_path: Path, picture: np.ndarray, tiny_weights: TinyWeights) -> None:
    save_weights(tiny_weights(), tmp_path / "tiny.safetensors")
    write_picture(Picture(picture), tmp_path / "in.png")
    options = ["--model", tmp_path / "tiny.safetensors"]
    done = srcnn("upscale", tmp_path / "in.png", "-o", tmp_path / "a.png", "--device", "cpu", *options)
    assert done.returncode == 0
    assert done.stderr == "srcnn: note: device cpu (the processor), float32\n"
    done = srcnn("upscale", tmp_path / "in.png", "-o", tmp_path / "b.png", "--engine", "torch", *options)
    assert np.array_equal(read_pixels(tmp_path / "a.png"), read_pixels(tmp_path / "b.png"))
    assert done.returncode == 0
    refused = srcnn("upscale", "x.png", "-o", "y.png", "--device", "cpu", "--engine", "native")
    assert_fails(refused, 2, "use --device with --engine torch, got native")
    assert_fails(srcnn("restore", "x.jpg", "-o", "y.png", "--half"), 2, "use --half with --device")


def test_doctor_lists_devices() -> None:
    assert examine().to_json()["devices"]["cpu"] == "the processor"


@pytest.mark.skipif(list_devices() == ["cpu"], reason="no device but the processor is here")
@pytest.mark.parametrize("ensemble", [False, True])
@pytest.mark.parametrize("size", [(1100, 800), (300, 41)])
def test_a_device_agrees_with_the_processor(
    tiny_weights: TinyWeights, size: tuple[int, int], ensemble: bool
) -> None:
    weights = tiny_weights("9-5-5", (64, 32))
    planes = np.random.default_rng(0).random(size, dtype=np.float32)
    expected = Model(weights, "torch:cpu")(planes, ensemble=ensemble)
    result = Model(weights, "torch:auto")(planes, ensemble=ensemble)
    # Float32 throughout: with the 10 bits of TF32 the difference is a hundred times as large.
    np.testing.assert_allclose(result, expected, atol=5e-6 * np.abs(expected).max())
    assert np.array_equal(result, Model(weights, "torch:auto")(planes, ensemble=ensemble))
    half = Model(weights, "torch:auto:half")(planes, ensemble=ensemble)
    assert 0 < np.abs(half - expected).max() < 0.01 * np.abs(expected).max()


@pytest.mark.skipif(list_devices() == ["cpu"], reason="no device but the processor is here")
def test_a_device_leaves_the_settings_of_torch(tiny_weights: TinyWeights) -> None:
    import torch

    before = torch.backends.cudnn.allow_tf32
    Model(tiny_weights(), "torch:auto")(np.zeros((40, 40), np.float32))
    assert torch.backends.cudnn.allow_tf32 == before
