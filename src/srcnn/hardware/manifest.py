"""``manifest.json``: what an exported design is, and a hash of every file, so that a change shows."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from srcnn import __version__
from srcnn.errors import HardwareError
from srcnn.fixed_point import CONTRACT, FixedLayer, FixedNetwork, Quantized
from srcnn.hardware.vectors import Vector
from srcnn.types import Int64
from srcnn.weights import Weights

NAME = "manifest.json"
FORMAT = 1
SHIFT_BITS = 8
"""Of a shift in ``mem/``: always positive."""


def make_manifest(
    weights: Weights,
    quantized: Quantized,
    *,
    calibration: Mapping[str, Any],
    vectors: Mapping[str, Vector],
    core: Mapping[str, Any],
) -> dict[str, Any]:
    """All facts of a design as JSON values, but for the hashes of its ``files``.

    Args:
        weights: what it was made from.
        quantized: the integers, and what calibration saw.
        calibration: what pictures it was calibrated on.
        vectors: golden vectors by name.
        core: facts of the Verilog core.
    """
    network, widths = quantized.network, quantized.widths
    card = weights.card
    return {
        "contract": CONTRACT,
        "format": FORMAT,
        "package": f"srcnn {__version__}",
        "network": {
            "name": network.name,
            "architecture": network.architecture,
            "digest": weights.digest,
            "scale": card.scale,
            "task": card.task,
            "color": card.color,
            "luma_range": card.luma_range,
            "channels": network.channels,
            "input_margin": network.input_margin,
            "halo": network.halo,
            "macs_per_pixel": network.macs_per_pixel,
            "rounding": network.rounding,
            "weight_bits": widths.weights,
            "activation_bits": widths.activations,
            "acc_limit": widths.accumulator,
        },
        "layers": [
            _layer(layer, vars(seen)) for layer, seen in zip(network.layers, quantized.ranges, strict=True)
        ],
        "calibration": dict(calibration),
        "vectors": {name: _vector(vector) for name, vector in vectors.items()},
        "core": dict(core),
    }


def file_hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of contents, by path."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())}


def _layer(layer: FixedLayer, seen: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kernel": layer.kernel,
        "border": layer.border,
        "in_channels": layer.in_channels,
        "out_channels": layer.out_channels,
        "weight_layout": "out, in, row, column",
        "weight_bits": layer.weight_bits,
        "in_bits": layer.in_bits,
        "out_bits": layer.out_bits,
        "acc_bits": layer.acc_bits,
        "acc_bits_naive": layer.naive_acc_bits,
        "acc_bounds": layer.bounds.tolist(),
        "exact_in_float32": layer.acc_bits <= 25,
        "shifts": layer.shifts.tolist(),
        "acc_fractions": layer.acc_fractions.tolist(),
        "out_fractions": layer.out_fractions.tolist(),
        **seen,
    }


def _vector(vector: Vector) -> dict[str, Any]:
    height, width = vector.planes.shape[1:]
    sizes = [{"width": out.shape[2], "height": out.shape[1]} for _, out in vector.layers]
    return {"width": width, "height": height, "layers": sizes}


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of an exported directory.

    Raises:
        HardwareError: no directory, no manifest, or one of another contract or format.
    """
    path = directory / NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        found = manifest["contract"], manifest["format"]
    except OSError as error:
        raise HardwareError(
            f"expected a directory of `srcnn hardware export`, got {directory} without a readable {NAME} "
            f"({error.strerror or error})"
        ) from error
    except (ValueError, LookupError, TypeError) as error:
        raise HardwareError(
            f"expected a manifest in {path}, got a file that is none; export again"
        ) from error
    if found != (CONTRACT, FORMAT):
        raise HardwareError(f"expected {CONTRACT}, format {FORMAT}, in {path}, got {found[0]}, {found[1]}")
    return manifest


def changed_files(directory: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Files that are not as they were exported: ``path (missing)`` or ``path (changed)``."""
    found = []
    for path, digest in manifest["files"].items():
        try:
            content = (directory / path).read_bytes()
        except OSError:
            found.append(f"{path} (missing)")
            continue
        if hashlib.sha256(content).hexdigest() != digest:
            found.append(f"{path} (changed)")
    return found


def read_network(directory: Path, manifest: Mapping[str, Any]) -> FixedNetwork:
    """The integers of a design, from ``mem/*.hex`` and the manifest.

    Raises:
        HardwareError: a file that is missing or holds no words of that width and number.
    """
    network = manifest["network"]
    layers = []
    for number, described in enumerate(manifest["layers"], start=1):
        kernel, channels = described["kernel"], described["out_channels"]
        shape = (channels, described["in_channels"], kernel, kernel)
        weights, biases, shifts = (
            _read_words(directory / f"mem/conv{number}_{name}.hex", bits, count)
            for name, bits, count in (
                ("weight", described["weight_bits"], int(np.prod(shape))),
                ("bias", described["acc_bits"], channels),
                ("shift", SHIFT_BITS, channels),
            )
        )
        layers.append(
            FixedLayer(
                border=described["border"],
                weights=weights.reshape(shape),
                biases=biases,
                shifts=shifts,
                weight_bits=described["weight_bits"],
                in_bits=described["in_bits"],
                out_bits=described["out_bits"],
                acc_fractions=np.array(described["acc_fractions"], np.int64),
            )
        )
    return FixedNetwork(network["name"], tuple(layers), network["rounding"])


def _read_words(path: Path, bits: int, count: int) -> Int64:
    """Two's complement of ``bits``, a word a line."""
    try:
        words = [int(line, 16) for line in path.read_text(encoding="ascii").split()]
    except (OSError, ValueError) as error:
        raise HardwareError(f"cannot read {path}: {error}; export the design again") from error
    if len(words) != count or not all(0 <= word < 1 << bits for word in words):
        raise HardwareError(f"expected {count} words of {bits} bits in {path}; export the design again")
    half = 1 << (bits - 1)
    return np.array([word - (word >= half) * 2 * half for word in words], np.int64)
