"""A design written down: every part gives the same integers, and what was changed is found."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import TinyWeights, make_tiny_weights

from srcnn.arch import Architecture, Layer
from srcnn.errors import HardwareError, UsageError
from srcnn.fixed_point import Widths, run_layers, run_network
from srcnn.fixed_point.fixed_network import ROUNDINGS
from srcnn.hardware.check_design import check_design
from srcnn.hardware.compiled import LANGUAGES, compiler_of, run_program
from srcnn.hardware.export_design import Design, export_design, make_design
from srcnn.hardware.manifest import changed_files, read_manifest, read_network
from srcnn.hardware.onnx_graphs import qonnx_graph
from srcnn.hardware.simulate import SIMULATORS
from srcnn.hardware.words import coe_words, hex_pixels, hex_words, little_endian
from srcnn.weights import ModelCard, Weights, load_weights

MIXED = (Layer(5, 3, "valid"), Layer(3, 2, "zero"), Layer(3, 4, "replicate"), Layer(3, 1, "valid"))


def mixed_weights(layers: tuple[Layer, ...] = MIXED) -> Weights:
    architecture = Architecture(layers)
    rng = np.random.default_rng(0)
    kernels = tuple(rng.normal(0, 0.3, shape).astype(np.float32) for shape in architecture.weight_shapes)
    biases = tuple(rng.normal(0, 0.05, shape[0]).astype(np.float32) for shape in architecture.weight_shapes)
    return Weights(kernels, biases, architecture, ModelCard("mixed", 2))


@pytest.fixture(scope="module")
def design() -> Design:
    return make_design(make_tiny_weights("5-1-3"), Widths(8, 8), max_width=96, max_height=96)


@pytest.fixture
def directory(design: Design, tmp_path: Path) -> Path:
    return export_design(design, tmp_path / "core")


def test_every_file_is_hashed_and_the_memories_hold_the_network(design: Design, directory: Path):
    manifest = read_manifest(directory)
    files = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    assert files == {*manifest["files"], "manifest.json"}
    assert changed_files(directory, manifest) == []
    network = read_network(directory, manifest)
    for layer, original in zip(network.layers, design.quantized.network.layers, strict=True):
        assert np.array_equal(layer.weights, original.weights)
        assert np.array_equal(layer.biases, original.biases)
        assert np.array_equal(layer.shifts, original.shifts)
    assert load_weights(directory / "weights.safetensors").digest == manifest["network"]["digest"]


CASES = {
    "C": (MIXED, Widths(12, 10)),
    "C++": (MIXED, Widths(8, 16, rounding="truncate")),
    "HLS C++": ((Layer(3, 3, "zero"), Layer(1, 1, "valid")), Widths(16, 16, rounding="half-up")),
}


@pytest.mark.parametrize(
    ("language", "layers", "widths"),
    [
        pytest.param(language, *case, marks=() if language == quick else pytest.mark.slow)
        for quick, case in CASES.items()
        for language in LANGUAGES
    ],
)
def test_c_and_hls_give_the_golden_integers(language, layers, widths, tmp_path):
    if shutil.which(compiler_of(language)) is None:
        pytest.skip(f"{compiler_of(language)} is not installed")
    design = make_design(mixed_weights(layers), widths, max_width=96, max_height=96)
    directory = export_design(design, tmp_path / "core")
    assert run_program(directory, language).mismatches == []
    whole = run_program(directory, language, "tb/picture.txt")
    planes = np.load(directory / "vectors/picture/input.npy")
    assert whole.output == run_network(design.quantized.network, planes).tobytes()


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_the_lines_of_hls_are_as_wide_as_the_core(tmp_path: Path):
    wide = np.random.default_rng(0).integers(0, 256, (1, 2, 2100), np.uint8)
    layers = (Layer(3, 1, "zero"), Layer(1, 1, "valid"))
    design = make_design(mixed_weights(layers), max_width=2100, max_height=96, picture=wide)
    directory = export_design(design, tmp_path / "core")
    assert run_program(directory, "HLS C++", "tb/picture.txt").mismatches == []


def test_a_flipped_golden_word_is_found_where_it_is(directory: Path):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    path = directory / "vectors/crop13x11/conv2_out.npy"
    values = np.load(path)
    values[1, 2, 3] ^= 1
    np.save(path, values)
    (line,) = run_program(directory, "C").mismatches
    assert line.startswith("mismatch layer 2 channel 1 y 2 x 3 out got ")
    assert line.endswith("frame crop13x11")


def test_check_says_equal_and_what_is_missing(directory: Path, monkeypatch):
    monkeypatch.setattr("srcnn.hardware.check_design.shutil.which", lambda program: None)
    result = check_design(directory)
    found = {proof.name: (proof.status, proof.detail) for proof in result.proofs}
    assert result.passed
    assert {name for name, (status, _) in found.items() if status == "equal"} == {
        "NumPy",
        "plain Python integers",
        "ONNX int8",
        "negative controls",
    }
    assert found["Verilog, iverilog"] == ("skipped", "iverilog not found; on Debian: apt install iverilog")
    assert "another rounding" in found["negative controls"][1]


def test_a_first_layer_of_single_pixels_has_no_kernel_to_transpose(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("srcnn.hardware.check_design.shutil.which", lambda program: None)
    for name, layers, found in (("one", 3, True), ("none", 1, False)):
        weights = mixed_weights((Layer(1, 3), Layer(layers, 1)))
        directory = export_design(make_design(weights, max_width=96, max_height=96), tmp_path / name)
        proof = check_design(directory).proofs[-1]
        assert (proof.status, "a transposed kernel" in proof.detail) == ("equal", found)


def test_a_bias_beyond_32_bits_is_no_8_bit_graph(tmp_path: Path, monkeypatch):
    weights = mixed_weights((Layer(3, 3), Layer(3, 1)))
    weights.kernels[0][1] *= 1e-7  # a unit that gives its bias and nothing else
    weights.biases[0][1] = 0.3
    design = make_design(weights, Widths(8, 8), max_width=96, max_height=96)
    assert design.quantized.network.layers[0].biases[1] > 2**31
    assert "onnx/srcnn_int8_qdq.onnx" not in design.files
    status, detail = onnx_proof(export_design(design, tmp_path / "core"), monkeypatch)
    assert (status, "32-bit biases" in detail) == ("skipped", True)


def test_without_onnx_a_design_lacks_its_graphs_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    design = make_design(make_tiny_weights("5-1-3"), Widths(8, 8), max_width=96, max_height=96)
    assert not [path for path in design.files if path.startswith("onnx/")]
    assert any("pip install 'srcnn[onnx]'" in warning for warning in design.warnings)
    directory = export_design(design, tmp_path / "core")
    assert onnx_proof(directory, monkeypatch) == (
        "skipped",
        "onnxruntime not found; pip install 'srcnn[onnx]'",
    )
    monkeypatch.undo()
    assert onnx_proof(directory, monkeypatch)[1].endswith("export again")


def onnx_proof(directory: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setattr("srcnn.hardware.check_design.shutil.which", lambda program: None)
    (proof,) = (proof for proof in check_design(directory).proofs if proof.name == "ONNX int8")
    return proof.status, proof.detail


@pytest.mark.slow
def test_all_programs_agree_where_they_are_installed(directory: Path):
    programs = {"C": "gcc", "C++": "g++", "HLS C++": "g++"}
    programs |= {f"Verilog, {name}": name for name in SIMULATORS}
    missing = {name for name, program in programs.items() if shutil.which(program) is None}
    found = {proof.name: proof.status for proof in check_design(directory).proofs}
    found.pop("Verilog, cocotb")
    assert {name for name, status in found.items() if status != "equal"} == missing
    if missing:
        pytest.skip(f"equal but for what is not installed: {', '.join(sorted(missing))}")


def test_what_was_changed_since_is_found(directory: Path):
    with (directory / "mem/conv1_weight.hex").open("a") as file:
        file.write("00\n")
    (directory / "srcnn_ref.c").unlink()
    manifest = read_manifest(directory)
    assert changed_files(directory, manifest) == ["mem/conv1_weight.hex (changed)", "srcnn_ref.c (missing)"]
    with pytest.raises(HardwareError, match=r"got mem/conv1_weight.hex \(changed\) and 1 more; export again"):
        check_design(directory)
    with pytest.raises(HardwareError, match="words of 8 bits"):
        read_network(directory, manifest)


def test_a_directory_that_is_no_design_is_refused(tmp_path, directory: Path):
    with pytest.raises(HardwareError, match="expected a directory of `srcnn hardware export`"):
        check_design(tmp_path / "nothing")
    (directory / "manifest.json").write_text("{}")
    with pytest.raises(HardwareError, match="expected a manifest"):
        check_design(directory)
    (directory / "manifest.json").write_text(json.dumps({"contract": "srcnn-fixed-9", "format": 1}))
    with pytest.raises(HardwareError, match="expected srcnn-fixed-1"):
        check_design(directory)


def test_a_directory_that_exists_is_replaced_only_where_asked_and_only_a_design(design, directory, tmp_path):
    with pytest.raises(UsageError, match="already exists; use --overwrite"):
        export_design(design, directory)
    (directory / "notes.txt").write_text("old")
    export_design(design, directory, overwrite=True)
    assert not (directory / "notes.txt").exists()
    other = tmp_path / "photos"
    other.mkdir()
    with pytest.raises(UsageError, match=r"without manifest.json"):
        export_design(design, other, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["core", "photos"]


def test_a_design_that_could_not_be_replaced_is_still_there(design: Design, directory, tmp_path, monkeypatch):
    target = tmp_path / "replaced" / "core"
    shutil.copytree(directory, target)
    before = sorted(path.name for path in target.iterdir())
    rename = Path.rename

    def interrupted(path: Path, new: Path):
        if path.name == "design":
            raise KeyboardInterrupt
        return rename(path, new)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export_design(design, target, overwrite=True)
    assert sorted(path.name for path in target.iterdir()) == before
    assert [path.name for path in target.parent.iterdir()] == ["core"]


def test_nothing_half_written_stays(design: Design, tmp_path, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HardwareError, match="No space left on device"):
        export_design(design, tmp_path / "core")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_wider_than_the_core_is_refused(tiny_weights: TinyWeights):
    with pytest.raises(UsageError, match=r"at most 90x90 for this core, got picture of 91x4"):
        make_design(tiny_weights(), max_width=90, max_height=90, picture=np.zeros((1, 4, 91), np.uint8))


def test_a_network_that_adds_nothing_is_warned_of(tiny_weights: TinyWeights):
    weights = tiny_weights()
    blurring = replace(weights, kernels=(*weights.kernels[:2], weights.kernels[2] * 0 + np.float32(0.03)))
    assert any("not above its input" in line for line in make_design(blurring).warnings)


def test_words():
    assert hex_words([-1, 5, -2048], 12) == "fff\n005\n800\n"
    assert hex_pixels(np.array([[[1, 2]], [[-1, 3]]]), 5) == "3e1\n062\n"  # the first channel lowest
    assert coe_words([-1, 2], 4) == (
        "memory_initialization_radix=16;\nmemory_initialization_vector=\nf,\n2;\n"
    )
    assert little_endian(np.array([-2, 1]), 12) == b"\xfe\xff\x01\x00"


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_header_names_the_rounding(rounding):
    design = make_design(make_tiny_weights(), Widths(8, 8, rounding=rounding))
    name = rounding.upper().replace("-", "_")
    assert f"#define SRCNN_ROUNDING SRCNN_{name}\n" in design.files["srcnn_model.h"].decode()
    # ONNX rounds half to even and cannot say otherwise.
    assert ("onnx/srcnn_int8_qdq.onnx" in design.files) == (rounding == "half-even")


@pytest.mark.parametrize("layers", [MIXED, (Layer(5, 4, "replicate"), Layer(3, 1, "valid"))])
def test_qonnx_gives_the_golden_integers(layers):
    """By a Quant node written from its definition (fastmachinelearning/qonnx), in onnx's own evaluator."""
    from onnx import load_from_string
    from onnx.reference import ReferenceEvaluator
    from onnx.reference.op_run import OpRun

    class Quant(OpRun):
        op_domain = "qonnx.custom_op.general"

        def _run(self, x, scale, zero_point, bits, signed=None, narrow=None, rounding_mode=None):
            assert rounding_mode == "ROUND"
            low = -(2 ** (bits - 1)) + narrow if signed else 0
            high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1 - narrow
            whole = np.clip(np.round(x / scale + zero_point), low, high)
            return (((whole - zero_point) * scale).astype(np.float32),)

    design = make_design(mixed_weights(layers), Widths(8, 8))
    network = design.quantized.network
    planes = np.random.default_rng(3).integers(0, 256, (1, 9, 12), np.uint8)
    evaluator = ReferenceEvaluator(load_from_string(qonnx_graph(network)), new_ops=[Quant])
    (result,) = evaluator.run(None, {"planes": planes[None].astype(np.float32)})
    *_, (_, golden) = run_layers(network, planes)
    assert np.array_equal(result[0], golden)
