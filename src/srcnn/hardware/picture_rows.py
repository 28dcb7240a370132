"""One picture by every arithmetic: the bytes of each, and how far they are from float."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.engines import create_engine
from srcnn.errors import HardwareError
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.evaluation.metric_table import score
from srcnn.evaluation.protocols import protocol_of
from srcnn.fixed_point import FixedNetwork, Widths, default_inputs, quantize, run_network
from srcnn.fixed_point.fixed_network import WIDTHS
from srcnn.hardware.calibration_set import network_pair
from srcnn.hardware.compiled import run_program
from srcnn.hardware.export_design import WEIGHTS
from srcnn.hardware.manifest import NAME
from srcnn.hardware.simulate import simulate
from srcnn.hardware.vectors import frame_list, make_vector, vector_files
from srcnn.tiling import ALL_EDGES
from srcnn.types import Levels, StrPath
from srcnn.weights import Weights, load_weights

REFERENCE = "NumPy, float32"


@dataclass(frozen=True)
class PictureRow:
    """A picture's figures by one arithmetic.

    Attributes:
        image: its name.
        arithmetic: what computed the result.
        psnr: dB, under the protocol of the weights' task.
        ssim: as the protocol's.
        mse: squared grey levels.
        gain: dB against `REFERENCE`.
        largest: difference from `REFERENCE`, in grey levels.
        identical: share of pixels that equal it.
        clipped: pixels at 0 or 255.
    """

    image: str
    arithmetic: str
    psnr: float
    ssim: float
    mse: float
    gain: float
    largest: float
    identical: float
    clipped: int


def picture_rows(
    directory: Path,
    manifest: Mapping[str, Any],
    network: FixedNetwork,
    data: StrPath,
    *,
    simulated: bool = False,
) -> list[PictureRow]:
    """Rows for every picture: its input, float by two programs, every width, and the design itself.

    All start from the same picture of 8 bits, as hardware does. Where ``simulated``, the design's C and its
    Verilog core (in Verilator) compute it too, and must give the bytes of the golden integers.

    Raises:
        DataError: no such pictures.
        HardwareError: a program is missing, or bytes differ.
    """
    weights = load_weights(directory / WEIGHTS)
    networks = _networks(weights, network, manifest)
    pictures = {name: read_eight_bit(path) for name, path in find_pictures(data)[1].items()}
    pairs = {name: network_pair(weights, pixels) for name, pixels in pictures.items()}
    outputs = (
        _simulated(directory, network, {name: pair[0] for name, pair in pairs.items()}) if simulated else {}
    )
    rows = []
    for name, pixels in pictures.items():
        given, truth = pairs[name]
        results = {"input": given}
        for label, engine in (("onnxruntime, float32", "onnxruntime"), (REFERENCE, "numpy")):
            results[label] = _in_float(weights, engine, given)
        results |= {label: run_network(fixed, given) for label, fixed in networks.items()}
        results |= {label: planes[name] for label, planes in outputs.items()}
        case = Case(
            pixels, replace(protocol_of(weights.card), luma_range=weights.card.luma_range), weights.card.scale
        )
        rows += list(_rows(name, case, truth, results))
    return rows


def _networks(
    weights: Weights, network: FixedNetwork, manifest: Mapping[str, Any]
) -> dict[str, FixedNetwork]:
    """The design, and the same weights by every width, the widest first."""
    facts = manifest["network"]
    inputs = default_inputs(weights.card, weights.architecture.channels)
    own = f"W{facts['weight_bits']}A{facts['activation_bits']}"
    networks = {}
    for bits in reversed(WIDTHS):
        widths = Widths(bits, bits, rounding=network.rounding)
        if str(widths) != own:
            networks[str(widths)] = quantize(weights, inputs, widths).network
    networks[f"{own}, this design"] = network
    return networks


def _in_float(weights: Weights, engine: str, given: Levels) -> Levels:
    level = np.float32(weights.card.input_range / 255)
    result = create_engine(weights, engine).run(given.astype(np.float32) * level, ALL_EDGES) / level
    return np.clip(np.floor(result + np.float32(0.5)), 0, 255).astype(np.uint8)


def _simulated(
    directory: Path, network: FixedNetwork, given: Mapping[str, Levels]
) -> dict[str, dict[str, Levels]]:
    """What C and the Verilog core make of pictures."""
    with _design_of(directory, network, given) as copy:
        program = run_program(copy, "C")
        if program.mismatches:
            raise HardwareError(program.mismatches[0])
        c, start = {}, 0
        for name, planes in given.items():
            c[name] = np.frombuffer(program.output, np.uint8, planes.size, start).reshape(planes.shape)
            start += planes.size
        core = simulate(copy, "verilator", list(given))
        if core.mismatches:
            raise HardwareError(core.mismatches[0])
    return {"C, equal bytes": c, "Verilog, equal bytes": core.outputs}


@contextmanager
def _design_of(directory: Path, network: FixedNetwork, given: Mapping[str, Levels]) -> Iterator[Path]:
    """A copy of a design whose vectors are other pictures."""
    vectors = {name: make_vector(network, planes) for name, planes in given.items()}
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
            name: {"height": planes.shape[1], "width": planes.shape[2]} for name, planes in given.items()
        }
        (copy / NAME).write_text(json.dumps(manifest))
        yield copy


def _rows(name: str, case: Case, truth: Levels, results: Mapping[str, Levels]) -> Iterator[PictureRow]:
    border = (case.scale or 0) if case.protocol.crop_border == "scale" else 0
    options = (case.protocol.data_range, border)

    def figures(planes: Levels) -> dict[str, float]:
        image, reference = (np.moveaxis(p, 0, -1).squeeze() for p in (planes, truth))
        return {metric: score(metric, reference, image, *options) for metric in ("psnr", "ssim", "mse")}

    reference = results[REFERENCE]
    basis = figures(reference)["psnr"]
    for label, planes in results.items():
        found = figures(planes)
        apart = np.abs(planes.astype(np.int64) - reference)
        yield PictureRow(
            name,
            label,
            **found,
            gain=found["psnr"] - basis,
            largest=float(apart.max()),
            identical=float((apart == 0).mean()),
            clipped=int(((planes == 0) | (planes == 255)).sum()),
        )
