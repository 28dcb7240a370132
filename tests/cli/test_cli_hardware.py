"""``srcnn hardware`` from the command line."""

import json
import shutil
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
from safetensors.numpy import save

from srcnn.cli import run
from srcnn.weights import save_weights


@pytest.fixture
def model(tmp_path, tiny_weights):
    save_weights(tiny_weights("3-1-3"), tmp_path / "net.safetensors")
    return str(tmp_path / "net.safetensors")


@pytest.fixture
def photo(tmp_path, picture):
    folder = tmp_path / "photos"
    folder.mkdir()
    PIL.Image.fromarray(np.asarray(picture)).save(folder / "a.png")
    return folder / "a.png"


def test_export_report_and_check(model, photo, tmp_path, capsys, monkeypatch):
    core = tmp_path / "core"
    options = [
        "--bits",
        "8",
        "--multipliers",
        "20",
        "--calibration",
        str(photo.parent),
        "--picture",
        str(photo),
    ]
    assert run(["hardware", "export", model, "-o", str(core), *options, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["network"]["weight_bits"] == facts["network"]["activation_bits"] == 8
    assert facts["core"]["folding"]["multipliers"] <= 20
    assert list(facts["calibration"]["digests"]) == ["a"]
    assert np.load(core / "vectors/picture/input.npy").shape == (1, 48, 36)  # cropped to the scale

    assert run(["hardware", "report", str(core), str(photo), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    rows = {row["arithmetic"]: row for row in values["pictures"]}
    assert rows["W16A16"]["largest"] <= 1
    assert rows["NumPy, float32"]["identical"] == 1
    assert rows["W8A8, this design"]["psnr"] < 60
    assert run(["hardware", "report", str(core), "--markdown"]) == 0
    assert "## Formats" in capsys.readouterr().out
    assert run(["hardware", "report", str(core), "--figure", str(photo)]) == 2
    assert f"{photo} already exists; use --overwrite" in capsys.readouterr().err

    monkeypatch.setattr("srcnn.hardware.check_design.shutil.which", lambda program: None)
    assert run(["hardware", "check", str(core)]) == 0
    assert (
        "equal; not tried: C, C++, HLS C++, Verilog, iverilog, Verilog, verilator, Verilog, cocotb"
        in capsys.readouterr().out
    )
    (core / "srcnn_model.h").write_text("")
    assert run(["hardware", "check", str(core)]) == 1
    assert "got srcnn_model.h (changed); export again" in capsys.readouterr().err


def test_names_of_weights_end_no_comment_and_no_line(tmp_path, tiny_weights, capsys):
    weights = tiny_weights("3-1-3")
    named = replace(weights, card=replace(weights.card, name="9-1-5 (c3*/2)\n/*x3"))
    save_weights(named, tmp_path / "net.safetensors")
    core = tmp_path / "core"
    assert run(["hardware", "export", str(tmp_path / "net.safetensors"), "-o", str(core)]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    for path in ("srcnn_model.h", "srcnn_top.cpp"):
        comment = (core / path).read_text()[2:].split("*/")[0]
        assert ("generated" in comment, "/*" in comment) == (True, False)
    assert (core / "rtl/srcnn_config.vh").read_text().splitlines()[1].startswith("// What each number")
    assert (core / "report.md").read_text().splitlines()[0].endswith("W12A12, half-even")


def test_frames_a_second_of_a_slow_core_are_not_zero(model, tmp_path):
    core = tmp_path / "core"
    assert run(["hardware", "export", model, "-o", str(core), "--multipliers", "3"]) == 0
    values = json.loads((core / "report.json").read_text())["frames"]
    rates = [line.split("|")[-2] for line in (core / "report.md").read_text().splitlines()[-3:]]
    assert [float(rate) for rate in rates] == pytest.approx(
        [frame["frames_per_second"] for frame in values], rel=5e-3
    )


@pytest.mark.parametrize("options", [["--clock", "0"], ["--simulate"], ["no-such-picture.png"]])
def test_a_report_that_is_refused_writes_no_figure(options, model, tmp_path, capsys):
    core, figure = tmp_path / "core", tmp_path / "pace.svg"
    assert run(["hardware", "export", model, "-o", str(core)]) == 0
    capsys.readouterr()
    assert run(["hardware", "report", str(core), "--figure", str(figure), *options]) in (1, 2)
    assert capsys.readouterr().err.count("\n") == 1
    assert not figure.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bits", "9"], "expected weights of 8, 10, 12, 16 bits, got 9"),
        (["--bits", "lots"], "expected widths such as 12, w8a12 or int8, got 'lots'"),
        (["--acc-bits", "40"], "expected accumulators of 32, 48 bits, got 40"),
        (["--acc-bits", "32", "--bits", "16"], "expected accumulators of at most 32 bits, got 3"),
        (["--rounding", "up"], "expected a rounding of half-even, half-up, truncate"),
        (["--clocks-per-pixel", "0"], "expected at least 1 clock per pixel, got 0"),
        (["--clocks-per-pixel", "4", "--multipliers", "9"], "use either --clocks-per-pixel or --multipliers"),
        (["--multipliers", "2"], "expected at least 3 multipliers"),
        (["--max-width", "20"], "--max-width"),
        (["--max-width", "0"], "at most 0x1080 for this core"),
        (["--calibration", "EMPTY"], "got none"),
        (["--calibration", "NOTHING"], "not there"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(model, tmp_path, capsys, options, message):
    (tmp_path / "empty").mkdir()
    places = {"EMPTY": str(tmp_path / "empty"), "NOTHING": str(tmp_path / "nothing")}
    before = sorted(tmp_path.iterdir())
    arguments = [places.get(option) or option for option in options]
    assert run(["hardware", "export", model, "-o", str(tmp_path / "core"), *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="needs iverilog")
def test_simulate_writes_what_the_core_gives_and_refuses_what_it_cannot_hold(model, photo, tmp_path, capsys):
    core, out = tmp_path / "core", tmp_path / "out.png"
    assert run(["hardware", "export", model, "-o", str(core), "--max-width", "90", "--max-height", "60"]) == 0
    capsys.readouterr()
    crop = tmp_path / "crop.png"
    PIL.Image.open(photo).crop((0, 0, 13, 11)).save(crop)
    command = ["hardware", "simulate", str(core), str(crop), "-o", str(out), "--simulator", "iverilog"]
    assert run([*command, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["width"], facts["height"]) == PIL.Image.open(out).size == (12, 10)
    assert facts["clocks"] > 12 * 10
    assert run(command) == 2
    assert "out.png already exists; use --overwrite" in capsys.readouterr().err
    PIL.Image.new("L", (92, 4)).save(crop)
    assert run([*command, "--overwrite"]) == 2
    assert "expected at most 90x60 pixels, what the core was made for" in capsys.readouterr().err
    assert run([*command[:-1], "modelsim", "--overwrite"]) == 2
    assert "expected a simulator of iverilog, verilator, got 'modelsim'" in capsys.readouterr().err


def test_what_is_no_design_and_no_model(tmp_path, capsys):
    assert run(["hardware", "check", str(tmp_path)]) == 1
    assert "expected a directory of `srcnn hardware export`" in capsys.readouterr().err
    assert run(["hardware", "export", "no-such-model", "-o", str(tmp_path / "core")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "residual.safetensors").write_bytes(
        save({"conv1.weight": np.zeros((4, 1, 3, 3), np.float32)})
    )
    command = ["hardware", "export", str(tmp_path / "residual.safetensors"), "-o", str(tmp_path / "core")]
    assert run(command) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "core").exists()
    assert run(["hardware", "report", str(tmp_path), "--json", "--markdown"]) == 2
    assert "use either --json or --markdown" in capsys.readouterr().err
