"""One picture by every arithmetic: the bytes of each, and how far they are from float."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.engines import create_engine
from srcnn.engines.onnxruntime import has_onnxruntime
from srcnn.evaluation.case import Case
from srcnn.evaluation.images import find_pictures, read_eight_bit
from srcnn.evaluation.metric_table import score
from srcnn.evaluation.protocols import protocol_of
from srcnn.fixed_point import FixedNetwork, Widths, default_inputs, quantize, run_network
from srcnn.fixed_point.fixed_network import WIDTHS
from srcnn.hardware.calibration_set import network_pair
from srcnn.hardware.export_design import WEIGHTS
from srcnn.hardware.simulated_pictures import run_c, run_core
from srcnn.tiling import ALL_EDGES
from srcnn.types import Levels, Progress, StrPath
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
    progress: Progress | None = None,
) -> tuple[list[PictureRow], dict[str, int]]:
    """Rows for every picture: its input, float by one or two programs, every width, and the design itself.

    All start from the same picture of 8 bits, as hardware does. Where ``simulated``, the design's C and its
    Verilog core (in Verilator) compute it too, and must give the bytes of the golden integers. ``progress``
    is called with (pictures done, pictures in all).

    Returns:
        The rows, and the clocks that the core took for each picture, if simulated.

    Raises:
        DataError: no such pictures.
        HardwareError: a program is missing, or bytes differ.
    """
    weights = load_weights(directory / WEIGHTS)
    networks = _networks(weights, network, manifest)
    pictures = {name: read_eight_bit(path) for name, path in find_pictures(data)[1].items()}
    pairs = {name: network_pair(weights, pixels) for name, pixels in pictures.items()}
    outputs, clocks = {}, {}
    report_progress = progress or (lambda done, total: None)
    report_progress(0, len(pictures))
    if simulated:
        inputs = {name: degraded for name, (degraded, _) in pairs.items()}
        core = run_core(directory, network, inputs)
        outputs = {
            "C, equal bytes": run_c(directory, network, inputs),
            "Verilog, equal bytes": core.planes,
        }
        clocks = core.clocks
    rows = []
    for number, (name, pixels) in enumerate(pictures.items(), start=1):
        degraded, truth = pairs[name]
        results = {"damaged picture" if weights.card.scale is None else "bicubic": degraded}
        if has_onnxruntime():
            results["onnxruntime, float32"] = _in_float(weights, "onnxruntime", degraded)
        results[REFERENCE] = _in_float(weights, "numpy", degraded)
        results |= {label: run_network(fixed, degraded) for label, fixed in networks.items()}
        results |= {label: planes[name] for label, planes in outputs.items()}
        case = Case(
            pixels, replace(protocol_of(weights.card), luma_range=weights.card.luma_range), weights.card.scale
        )
        rows += list(_rows(name, case, truth, results))
        report_progress(number, len(pictures))
    return rows, clocks


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


def _in_float(weights: Weights, engine: str, planes: Levels) -> Levels:
    level = np.float32(weights.card.input_range / 255)
    result = create_engine(weights, engine).run(planes.astype(np.float32) * level, ALL_EDGES) / level
    return np.clip(np.floor(result + np.float32(0.5)), 0, 255).astype(np.uint8)


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
