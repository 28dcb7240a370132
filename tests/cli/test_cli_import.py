import json
import re

import numpy as np
import pytest

from srcnn.cli import run
from srcnn.weight_formats.conventions import ORIGINS
from srcnn.weights import load_weights


@pytest.fixture
def state_dict(tmp_path, tiny_weights):
    torch = pytest.importorskip("torch")
    tensors = {}
    for n, (kernel, bias) in enumerate(zip(*arrays(tiny_weights("9-1-5")), strict=True), start=1):
        tensors |= {
            f"conv{n}.weight": torch.from_numpy(kernel.copy()),
            f"conv{n}.bias": torch.from_numpy(bias.copy()),
        }
    torch.save({"state_dict": tensors}, tmp_path / "SRCNN_x3.pth.tar")
    return tmp_path / "SRCNN_x3.pth.tar"


def arrays(weights):
    return weights.kernels, weights.biases


def test_says_all_that_was_assumed(state_dict, tmp_path, tiny_weights, capsys):
    out = tmp_path / "net.safetensors"
    assert run(["import", str(state_dict), "-o", str(out)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        f"{state_dict} -> {out}",
        "SRCNN_x3: 9-1-5 (4-3), 419 parameters, x3, border zero, studio-range luma, input 0 to 1",
    ]
    assert "--origin, --border, --luma-range and --input-range" in printed.err
    assert len(printed.err.splitlines()) == 1
    weights = load_weights(out)
    np.testing.assert_array_equal(weights.kernels[2], tiny_weights("9-1-5").kernels[2])
    assert weights.card.recipe == "imported from SRCNN_x3.pth.tar (pytorch)"


def test_every_option_reaches_the_card(state_dict, tmp_path, tiny_weights, capsys):
    out = tmp_path / "net.safetensors"
    options = ["--name", "mine", "--scale", "4", "--border", "valid,zero,replicate", "--luma-range", "full"]
    options += ["--input-range", "255", "--transpose", "--color", "y", "--origin", "keras", "--json"]
    assert run(["import", str(state_dict), "-o", str(out), *options]) == 0
    said = json.loads(capsys.readouterr().out)
    weights = load_weights(out)
    expected = {"name": "mine", "scale": 4, "luma_range": "full", "input_range": 255.0, "color": "y"}
    assert expected.items() <= said.items()
    assert expected.items() <= vars(weights.card).items()
    assert said["borders"] == ["valid", "zero", "replicate"]
    assert [layer.border for layer in weights.architecture.layers] == said["borders"]
    assert said["digest"] == weights.digest
    np.testing.assert_array_equal(weights.kernels[0], tiny_weights("9-1-5").kernels[0].swapaxes(2, 3))


def test_an_unknown_scale_is_noted(state_dict, tmp_path, capsys):
    unnamed = state_dict.rename(tmp_path / "best.pth")
    assert run(["import", str(unnamed), "-o", str(tmp_path / "net.safetensors")]) == 0
    assert "--scale writes it to the card" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-o", "net.pth"], 2, "expected an output that ends in .safetensors, got 'net.pth'"),
        (["-o", "net.safetensors", "--luma-range", "half"], 2, "expected a luma range of studio or full"),
        (["-o", "net.safetensors", "--border", "same"], 2, "expected borders out of valid, zero, replicate"),
        (["-o", "none/net.safetensors"], 1, "cannot write weights to none/net.safetensors"),
    ],
)
def test_one_line_and_nothing_written(state_dict, tmp_path, monkeypatch, capsys, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    assert run(["import", str(state_dict), *arguments]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("srcnn: error: ")
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [state_dict]


def test_a_broken_file_leaves_what_was_there(state_dict, tmp_path, capsys):
    out = tmp_path / "net.safetensors"
    assert run(["import", str(state_dict), "-o", str(out)]) == 0
    before = out.read_bytes()
    state_dict.write_bytes(state_dict.read_bytes()[:-200])
    capsys.readouterr()
    assert run(["import", str(state_dict), "-o", str(out), "--overwrite"]) == 1
    assert "broken or truncated" in capsys.readouterr().err
    assert out.read_bytes() == before


def test_the_help_names_every_origin(capsys):
    assert run(["import", "--help"]) == 0
    words = set(re.findall(r"\w+", capsys.readouterr().out))
    assert set(ORIGINS) <= words
