"""What holds for every format: truncated files, options, conventions, missing packages, formats by suffix."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from srcnn.errors import FailureError, UsageError, WeightsError
from srcnn.model import Model
from srcnn.weight_formats import IMPORTED, export_weights, import_weights
from srcnn.weight_formats.conventions import ORIGINS
from srcnn.weight_formats.exporter import to_unit_range
from srcnn.weights import save_weights


@pytest.fixture
def caffemodel(caffe_file, caffe_layers_of, tiny_weights):
    return caffe_file(caffe_layers_of(tiny_weights("9-1-5")), "x3.caffemodel")


@pytest.mark.parametrize("form", ["pth", "legacy", "mat", "h5", "caffemodel"])
def test_a_file_cut_short_anywhere_is_refused_in_one_line(tmp_path, tiny_weights, form, pth_file, caffemodel):
    if form == "legacy":
        torch = pytest.importorskip("torch")
        weights = tiny_weights("9-1-5")
        tensors = {f"{n}.weight": torch.from_numpy(k.copy()) for n, k in enumerate(weights.kernels)}
        whole = pth_file(tensors, legacy=True)
    elif form == "caffemodel":
        whole = caffemodel
    else:
        pytest.importorskip({"pth": "torch", "mat": "scipy", "h5": "h5py"}[form])
        whole = export_weights(tiny_weights("9-1-5"), tmp_path / f"whole.{form}").path
    content = whole.read_bytes()
    assert import_weights(whole).architecture.name == "9-1-5"
    # The last hundred bytes of a Caffe model are layers that an SRCNN can do without.
    last = len(content) - (100 if form == "caffemodel" else 1)
    for length in {*np.linspace(0, last, 23, dtype=int).tolist()}:
        short = tmp_path / f"short{whole.suffix}"
        short.write_bytes(content[:length])
        with pytest.raises(WeightsError) as caught:
            import_weights(short)
        assert str(caught.value).startswith(f"{short}: expected")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", IMPORTED)
def test_a_missing_file_and_one_of_another_kind(tmp_path, suffix):
    with pytest.raises(FailureError, match=rf"none{suffix} not found$"):
        import_weights(tmp_path / f"none{suffix}")
    if suffix in (".pth", ".pt", ".pth.tar", ".ckpt"):
        pytest.importorskip("torch")
    path = tmp_path / f"picture{suffix}"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    with pytest.raises(FailureError, match="expected a"):
        import_weights(path)


def test_suffixes(tmp_path, tiny_weights):
    with pytest.raises(UsageError, match=r"expected weights that end in \.mat, .* got 'net\.doc'"):
        import_weights(tmp_path / "net.doc")
    with pytest.raises(UsageError, match=r"expected an output that ends in \.pth.* got 'net\.doc'"):
        export_weights(tiny_weights(), tmp_path / "net.doc")
    with pytest.raises(UsageError, match="expected a format of pth, mat, h5, onnx"):
        export_weights(tiny_weights(), tmp_path / "net.pth", "doc")
    assert export_weights(tiny_weights(), tmp_path / "net.doc", "onnx").format == "onnx"
    with pytest.raises(WeightsError, match=r"cannot write .*No such file"):
        export_weights(tiny_weights(), tmp_path / "none" / "net.onnx")


def test_options_go_before_the_origin_and_the_origin_before_the_format(caffemodel):
    plain = import_weights(caffemodel)
    assert [layer.border for layer in plain.architecture.layers] == ["replicate"] * 3
    assert (plain.card.luma_range, plain.card.input_range, plain.card.scale) == ("studio", 1.0, 3)
    origin = import_weights(caffemodel, origin="jartap99")
    assert [layer.border for layer in origin.architecture.layers] == ["valid", "zero", "valid"]
    assert origin.card.luma_range == "full"
    # Keras files are not transposed, so this origin does not turn what is in the file.
    np.testing.assert_array_equal(origin.kernels[0], plain.kernels[0].swapaxes(2, 3))
    chosen = import_weights(
        caffemodel,
        origin="jartap99",
        name="mine",
        scale=4,
        border="zero, valid,zero",
        luma_range="studio",
        input_range=255,
        transpose=True,
    )
    assert [layer.border for layer in chosen.architecture.layers] == ["zero", "valid", "zero"]
    assert (chosen.card.name, chosen.card.scale) == ("mine", 4)
    assert (chosen.card.luma_range, chosen.card.input_range) == ("studio", 255.0)
    np.testing.assert_array_equal(chosen.kernels[0], plain.kernels[0])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"origin": "me"}, "expected an origin of matlab, .* got 'me'"),
        ({"border": "same"}, "expected borders out of valid, zero, replicate, got 'same'"),
        ({"border": "valid,zero"}, "one for each of 3 layers, got valid,zero"),
        ({"luma_range": "half"}, "expected a luma range of studio or full"),
        ({"input_range": 2}, "expected an input range of 1 or 255, got 2"),
        ({"input_range": 0.5}, "expected an input range of 1 or 255, got 0.5"),
        ({"input_range": 0}, "expected an input range of 1 or 255, got 0"),
        ({"scale": 0}, "expected a scale of at least 1"),
        ({"color": "rgb"}, "expected y for 1 plane"),
    ],
)
def test_options_that_cannot_be_meant(caffemodel, option, message):
    with pytest.raises(UsageError, match=message):
        import_weights(caffemodel, **option)


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("x3", 3),
        ("SRCNN_x2", 2),
        ("srcnn-X4-best", 4),
        ("max3", None),
        ("x3_x4", None),
        ("x32", None),
        ("x10", None),
    ],
)
def test_the_scale_in_a_files_name(caffe_file, caffe_layers_of, tiny_weights, name, scale):
    path = caffe_file(caffe_layers_of(tiny_weights()), f"{name}.caffemodel")
    assert import_weights(path).card.scale == scale


def test_every_origin_says_why():
    for name, convention in ORIGINS.items():
        assert convention.why, name


def test_an_input_range_of_255_becomes_1_by_the_biases_alone(tiny_weights, picture):
    weights = tiny_weights("9-1-5")
    levels = Model(weights, "numpy")(picture[..., 0].astype(np.float32))
    card = to_unit_range(weights).card
    assert to_unit_range(weights) is weights
    of_255 = replace(weights, card=replace(card, input_range=255.0))
    folded = to_unit_range(of_255)
    assert folded.card.input_range == 1
    np.testing.assert_array_equal(folded.kernels[0], weights.kernels[0])
    np.testing.assert_allclose(Model(folded, "numpy")(picture[..., 0] / 255), levels / 255, atol=2e-6)


MISSING = """
import sys
for name in ("torch", "h5py", "scipy", "onnx"):
    sys.modules[name] = None
from srcnn.cli import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("suffix", "extra"),
    [(".mat", "formats"), (".pth", "train"), (".h5", "formats"), (".caffemodel", None), (".onnx", "onnx")],
)
def test_a_missing_package_is_named(tmp_path, tiny_weights, caffemodel, suffix, extra):
    save_weights(tiny_weights(), tmp_path / "a.safetensors")
    (tmp_path / "in.pth").write_bytes(b"x")
    (tmp_path / "in.h5").write_bytes(b"x")
    (tmp_path / "in.onnx").write_bytes(b"x")
    commands = []
    if suffix != ".mat":
        source = caffemodel if suffix == ".caffemodel" else tmp_path / f"in{suffix}"
        commands.append(["import", str(source), "-o", str(tmp_path / "b.safetensors")])
    if suffix != ".caffemodel":
        commands.append(["export", str(tmp_path / "a.safetensors"), "-o", str(tmp_path / f"out{suffix}")])
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-c", MISSING, *command], capture_output=True, text=True, check=False
        )
        assert done.returncode == (0 if extra is None else 1), done.stderr
        if extra is not None:
            assert done.stderr.count("\n") == 1
            assert f"pip install 'srcnn[{extra}]'" in done.stderr
