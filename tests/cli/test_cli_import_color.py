"""Networks on three planes: what they were trained on is asked for, and they are run on that."""

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.cli import run
from srcnn.files import Picture, read_picture, write_picture
from srcnn.resize import imresize
from srcnn.weights import Weights

torch = pytest.importorskip("torch")

SCALE = 2


def trained_on(order: str, weights: Weights) -> Any:
    """A network on planes in this order of R, G, B, that gives what ``weights`` give on R, G, B."""
    planes = ["rgb".index(letter) for letter in order]
    kernels = [weights.kernels[0][:, planes], weights.kernels[1], weights.kernels[2][planes]]
    biases = [*weights.biases[:2], weights.biases[2][planes]]
    layers = []
    for kernel, bias in zip(kernels, biases, strict=True):
        outputs, inputs, side, _ = kernel.shape
        layer = torch.nn.Conv2d(inputs, outputs, side, padding=side // 2)
        layer.load_state_dict(
            {"weight": torch.from_numpy(kernel.copy()), "bias": torch.from_numpy(bias.copy())}
        )
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def run_there(network: Any, rgb: np.ndarray, order: str) -> np.ndarray:
    """What the program gives that the network was trained in: OpenCV's order of planes, 8 bits out."""
    planes = rgb[..., ["rgb".index(letter) for letter in order]]
    height, width = planes.shape[:2]
    large = np.stack(
        [imresize(planes[..., n] / 255, shape=(height * SCALE, width * SCALE)) for n in range(3)]
    ).astype(np.float32)
    with torch.inference_mode():
        result = network(torch.from_numpy(large)[None])[0].numpy()
    pixels = np.clip(np.round(result * 255), 0, 255).astype(np.uint8).transpose(1, 2, 0)
    return pixels[..., [order.index(letter) for letter in "rgb"]]


@pytest.fixture
def colored(tiny_weights) -> Weights:
    """Weights that treat R, G and B each in another way."""
    weights = tiny_weights("9-1-5", widths=(6, 5), channels=3, border="zero")
    factors = np.array([0.7, 1.0, 1.2], np.float32)[None, :, None, None]
    weights.kernels[0][:] *= factors
    return weights


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_a_picture_gets_what_the_network_was_trained_for(tmp_path, picture, colored, order):
    network = trained_on(order, colored)
    torch.save(network.state_dict(), tmp_path / "net.pth")
    write_picture(Picture(picture), tmp_path / "in.png")
    model = tmp_path / "net.safetensors"
    assert run(["import", str(tmp_path / "net.pth"), "-o", str(model), "--color", order, "--scale", "2"]) == 0
    command = ["upscale", str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png"), "--scale", "2"]
    assert run([*command, "--model", str(model)]) == 0
    got = read_picture(tmp_path / "out.png").pixels.astype(int)
    expected = run_there(network, picture, order).astype(int)
    assert np.abs(got - expected).max() <= 1
    # The planes differ by more than that, so that another order would be seen.
    assert np.abs(got - expected[..., ::-1]).mean() > 10


def test_what_three_planes_are_is_asked_for_unless_said(tmp_path, colored, capsys):
    torch.save(trained_on("rgb", colored).state_dict(), tmp_path / "net_x2.pth")
    command = ["import", str(tmp_path / "net_x2.pth"), "-o", str(tmp_path / "net.safetensors"), "--overwrite"]
    assert run(command) == 0
    asked = "--color rgb, bgr or ycbcr, and for ycbcr --luma-range studio or full"
    assert asked in capsys.readouterr().err
    assert run([*command, "--color", "ycbcr", "--luma-range", "full", "--json"]) == 0
    printed = capsys.readouterr()
    assert asked not in printed.out + printed.err
    facts = json.loads(printed.out)
    assert (facts["color"], facts["luma_range"]) == ("ycbcr", "full")


def test_a_foreign_file_given_as_a_model_names_the_command_that_works(
    tmp_path: Path, picture, tiny_weights, capsys
):
    weights = tiny_weights("9-1-5", border="zero")
    tensors = {}
    for n, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases, strict=True)):
        tensors |= {
            f"{n}.weight": torch.from_numpy(kernel.copy()),
            f"{n}.bias": torch.from_numpy(bias.copy()),
        }
    torch.save(tensors, tmp_path / "my net.pth")
    write_picture(Picture(picture), tmp_path / "in.png")
    command = [
        "upscale",
        str(tmp_path / "in.png"),
        "-o",
        str(tmp_path / "out.png"),
        "--scale",
        "2",
        "--model",
    ]
    assert run([*command, str(tmp_path / "my net.pth")]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    suggested = shlex.split(message.partition("convert it with: ")[2])
    assert suggested[:2] == ["srcnn", "import"]
    assert run(suggested[1:]) == 0
    assert run([*command, suggested[-1]]) == 0
