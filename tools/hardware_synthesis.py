"""What the Verilog core takes of an FPGA, and how fast it is: synthesised, placed, simulated by open tools.

Usage: python tools/hardware_synthesis.py 9-1-5-x3 128 [--parts xc7] [-o records/hardware/synthesis.json]

Makes the core of a model (12 bits, calibrated on the drawn pictures) with at most so many multipliers, and
puts into the record, in place of what it says of the same model and number:

- resources of a 7 series and an ECP5 by yosys;
- the clock rate of the ECP5 by nextpnr, where that is installed and the core fits the part;
- the clocks of a frame, counted by Verilator in the second of two equal frames of noise, and those predicted.

Each part is written when it is measured, and what the record says of the others stays. A thousand multipliers
take an hour on a busy machine.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from srcnn.atomic import write_bytes
from srcnn.errors import HardwareError, SrcnnError
from srcnn.fixed_point import FixedNetwork, quantize, run_network
from srcnn.fixed_point.calibration import default_inputs
from srcnn.hardware.core import core_facts, core_files
from srcnn.hardware.folding import Folding, clocks_per_frame, plan_multipliers
from srcnn.hardware.simulate import simulate
from srcnn.hardware.synthesis import FAMILIES, Family, clock_rate, find_nextpnr, synthesize
from srcnn.hardware.words import hex_pixels
from srcnn.weights import load_weights
from srcnn.zoo import find_model

RECORD = Path(__file__).parents[1] / "records" / "hardware" / "synthesis.json"
MAX_WIDTHS: dict[Family, int] = {"xc7": 1920, "ecp5": 1280}
"""Wider lines than these do not fit the block RAM of the largest ECP5 with 9-1-5."""
MAX_HEIGHT = 1080
PARTS = ("simulation", *FAMILIES)
FRAMES = {"255x255": (255, 255), "720p": (1280, 720), "1080p": (1920, 1080)}
SIMULATED = ((255, 255), (33, 29), (13, 11))
WORK_BUDGET = 1.5e9
"""Clocks times multipliers, and 100 for all else, of a frame that is simulated: minutes. The largest of
`SIMULATED` below it is taken."""
SECONDS = 7200
"""Time for one run of a tool."""


def measure(model: str, multipliers: int, parts: Sequence[str] = PARTS) -> Iterator[dict[str, Any]]:
    """Entries of the record, each with one part more than the one before.

    Raises:
        HardwareError: a tool that is missing or fails, or a simulation that differs from the contract.
    """
    weights = load_weights(find_model(model))
    network = quantize(weights, default_inputs(weights.card, weights.architecture.channels)).network
    folding = plan_multipliers(network, multipliers)
    predicted = {name: clocks_per_frame(network, folding, *size) for name, size in FRAMES.items()}
    entry: dict[str, Any] = {
        "model": model,
        "weights": weights.digest,
        "integers": _digest(network),
        "wanted_multipliers": multipliers,
        "folding": folding.as_json(),
        "clocks_per_frame": predicted,
    }
    for part in parts:
        if part == "simulation":
            entry[part] = _simulation(network, folding)
        else:
            entry[part] = _synthesis(network, folding, part)
        yield entry


def _digest(network: FixedNetwork) -> str:
    """SHA-256 of weights, biases and shifts: what quantisation made of the weights."""
    digest = hashlib.sha256()
    for layer in network.layers:
        for values in (layer.weights, layer.biases, layer.shifts):
            digest.update(values.astype("<i8").tobytes())
    return digest.hexdigest()


def _simulation(network: FixedNetwork, folding: Folding) -> dict[str, Any]:
    clocks = WORK_BUDGET / (folding.multipliers + 100)
    sizes = (size for size in SIMULATED if clocks_per_frame(network, folding, *size) <= clocks)
    width, height = next(sizes, SIMULATED[-1])
    rng = np.random.default_rng(0)
    planes = rng.integers(0, 256, (network.channels, height, width), np.uint8)
    golden = run_network(network, planes)
    with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        directory = Path(folder)
        _write_core(directory, network, folding, width)
        sizes_of = {name: {"width": width, "height": height} for name in ("first", "second")}
        for name in sizes_of:
            vector = directory / "vectors" / name
            vector.mkdir(parents=True)
            (vector / "input.hex").write_text(hex_pixels(planes, 8))
            (vector / f"conv{len(network.layers)}_out.hex").write_text(hex_pixels(golden, 8))
        facts = core_facts(network, folding, max_width=width, max_height=MAX_HEIGHT)
        (directory / "manifest.json").write_text(json.dumps({"core": facts, "vectors": sizes_of}))
        result = simulate(directory, "verilator", list(sizes_of))
    if result.mismatches:
        raise HardwareError(f"expected the core to equal the contract, got {result.mismatches[0]}")
    return {
        "width": width,
        "height": height,
        "clocks": result.clocks["second"],
        "clocks_predicted": clocks_per_frame(network, folding, width, height),
    }


def _synthesis(network: FixedNetwork, folding: Folding, family: str) -> dict[str, Any]:
    family = cast(Family, family)
    with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        directory = Path(folder)
        _write_core(directory, network, folding, MAX_WIDTHS[family])
        netlist = directory / "netlist.json" if family == "ecp5" else None
        resources = synthesize(directory, family, netlist=netlist, timeout=SECONDS)
        entry = {"max_width": MAX_WIDTHS[family], **resources.as_json()}
        if netlist and find_nextpnr():
            try:
                entry["clock_mhz"] = round(clock_rate(netlist, timeout=SECONDS), 1)
            except HardwareError as error:
                entry["clock_mhz"], entry["not_placed"] = None, str(error)
    return entry


def _write_core(directory: Path, network: FixedNetwork, folding: Folding, max_width: int) -> None:
    for path, content in core_files(network, folding, max_width=max_width, max_height=MAX_HEIGHT).items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)


def _put(entry: dict[str, Any], path: Path) -> None:
    """Put an entry into a record; parts of the same core that it does not have stay."""
    entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    former = next((other for other in entries if _key(other) == _key(entry)), {})
    if all(former.get(name) == entry[name] for name in ("weights", "integers", "folding")):
        entry = former | entry
    others = [other for other in entries if _key(other) != _key(entry)]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes((json.dumps(sorted([*others, entry], key=_key), indent=1) + "\n").encode(), path)


def _key(entry: dict[str, Any]) -> tuple[str, int]:
    return entry["model"], entry["wanted_multipliers"]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("multipliers", type=int)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure (all)")
    parser.add_argument("-o", "--output", type=Path, default=RECORD)
    arguments = parser.parse_args()
    try:
        for entry in measure(arguments.model, arguments.multipliers, arguments.parts):
            _put(entry, arguments.output)
    except SrcnnError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
