"""Pictures through the C code and the Verilog core of a design, held against the golden integers."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from srcnn.color import check_color, full_to_studio
from srcnn.errors import HardwareError
from srcnn.evaluation.case import Case, to_picture
from srcnn.evaluation.protocols import protocol_of
from srcnn.fixed_point import FixedNetwork
from srcnn.hardware.calibration_set import network_pair
from srcnn.hardware.compiled import run_program
from srcnn.hardware.export_design import WEIGHTS
from srcnn.hardware.manifest import NAME, read_manifest, read_network
from srcnn.hardware.simulate import Simulator, simulate
from srcnn.hardware.vectors import frame_list, make_vector, vector_files
from srcnn.types import Levels
from srcnn.weights import Weights, load_weights


@dataclass(frozen=True, eq=False)
class CoreOutput:
    """What a Verilog core made of pictures.

    Attributes:
        planes: (C, H, W) uint8 by name, equal to the golden integers.
        clocks: of each frame, by name; see `srcnn.hardware.simulate.Simulation`.
    """

    planes: dict[str, Levels]
    clocks: dict[str, int]


def run_core(
    directory: Path, network: FixedNetwork, inputs: Mapping[str, Levels], simulator: Simulator = "verilator"
) -> CoreOutput:
    """Send pictures through a design's core, one frame behind the other.

    Args:
        directory: what `srcnn.hardware.export_design.export_design` has written.
        network: its integers.
        inputs: (C, H, W) uint8 by name.
        simulator: which program.

    Raises:
        UsageError: a picture beyond the core's maximum size.
        HardwareError: a program that is missing or fails, or bytes that differ from the golden integers.
    """
    frames = _numbered(inputs)
    with _design_of(directory, network, frames) as copy:
        done = simulate(copy, simulator, list(frames))
    if done.mismatches:
        raise HardwareError(done.mismatches[0])
    names = dict(zip(inputs, frames, strict=True))
    return CoreOutput(
        {name: done.outputs[frame] for name, frame in names.items()},
        {name: done.clocks[frame] for name, frame in names.items()},
    )


def run_c(directory: Path, network: FixedNetwork, inputs: Mapping[str, Levels]) -> dict[str, Levels]:
    """What a design's C code makes of pictures; arguments, result and errors as of `run_core`."""
    with _design_of(directory, network, _numbered(inputs)) as copy:
        program = run_program(copy, "C")
    if program.mismatches:
        raise HardwareError(program.mismatches[0])
    outputs, start = {}, 0
    for name, planes in inputs.items():
        outputs[name] = np.frombuffer(program.output, np.uint8, planes.size, start).reshape(planes.shape)
        start += planes.size
    return outputs


def core_picture(directory: Path, pixels: Levels, simulator: Simulator = "verilator") -> tuple[Levels, int]:
    """An HR picture, degraded as the weights' card says, as a design's core gives it back.

    Where the core works on luma, chroma is that of the degraded picture, enlarged by bicubic interpolation;
    where luma alone is degraded, as by the protocols of JPEG and blur, the picture is grey.

    Args:
        directory: of the design.
        pixels: (H, W) or (H, W, 3) uint8.
        simulator: which program.

    Returns:
        (h, w) or (h, w, 3) uint8, cropped to a multiple of the scale, and the clocks it took.

    Raises:
        UsageError, HardwareError: see `run_core`.
    """
    network = read_network(directory, read_manifest(directory))
    weights = load_weights(directory / WEIGHTS)
    planes, _ = network_pair(weights, pixels)
    done = run_core(directory, network, {"picture": planes}, simulator)
    return _picture(weights, pixels, done.planes["picture"]), done.clocks["picture"]


def _picture(weights: Weights, pixels: Levels, planes: Levels) -> Levels:
    card = weights.card
    color = check_color(card.color, len(planes))
    if color != "y":
        return to_picture(np.moveaxis(planes, 0, -1), color)
    protocol = protocol_of(card)
    if pixels.ndim == 2 or protocol.damages_luma_alone:
        return planes[0]
    levels = planes[0] / np.float64(255)
    case = Case(pixels, replace(protocol, channel="ycbcr"), card.scale)
    result = np.array(case.baseline(), np.float64)
    result[..., 0] = full_to_studio(levels) if card.luma_range == "full" else levels
    return to_picture(result * 255, "ycbcr")


def _numbered(inputs: Mapping[str, Levels]) -> dict[str, Levels]:
    """The pictures by names that testbenches can read: without spaces."""
    return {f"picture{number}": planes for number, planes in enumerate(inputs.values(), start=1)}


@contextmanager
def _design_of(directory: Path, network: FixedNetwork, inputs: Mapping[str, Levels]) -> Iterator[Path]:
    """A copy of a design whose vectors are other pictures, input and last output."""
    vectors = {name: make_vector(network, planes) for name, planes in inputs.items()}
    with tempfile.TemporaryDirectory(prefix="srcnn-") as folder:
        copy = Path(folder) / "design"
        shutil.copytree(
            directory, copy, ignore=shutil.ignore_patterns("vectors", "onnx", "coe", "bin", "build")
        )
        last = f"conv{len(network.layers)}_out"
        for name, vector in vectors.items():
            for path, content in vector_files(name, vector, network):
                if Path(path).stem in ("input", last):
                    (copy / path).parent.mkdir(parents=True, exist_ok=True)
                    (copy / path).write_bytes(content)
        (copy / "tb" / "frames.txt").write_text(frame_list(vectors, layers=False))
        manifest = json.loads((copy / NAME).read_text())
        manifest["vectors"] = {
            name: {"height": planes.shape[1], "width": planes.shape[2]} for name, planes in inputs.items()
        }
        (copy / NAME).write_text(json.dumps(manifest))
        yield copy
