"""The exported core under cocotb: golden frames in and out by AXI4-Stream, with random gaps and refusals.

Run in the export directory, with cocotb 2 and Icarus Verilog or Verilator installed:

    python tb/cocotb_srcnn.py [--simulator verilator] [--seed 1] [NAME ...]

NAMEs are golden vectors, sent one behind the other; by default the two smallest beyond a pixel.
"""

# cocotb is no dependency of the package that this file comes with.
# pyright: reportMissingImports=false

import argparse
import os
import random
import sys
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from cocotb_tools.runner import get_results, get_runner

FRAMES, SEED = "SRCNN_FRAMES", "SRCNN_SEED"


def read_sizes():
    """(width, height) of each vector by name."""
    lines = [line.split() for line in Path("tb/frames.txt").read_text().splitlines()]
    return {name: (int(width), int(height)) for name, width, height, _ in lines}


def read_pixels(path):
    """Pixels of a vector's file, row by row."""
    return [int(word, 16) for word in path.read_text().split()]


def last_output(name):
    """File of what the last layer makes of a vector."""
    return max(Path("vectors", name).glob("conv*_out.hex"))


async def send(dut, frames, chance):
    """Put frames into the core; a pixel stays until it is taken."""
    for name, (width, height) in frames.items():
        for number, pixel in enumerate(read_pixels(Path("vectors", name, "input.hex"))):
            while chance.random() < 0.3:
                dut.s_axis_tvalid.value = 0
                await RisingEdge(dut.aclk)
            dut.width.value, dut.height.value = width, height
            dut.s_axis_tdata.value = pixel
            dut.s_axis_tuser.value = number == 0
            dut.s_axis_tlast.value = number % width == width - 1
            dut.s_axis_tvalid.value = 1
            await RisingEdge(dut.aclk)
            while not dut.s_axis_tready.value:
                await RisingEdge(dut.aclk)
    dut.s_axis_tvalid.value = 0


@cocotb.test()
async def frames_equal_the_golden_vectors(dut):
    """Pixels and marks of every frame, in order."""
    sizes = read_sizes()
    frames = {name: sizes[name] for name in os.environ[FRAMES].split()}
    seed = int(os.environ[SEED])
    Clock(dut.aclk, 10, "ns").start()
    dut.aresetn.value, dut.s_axis_tvalid.value, dut.m_axis_tready.value = 0, 0, 0
    for _ in range(4):
        await RisingEdge(dut.aclk)
    dut.aresetn.value = 1
    cocotb.start_soon(send(dut, frames, random.Random(seed)))
    refusal = random.Random(seed + 1)
    for name, (width, _) in frames.items():
        for number, want in enumerate(read_pixels(last_output(name))):
            dut.m_axis_tready.value = 0
            while refusal.random() < 0.3:
                await RisingEdge(dut.aclk)
            dut.m_axis_tready.value = 1
            await RisingEdge(dut.aclk)
            while not dut.m_axis_tvalid.value:
                await RisingEdge(dut.aclk)
            place = f"{name} y {number // width} x {number % width}"
            got = int(dut.m_axis_tdata.value)
            assert got == want, f"{place}: got {got:x} want {want:x}"
            assert bool(dut.m_axis_tuser.value) == (number == 0), f"{place}: start of frame"
            assert bool(dut.m_axis_tlast.value) == (number % width == width - 1), f"{place}: end of line"


def main():
    """Build the core and run the test above inside the simulator."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--simulator", choices=("icarus", "verilator"), default="icarus")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--build", type=Path, default=Path("build"), help="folder for what is compiled")
    parser.add_argument("names", metavar="NAME", nargs="*")
    arguments = parser.parse_args()
    here, build = Path.cwd(), arguments.build.resolve()
    small = sorted((w * h, name) for name, (w, h) in read_sizes().items() if w * h > 1)[:2]
    runner = get_runner(arguments.simulator)
    runner.build(
        sources=sorted((here / "rtl").glob("*.v")),
        includes=[here / "rtl"],
        hdl_toplevel="srcnn",
        build_dir=build / f"cocotb-{arguments.simulator}",
        timescale=("1ns", "1ps"),
    )
    results = runner.test(
        hdl_toplevel="srcnn",
        test_module=Path(__file__).stem,
        test_dir=here,
        results_xml=str(build / "cocotb.xml"),
        extra_env={
            FRAMES: " ".join(arguments.names or [name for _, name in small]),
            SEED: arguments.seed,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        },
    )
    _, failed = get_results(results)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
