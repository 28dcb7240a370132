"""ICC profiles (ICC.1:2022): whether one is whole, and one that says what code points or a gamma say."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.files.color_space import HLG, LINEAR, PQ, PRIMARIES, SRGB, CodePoints, ColorSpace

_HEADER = 132  # with the count of tags
_DEVICES = (b"scnr", b"mntr", b"prtr", b"spac")
_CONNECTIONS = (b"XYZ ", b"Lab ")
_VERSION = 0x04400000  # the first one with the tag "cicp"
_D50 = (0.9642, 1.0, 0.8249)
# Bradford's, ICC.1:2022, annex E.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_STEPS = 4096  # of a curve in a table
_LINEAR_PART = 3  # kind of a parametric curve (10.18): (a x + b)^g from d on, c x below
_PARAMETERS = {13: (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)} | dict.fromkeys(
    (1, 6, 14, 15), (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
)
_POWERS = {4: 2.2, 5: 2.8, LINEAR: 1.0}

Floats = npt.NDArray[np.float64]


def profile_fits(icc: bytes, *, grey: bool) -> bool:
    """Whether a profile is one for grey, or for RGB, pixels."""
    return icc[16:20] == (b"GRAY" if grey else b"RGB ")


def profile_is_whole(icc: bytes) -> bool:
    """Whether header and table of tags are in order.

    libpng refuses to write a picture with one that is not, and other readers refuse to read it: these are its
    conditions (png.c, ``png_icc_check_header`` and ``png_icc_check_tag_table``).
    """
    if len(icc) < _HEADER:
        return False
    size, count = struct.unpack_from(">I", icc)[0], struct.unpack_from(">I", icc, 128)[0]
    aligned = icc[8] <= 3 or size % 4 == 0
    intent = struct.unpack_from(">I", icc, 64)[0] < 0xFFFF
    kind = icc[36:40] == b"acsp" and icc[12:16] in _DEVICES and icc[20:24] in _CONNECTIONS
    if not (size == len(icc) and aligned and intent and kind and _HEADER + 12 * count <= size):
        return False
    places = (struct.unpack_from(">II", icc, _HEADER + 12 * tag + 4) for tag in range(count))
    return all(start + length <= size for start, length in places)


def code_points_of(icc: bytes) -> CodePoints | None:
    """The code points that a whole profile states in its tag "cicp" (9.2.17), if it does, for RGB."""
    (count,) = struct.unpack_from(">I", icc, 128)
    for tag in range(count):
        name, start, length = struct.unpack_from(">4sII", icc, _HEADER + 12 * tag)
        if name == b"cicp" and length >= 12 and start + 12 <= len(icc):
            primaries, transfer, matrix, full_range = icc[start + 8 : start + 12]
            return CodePoints(primaries, transfer, bool(full_range)) if matrix == 0 else None
    return None


def is_srgb(icc: bytes) -> bool:
    """Whether a profile for RGB is sRGB, to a level of 8 bits."""
    import pyvips

    if not profile_fits(icc, grey=False):
        return False
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    image = pyvips.Image.new_from_array(cube, interpretation="srgb").copy()
    profile: Any = icc  # pyvips' annotation of values leaves bytes out
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    try:
        converted = image.icc_transform("srgb", embedded=True).numpy()
    except pyvips.Error:
        return False
    return converted.shape == cube.shape and int(np.abs(converted.astype(int) - cube).max()) <= 1


def color_profile(space: ColorSpace, *, grey: bool) -> bytes | None:
    """A profile that says the same as code points, sRGB, or gamma and chromaticities.

    PQ and HLG stand in the tag "cicp", and for programs that do not know it in a table, as light in relation
    to the brightest.

    Returns:
        The profile; None for code points without a curve or primaries that are known here, and for samples
        of narrow range.
    """
    points = space.code_points
    if points is None and space.intent is not None:
        points = CodePoints(*SRGB)
    if points is not None:
        primaries = PRIMARIES.get(points.primaries)
        curve = _curve(points.transfer)
        if primaries is None or curve is None or not points.full_range:
            return None
    else:
        primaries = space.chromaticities or PRIMARIES[1]
        curve = _parametric(0, 1 / (space.gamma or 1 / 2.2))
    try:
        return _profile(str(space), points, None if grey else primaries, curve)
    except (np.linalg.LinAlgError, ZeroDivisionError, struct.error, OverflowError, ValueError):
        return None  # chromaticities that are no colors


def _profile(
    name: str, points: CodePoints | None, primaries: tuple[float, ...] | None, curve: bytes
) -> bytes:
    tags = {b"desc": _text(name), b"cprt": _text("CC0"), b"wtpt": _xyz(_D50)}
    if primaries is None:
        tags[b"kTRC"] = curve
    else:
        matrix, adaptation = _to_d50(primaries)
        tags[b"chad"] = b"sf32\0\0\0\0" + _fixed(*adaptation.ravel())
        if points is not None:
            tags[b"cicp"] = b"cicp\0\0\0\0" + bytes([points.primaries, points.transfer, 0, 1])
        for index, letter in enumerate((b"r", b"g", b"b")):
            tags[letter + b"XYZ"] = _xyz(matrix[:, index])
            tags[letter + b"TRC"] = curve
    places: dict[bytes, int] = {}
    table, body = b"", b""
    start = _HEADER + 12 * len(tags)
    for tag, content in tags.items():
        if content not in places:  # the curve stands there once
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", tag, places[content], len(content))
    space = b"GRAY" if primaries is None else b"RGB "
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"", _VERSION, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s28x", 2026, 1, 1, 0, 0, 0, b"acsp") + _fixed(*_D50)
    return head.ljust(_HEADER - 4, b"\0") + struct.pack(">I", len(tags)) + table + body


def _to_d50(primaries: tuple[float, ...]) -> tuple[Floats, Floats]:
    """RGB to XYZ as seen under D50, and the adaptation to it."""
    xy = np.array(primaries).reshape(4, 2)
    if not xy[:, 1].all():
        raise ValueError("chromaticities without light")
    white, *colors = np.column_stack([xy, 1 - xy.sum(1)]) / xy[:, 1:]
    to_xyz = np.column_stack(colors)
    to_xyz = to_xyz * np.linalg.solve(to_xyz, white)
    ratio = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    adaptation = np.linalg.solve(_BRADFORD, ratio[:, None] * _BRADFORD)
    return adaptation @ to_xyz, adaptation


def _curve(transfer: int) -> bytes | None:
    if transfer in _PARAMETERS:
        return _parametric(_LINEAR_PART, *_PARAMETERS[transfer])
    if transfer in _POWERS:
        return _parametric(0, _POWERS[transfer])
    tables: dict[int, Callable[[Floats], Floats]] = {PQ: _pq, HLG: _hlg}
    if transfer not in tables:
        return None
    light = tables[transfer](np.linspace(0, 1, _STEPS))
    return struct.pack(">4sII", b"curv", 0, _STEPS) + np.rint(light * 65535).astype(">u2").tobytes()


def _pq(samples: Floats) -> Floats:
    """Light in relation to 10,000 cd/m2 (SMPTE ST 2084)."""
    power = samples ** (32 / 2523)
    return (np.maximum(power - 107 / 128, 0) / (2413 / 128 - 2392 / 128 * power)) ** (16384 / 2610)


def _hlg(samples: Floats) -> Floats:
    """Light of the scene (ITU-R BT.2100, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(samples <= 0.5, samples**2 / 3, (np.exp((samples - c) / a) + b) / 12).clip(0, 1)


def _parametric(kind: int, *parameters: float) -> bytes:
    return struct.pack(">4sIHH", b"para", 0, kind, 0) + _fixed(*parameters)


def _fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def _xyz(values: "tuple[float, ...] | Floats") -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _text(text: str) -> bytes:
    content = text.encode("utf-16-be")
    return struct.pack(">4sIII4sII", b"mluc", 0, 1, 12, b"enUS", len(content), 28) + content
