"""Anyone's SRCNN weights in: read by format, checked, and given the convention of their origin."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from srcnn.arch import BORDERS, Border
from srcnn.color import LUMA_RANGES, LumaRange
from srcnn.errors import UsageError, WeightsError, read_errors_as
from srcnn.text_table import printable
from srcnn.types import StrPath
from srcnn.weight_formats import (
    caffe,
    keras,
    keras_archive,
    matlab,
    npz,
    onnx_chain,
    pytorch,
    safetensors,
)
from srcnn.weight_formats.conventions import Convention, find_origin
from srcnn.weight_formats.layers import RawLayer, RawNetwork, architecture_of, arrays_of, check_chain
from srcnn.weights import FOREIGN_SUFFIXES, ModelCard, Weights

_READERS: Mapping[str, Callable[[bytes], RawNetwork]] = {
    "matlab": matlab.read,
    "pytorch": pytorch.read,
    "keras": keras.read,
    "caffe": caffe.read,
    "npz": npz.read,
    "safetensors": safetensors.read,
}
_ZIP = b"PK"
_SUFFIXES = {**FOREIGN_SUFFIXES, ".safetensors": "safetensors"}
IMPORTED = tuple(_SUFFIXES)
"""Suffixes, in lower case, that can be imported."""

ImportedColor = Literal["y", "rgb", "bgr", "ycbcr"]
"""What the planes of foreign weights are; those of ``bgr`` are put in the order R, G, B."""


def import_weights(
    path: StrPath,
    *,
    origin: str | None = None,
    name: str | None = None,
    scale: int | None = None,
    border: str | None = None,
    luma_range: LumaRange | None = None,
    input_range: float | None = None,
    color: ImportedColor | None = None,
    transpose: bool | None = None,
    note: Callable[[str], None] | None = None,
) -> Weights:
    """Read weights that another program made.

    The architecture follows from the shapes. What a file does not state is taken from its origin, the one
    named or else its format (see `srcnn.weight_formats.conventions`). Padding that the file states goes
    before both, as does the card in an ONNX file of this package, and every option before all.

    Args:
        path: a file that ends in one of `IMPORTED`.
        origin: one of `srcnn.weight_formats.conventions.ORIGINS`.
        name: for the card; by default the file's.
        scale: the enlargement they were trained for; by default the one in the file's name, as in ``x3.mat``.
        border: ``valid``, ``zero`` or ``replicate`` for all layers, or one for each: ``valid,zero,valid``.
        luma_range: ``studio``, Y of 16 to 235; ``full``, Y of 0 to 255.
        input_range: what white is at the network's input: 1 or 255.
        color: what three planes are: ``rgb`` (the default), ``bgr`` or ``ycbcr``.
        transpose: whether the kernels are stored with rows and columns exchanged.
        note: called with each sentence about what was left out of the file or had to be chosen.

    Raises:
        UsageError: an unknown suffix or origin, or an invalid option.
        WeightsError: a file that is missing, broken, or no SRCNN.
        MissingExtraError: h5py, torch or onnx is not installed.
    """
    path = Path(path)
    form = _SUFFIXES[_suffix_of(path)]
    convention = find_origin(form if origin is None else origin)
    with read_errors_as(WeightsError, path):
        content = path.read_bytes()
    try:
        network = _read(form, path, content)
        check_chain(network.layers)
        known = network.card if origin is None else None
        chosen_luma = luma_range or (known.luma_range if known else convention.luma_range)
        default_range = known.input_range if known else convention.input_range
        chosen_range = default_range if input_range is None else input_range
        _check_options(scale, chosen_luma, chosen_range)
        architecture = architecture_of(network.layers, _borders(network.layers, convention, border))
        swap = convention.transpose if transpose is None else transpose
        kernels, biases = arrays_of(network.layers, transpose=swap)
        planes = _color(color, architecture.channels, known)
        if color == "bgr":
            # Exact: the first layer takes its planes, and the last gives them, in the other order.
            kernels = (kernels[0][:, ::-1].copy(), *kernels[1:-1], kernels[-1][::-1].copy())
            biases = (*biases[:-1], biases[-1][::-1].copy())
        card = ModelCard(
            name=name or _name(path, architecture.name),
            scale=_scale_in(path),
            recipe=f"imported from {path.name} ({origin or form})",
        )
        if known is not None:
            card = replace(known, name=name or known.name, best=False)
        weights = Weights(
            kernels,
            biases,
            architecture,
            replace(
                card,
                scale=card.scale if scale is None else scale,
                color=planes,
                luma_range=chosen_luma,
                input_range=float(chosen_range),
            ),
        )
    except WeightsError as error:
        raise WeightsError(f"{path}: {printable(str(error))}") from error
    assumed = _assumptions(weights, origin or border or input_range, color) if known is None else []
    if note is not None:
        for sentence in (*network.notes, *assumed):
            note(printable(sentence))
    return weights


def _assumptions(weights: Weights, conventions: object, color: str | None) -> list[str]:
    """What the file does not say and no option did."""
    found = []
    if weights.architecture.channels == 3 and color is None:
        found.append(
            "three planes are taken for R, G, B; if they are B, G, R that costs about 0.1 dB, if Y, Cb, Cr "
            "over 1 dB, so name them: --color rgb, bgr or ycbcr, and for ycbcr --luma-range studio or full"
        )
    if conventions is None:
        found.append(
            "border and ranges are assumed as usual for the format; if results are poor, see --origin, "
            "--border, --luma-range and --input-range"
        )
    if weights.card.scale is None:
        found.append("the file does not name its scale; --scale writes it to the card")
    return found


def _read(form: str, path: Path, content: bytes) -> RawNetwork:
    if form == "onnx":
        return onnx_chain.read(content, path.parent)
    if form == "keras" and content.startswith(_ZIP):
        return keras_archive.read(content)
    return _READERS[form](content)


def _suffix_of(path: Path) -> str:
    suffix = next((known for known in _SUFFIXES if path.name.lower().endswith(known)), None)
    if suffix is None:
        raise UsageError(f"expected weights that end in {', '.join(IMPORTED)}, got {path.name!r}")
    return suffix


def _check_options(scale: int | None, luma_range: str, input_range: float) -> None:
    if scale is not None and scale < 1:
        raise UsageError(f"expected a scale of at least 1, got {scale}")
    if luma_range not in LUMA_RANGES:
        raise UsageError(f"expected a luma range of {' or '.join(LUMA_RANGES)}, got {luma_range!r}")
    if input_range not in (1, 255):
        raise UsageError(f"expected an input range of 1 or 255, got {input_range:g}")


def _borders(layers: Sequence[RawLayer], convention: Convention, wanted: str | None) -> list[Border]:
    """One border a layer: as wanted, else as the file says, else as the origin has it."""
    rules = _parsed(wanted) if wanted is not None else convention.borders
    if len(rules) not in (1, len(layers)):
        raise UsageError(
            f"expected one border, or one for each of {len(layers)} layers, got {','.join(rules)}; "
            "name them with --border"
        )
    each = rules * len(layers) if len(rules) == 1 else rules
    if wanted is not None:
        return list(each)
    return [layer.border or rule for layer, rule in zip(layers, each, strict=True)]


def _parsed(text: str) -> tuple[Border, ...]:
    known: dict[str, Border] = {border: border for border in BORDERS}
    parts = [part.strip() for part in text.split(",")]
    if not set(parts) <= set(known):
        raise UsageError(f"expected borders out of {', '.join(BORDERS)}, got {text!r}")
    return tuple(known[part] for part in parts)


def _color(wanted: ImportedColor | None, channels: int, known: ModelCard | None) -> str:
    fitting = ("y",) if channels == 1 else ("rgb", "bgr", "ycbcr")
    if wanted is not None and wanted not in fitting:
        raise UsageError(f"expected {' or '.join(fitting)} for {channels} plane(s), got {wanted!r}")
    if wanted is None:
        return known.color if known else fitting[0]
    return "rgb" if wanted == "bgr" else wanted


def _scale_in(path: Path) -> int | None:
    """The scale in a file's name, such as ``x3.mat`` or ``SRCNN_x3.pth``; None where it has none."""
    found = re.findall(r"(?<![A-Za-z0-9])[xX]([2-9])(?![A-Za-z0-9])", path.name)
    return int(found[0]) if len(set(found)) == 1 else None


def _name(path: Path, architecture: str) -> str:
    stem = path.name[: -len(_suffix_of(path))] or path.name
    return f"{architecture}-{stem.lower()}" if re.fullmatch(r"[xX]\d", stem) else stem
