import json

import pytest

from srcnn.cli import run
from srcnn.weights import save_weights


@pytest.fixture
def model(tmp_path, tiny_weights):
    save_weights(tiny_weights("9-1-5", border="replicate"), tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


@pytest.mark.parametrize(
    ("form", "package"), [("pth", "torch"), ("mat", "scipy"), ("h5", "h5py"), ("onnx", "onnx")]
)
def test_each_format_and_back(model, tmp_path, capsys, form, package):
    pytest.importorskip(package)
    out = tmp_path / f"net.{form}"
    assert run(["export", str(model), "-o", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["format"], said["bytes"], said["target"]) == (form, out.stat().st_size, str(out))
    if form == "onnx":
        assert said["checked"].startswith("run by onnxruntime, within")
        return
    assert said["checked"] == "read back, equal to the bit"
    back = tmp_path / "back.safetensors"
    assert run(["import", str(out), "-o", str(back), "--border", "replicate", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["digest"]
    assert run(["export", str(back), "-o", str(tmp_path / f"again.{form}")]) == 0
    again = ["import", str(tmp_path / f"again.{form}"), "-o", str(back), "--border", "replicate", "--json"]
    assert run([*again, "--overwrite"]) == 0
    assert first in capsys.readouterr().out


def test_what_the_file_cannot_say_is_noted(model, tmp_path, capsys):
    pytest.importorskip("h5py")
    assert run(["export", str(model), "-o", str(tmp_path / "net.hdf5")]) == 0
    printed = capsys.readouterr()
    assert "h5, " in printed.out
    assert "read back, equal to the bit" in printed.out
    assert printed.err.startswith("srcnn: note: Keras repeats no edges: layers for replicate")


def test_format_goes_before_the_suffix(model, tmp_path):
    onnx = pytest.importorskip("onnx")
    assert run(["export", str(model), "-o", str(tmp_path / "net.bin"), "--format", "onnx"]) == 0
    onnx.checker.check_model(str(tmp_path / "net.bin"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["net.safetensors", "-o", "net.doc"], 2, "or --format, got 'net.doc'"),
        (
            ["net.safetensors", "-o", "net.doc", "--format", "doc"],
            2,
            "expected a format of pth, mat, h5, onnx",
        ),
        (
            ["net.safetensors", "-o", "./net.safetensors", "--format", "onnx"],
            2,
            "is the input; write to another file",
        ),
        (["none.safetensors", "-o", "net.onnx"], 1, "none.safetensors not found"),
        (["no-such-model", "-o", "net.onnx"], 2, "got 'no-such-model'"),
        (["net.safetensors", "-o", "none/net.onnx"], 1, "cannot write none/net.onnx"),
    ],
)
def test_one_line_and_nothing_written(model, tmp_path, monkeypatch, capsys, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    before = model.read_bytes()
    assert run(["export", *arguments]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [model]
    assert model.read_bytes() == before
