"""The Verilog core in Icarus Verilog: every number of every layer, whatever folding and back-pressure."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hardware_fixtures import random_network, random_pictures, write_design
from support import make_tiny_weights

from srcnn.errors import HardwareError, UsageError
from srcnn.fixed_point import run_network
from srcnn.hardware.calibration_set import network_pair
from srcnn.hardware.export_design import export_design, make_design
from srcnn.hardware.folding import Folding, LayerFolding, clocks_per_frame, plan_folding
from srcnn.hardware.simulate import build_simulation, run_cocotb, simulate
from srcnn.hardware.simulated_pictures import core_picture

needs_iverilog = pytest.mark.skipif(shutil.which("iverilog") is None, reason="needs iverilog")
needs_verilator = pytest.mark.skipif(shutil.which("verilator") is None, reason="needs verilator")

SIZES = [(7, 5), (1, 1), (4, 9), (1, 1), (1, 3), (8, 1)]
NETWORKS = {
    "valid": random_network([(5, 5, "valid"), (1, 4, "valid"), (3, 1, "valid")]),
    "replicate": random_network(
        [(3, 4, "replicate"), (3, 2, "replicate"), (3, 3, "replicate"), (3, 1, "replicate")],
        weight_bits=8,
        activation_bits=8,
        rounding="half-up",
    ),
    "zero, 3 channels": random_network(
        [(3, 3, "zero"), (1, 2, "zero"), (5, 3, "zero")],
        channels=3,
        weight_bits=16,
        activation_bits=16,
        rounding="truncate",
    ),
    "mixed": random_network([(3, 3, "zero"), (3, 2, "valid"), (1, 3, "replicate"), (3, 1, "replicate")]),
}
CLOCKS = {"valid": (1, 7, 40), "replicate": (12,), "zero, 3 channels": (20,), "mixed": (3,)}


@needs_iverilog
@pytest.mark.parametrize(("name", "clocks"), [(name, clocks) for name in CLOCKS for clocks in CLOCKS[name]])
def test_the_core_equals_the_contract(name, clocks, tmp_path):
    network = NETWORKS[name]
    pictures = random_pictures(SIZES, network.channels)
    write_design(tmp_path, network, plan_folding(network, clocks), pictures, max_width=9)
    with build_simulation(tmp_path, "iverilog") as built:
        for seed in (None, 1, 2):
            result = built.run(list(pictures), stall_seed=seed)
            assert result.mismatches == []
            for frame in pictures:
                golden = np.load(tmp_path / f"vectors/{frame}/conv{len(network.layers)}_out.npy")
                np.testing.assert_array_equal(result.outputs[frame], golden)


@needs_iverilog
def test_lanes_that_do_not_divide_the_channels(tmp_path):
    network = NETWORKS["valid"]
    folds = (LayerFolding(5, 1, 5, 1, 3, 5), LayerFolding(1, 5, 4, 3, 3, 1), LayerFolding(3, 4, 1, 3, 1, 1))
    pictures = random_pictures(SIZES)
    write_design(tmp_path, network, Folding(folds), pictures, max_width=9)
    assert simulate(tmp_path, "iverilog", list(pictures), stall_seed=3).mismatches == []


@needs_iverilog
@pytest.mark.parametrize("clocks", [1, 9])
def test_clocks_are_those_that_the_folding_predicts(clocks, tmp_path):
    network = NETWORKS["valid"]
    folding = plan_folding(network, clocks)
    pictures = random_pictures([(24, 20), (24, 20)])
    write_design(tmp_path, network, folding, pictures, max_width=24)
    _, counted = simulate(tmp_path, "iverilog", list(pictures)).clocks.values()
    assert counted == pytest.approx(clocks_per_frame(network, folding, 24, 20), rel=0.04)


@needs_iverilog
@pytest.mark.parametrize(
    ("path", "mismatch"),
    [
        ("vectors/0-7x5/conv2_acc.hex", "layer 2 channel 0 y 0 x 2 acc got"),
        ("vectors/0-7x5/conv3_out.hex", "layer 3 channel 0 y 0 x 2 out got"),
        ("mem/folded/conv2_weight.hex", "layer 2 channel"),
        ("mem/folded/conv1_bias.hex", "layer 1 channel"),
    ],
)
def test_a_flipped_bit_is_found_where_it_is(path, mismatch, tmp_path):
    network = NETWORKS["valid"]
    pictures = random_pictures([(7, 5)])
    write_design(tmp_path, network, plan_folding(network, 7), pictures, max_width=9)
    lines = (tmp_path / path).read_text().splitlines()
    lines[2] = lines[2][:-1] + f"{int(lines[2][-1], 16) ^ 1:x}"
    (tmp_path / path).write_text("\n".join(lines) + "\n")
    result = simulate(tmp_path, "iverilog", list(pictures))
    assert mismatch in result.mismatches[0]
    assert result.mismatches[-1].startswith("FAIL")


@needs_iverilog
@pytest.mark.skipif(importlib.util.find_spec("cocotb_tools") is None, reason="needs cocotb 2")
def test_cocotb_agrees_and_finds_a_flipped_pixel(tmp_path):
    network = NETWORKS["valid"]
    pictures = random_pictures([(7, 5), (1, 1), (4, 3)])
    write_design(tmp_path, network, plan_folding(network, 7), pictures, max_width=9)
    assert run_cocotb(tmp_path, list(pictures)) == []
    golden = tmp_path / "vectors/2-4x3/conv3_out.hex"
    pixels = golden.read_text().splitlines()
    pixels[5] = f"{int(pixels[5], 16) ^ 4:02x}"
    golden.write_text("\n".join(pixels) + "\n")
    assert run_cocotb(tmp_path, list(pictures))[0].startswith("2-4x3 y 1 x 1: got")


@pytest.mark.slow
@needs_iverilog
def test_a_core_that_sees_far_is_not_taken_to_hang(tmp_path):
    # 33 pixels on each side: 67 lines come in before the only pixel goes out.
    network = random_network([(kernel, 1, "valid") for kernel in (9, 9, 9, 9, 9, 9, 7, 7, 7)])
    write_design(tmp_path, network, plan_folding(network, 1), random_pictures([(1, 1)]), max_width=9)
    assert simulate(tmp_path, "iverilog", ["0-1x1"]).mismatches == []


@needs_verilator
def test_the_core_has_no_lint(tmp_path):
    paper = random_network([(9, 64, "valid"), (1, 32, "valid"), (5, 1, "valid")])
    for number, (network, clocks) in enumerate(((NETWORKS["valid"], 7), (NETWORKS["mixed"], 1), (paper, 9))):
        folder = tmp_path / str(number)
        write_design(folder, network, plan_folding(network, clocks), {}, max_width=1920)
        sources = sorted(str(path) for path in folder.glob("rtl/*.v"))
        command = [
            "verilator",
            "--lint-only",
            "-Wall",
            f"-I{folder / 'rtl'}",
            "--top-module",
            "srcnn",
            *sources,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@needs_iverilog
def test_frames_that_are_not_as_announced(tmp_path):
    # A testbench of its own: it checks itself, see there.
    rtl = Path(__file__).parents[2] / "src" / "srcnn" / "hardware" / "rtl"
    sources = [rtl / "srcnn_frame_input.v", Path(__file__).parent / "tb_frame_input.v"]
    compiled = tmp_path / "tb.vvp"
    subprocess.run(["iverilog", "-g2001", "-Wall", "-o", str(compiled), *map(str, sources)], check=True)
    done = subprocess.run(["vvp", "-n", str(compiled)], capture_output=True, text=True, check=True)
    assert re.findall(r"^(?:FAIL|PASS).*", done.stdout, re.MULTILINE) == ["PASS"]


def test_what_cannot_be_simulated(tmp_path, monkeypatch):
    network = NETWORKS["valid"]
    write_design(tmp_path, network, plan_folding(network, 7), random_pictures([(10, 2)]), max_width=9)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(HardwareError, match="iverilog not found; on Debian: apt install iverilog"):
        simulate(tmp_path, "iverilog", ["0-10x2"])
    monkeypatch.undo()
    if shutil.which("iverilog"):
        with pytest.raises(
            UsageError, match="at most 9x9 pixels, what the core was made for, got 0-10x2 of 10x2"
        ):
            simulate(tmp_path, "iverilog", ["0-10x2"])
        with pytest.raises(UsageError, match="a vector of 0-10x2, got other"):
            simulate(tmp_path, "iverilog", ["other"])


@needs_iverilog
@pytest.mark.parametrize("damage", [("jpeg 20",), ("blur 1", "round")])
def test_a_colour_picture_of_weights_that_only_luma_is_damaged_for_comes_out_grey(damage, tmp_path):
    tiny = make_tiny_weights("3-1-3")
    weights = replace(tiny, card=replace(tiny.card, scale=None, task="restore", degradation=damage))
    design = make_design(weights, max_width=90, max_height=60)
    pixels = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    picture, _ = core_picture(export_design(design, tmp_path / "core"), pixels, "iverilog")
    inputs, _ = network_pair(weights, pixels)
    np.testing.assert_array_equal(picture, run_network(design.quantized.network, inputs)[0])
