"""From weights to a directory for hardware engineers, whole or not at all."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from srcnn.engines.onnxruntime import has_onnxruntime
from srcnn.errors import HardwareError, MissingExtraError, UsageError
from srcnn.fixed_point import FixedNetwork, Quantized, Widths, quantize
from srcnn.hardware.c_header import c_header
from srcnn.hardware.calibration_set import CalibrationSet, calibration_set, gain_over_input
from srcnn.hardware.core import core_facts, core_files
from srcnn.hardware.folding import Folding, plan_folding
from srcnn.hardware.hls_top import hls_top
from srcnn.hardware.manifest import NAME, SHIFT_BITS, file_hashes, make_manifest
from srcnn.hardware.onnx_graphs import fits_int8, qdq_graph, qonnx_graph
from srcnn.hardware.report_sections import report_files
from srcnn.hardware.vectors import PICTURE, Vector, frame_list, make_vector, vector_files, vector_pictures
from srcnn.hardware.words import coe_words, hex_words, little_endian
from srcnn.types import Levels
from srcnn.weights import Weights, save_weights

MAX_WIDTH, MAX_HEIGHT = 1920, 1080
CLIPPED_SHARE = 1e-3
"""Of a hidden layer's outputs on the calibration pictures, above which a warning is due."""
WEIGHTS = "weights.safetensors"
_IN_FOLDERS = {"tb_srcnn.c": "tb/tb_srcnn.c", "tb_hls.cpp": "tb/tb_hls.cpp"}


@dataclass(frozen=True, eq=False)
class Design:
    """A network of integers with everything that is written down of it.

    Attributes:
        weights: what it was made from.
        quantized: the integers, and what calibration saw.
        folding: of the core.
        manifest: facts, and hashes of ``files``.
        files: contents by path.
        warnings: what a user must know, a line each.
    """

    weights: Weights
    quantized: Quantized
    folding: Folding
    manifest: dict[str, Any]
    files: dict[str, bytes] = field(repr=False)
    warnings: tuple[str, ...] = ()


def make_design(
    weights: Weights,
    widths: Widths | None = None,
    *,
    folding: Callable[[FixedNetwork], Folding] | int | None = None,
    max_width: int = MAX_WIDTH,
    max_height: int = MAX_HEIGHT,
    calibration: CalibrationSet | None = None,
    picture: Levels | None = None,
) -> Design:
    """A design in memory.

    Args:
        weights: any plain SRCNN.
        widths: by default W12A12.
        folding: clocks a pixel may take, or what plans a folding; see `srcnn.hardware.folding.plan_folding`.
        max_width: pixels of the widest picture of the core.
        max_height: pixels of the highest picture.
        calibration: by default drawn pictures.
        picture: (C, H, W) uint8, the whole picture among the vectors; by default a drawn one.

    Raises:
        UsageError: a network that the widths or the core cannot hold, or a picture larger than the core's.
    """
    calibration = calibration or calibration_set(weights)
    quantized = quantize(weights, calibration.inputs, widths)
    network = quantized.network
    plan = folding(network) if callable(folding) else plan_folding(network, folding)
    pictures = vector_pictures(network.channels)
    pictures[PICTURE] = calibration.inputs[0][:, :60, :80] if picture is None else picture
    _check_sizes(pictures, max_width, max_height)
    vectors = {name: make_vector(network, planes) for name, planes in pictures.items()}
    limits = {"max_width": max_width, "max_height": max_height}
    files = {
        **dict(_files(weights, network, vectors, max_width)),
        **core_files(network, plan, **limits),
    }
    gain = gain_over_input(weights, calibration)
    manifest = make_manifest(
        weights,
        quantized,
        calibration={
            "source": calibration.source,
            "pictures": len(calibration.pairs),
            "digests": calibration.digests,
            "gain_over_input_db": round(gain, 3),
        },
        vectors=vectors,
        core=core_facts(network, plan, **limits),
    )
    files |= report_files(manifest, network, plan)
    manifest["files"] = file_hashes(files)
    return Design(weights, quantized, plan, manifest, files, tuple(_warnings(quantized, gain)))


def export_design(design: Design, directory: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a design into a new directory: aside first, then renamed.

    Args:
        design: see `make_design`.
        directory: that does not exist.
        overwrite: replace a directory that holds a design.

    Raises:
        UsageError: a directory that exists, or one to overwrite that holds no design.
        HardwareError: it cannot be written.
    """
    directory = Path(directory)
    check_target(directory, overwrite)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".srcnn-", dir=directory.parent) as folder:
            aside = Path(folder) / "design"
            for path, content in design.files.items():
                (aside / path).parent.mkdir(parents=True, exist_ok=True)
                (aside / path).write_bytes(content)
            text = json.dumps(design.manifest, indent=2) + "\n"
            (aside / NAME).write_text(text, encoding="utf-8")
            _replace(directory, aside, Path(folder) / "former")
    except OSError as error:
        raise HardwareError(f"cannot write {directory}: {error.strerror or error}") from error
    return directory


def _replace(directory: Path, new: Path, former: Path) -> None:
    """Rename ``new`` to the directory; what that was before is there again if this is interrupted."""
    if directory.exists():
        directory.rename(former)
    try:
        new.rename(directory)
    except BaseException:
        if former.exists() and not directory.exists():
            former.rename(directory)
        raise


def check_target(directory: Path, overwrite: bool) -> None:
    """Refuse a directory that something else would be lost from; see `export_design`."""
    if not directory.exists():
        return
    if not overwrite:
        raise UsageError(f"{directory} already exists; use --overwrite")
    if not (directory / NAME).is_file():
        raise UsageError(f"expected a design to overwrite, got {directory} without {NAME}")


def _files(
    weights: Weights, network: FixedNetwork, vectors: dict[str, Vector], max_width: int
) -> Iterator[tuple[str, bytes]]:
    yield from memory_files(network)
    for name, vector in vectors.items():
        yield from vector_files(name, vector, network)
    small = {name: vector for name, vector in vectors.items() if name != PICTURE}
    yield "tb/frames.txt", frame_list(small).encode()
    yield "tb/picture.txt", frame_list({PICTURE: vectors[PICTURE]}, layers=False).encode()
    yield "srcnn_model.h", c_header(network, weights.digest, max_width).encode()
    yield "srcnn_top.cpp", hls_top(network).encode()
    for file in (package_files("srcnn.hardware") / "c").iterdir():
        yield _IN_FOLDERS.get(file.name, file.name), file.read_bytes()
    if has_onnxruntime():
        if fits_int8(network):
            yield "onnx/srcnn_int8_qdq.onnx", qdq_graph(network)
        yield "onnx/srcnn_qonnx.onnx", qonnx_graph(network)
    with tempfile.TemporaryDirectory() as folder:
        save_weights(weights, Path(folder) / WEIGHTS)
        yield WEIGHTS, (Path(folder) / WEIGHTS).read_bytes()


def memory_files(network: FixedNetwork) -> Iterator[tuple[str, bytes]]:
    """Weights, biases and shifts of each layer as ``mem/*.hex``, ``coe/*.coe`` and ``bin/*.bin``."""
    for number, layer in enumerate(network.layers, start=1):
        for name, values, bits in (
            ("weight", layer.weights.reshape(-1), layer.weight_bits),
            ("bias", layer.biases, layer.acc_bits),
            ("shift", layer.shifts, SHIFT_BITS),
        ):
            yield f"mem/conv{number}_{name}.hex", hex_words(values, bits).encode()
            yield f"coe/conv{number}_{name}.coe", coe_words(values, bits).encode()
            yield f"bin/conv{number}_{name}.bin", little_endian(values, bits)


def _check_sizes(pictures: dict[str, Levels], max_width: int, max_height: int) -> None:
    for name, planes in pictures.items():
        height, width = planes.shape[1:]
        if width > max_width or height > max_height:
            raise UsageError(
                f"expected pictures of at most {max_width}x{max_height} for this core, got {name} of "
                f"{width}x{height}; use --max-width and --max-height"
            )


def _warnings(quantized: Quantized, gain: float) -> Iterator[str]:
    if gain <= 0:
        yield (
            f"the network in float is not above its input on the calibration pictures ({gain:+.2f} dB); "
            "check color, border and scale of the weights"
        )
    for number, seen in enumerate(quantized.ranges[:-1], start=1):
        if seen.clipped > CLIPPED_SHARE:
            yield f"layer {number}: {seen.clipped:.2%} of its outputs saturate on the calibration pictures"
    if not has_onnxruntime():
        yield f"without the folder onnx: {MissingExtraError('it', 'onnx')}"
