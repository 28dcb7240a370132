"""What each format keeps, found out by writing little pictures and reading them; what fuzzing found."""

import io
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms
from recording import table

from srcnn.errors import ImageError
from srcnn.files import Picture, WriteOptions, read_picture, send_picture
from srcnn.files.color_space import CodePoints, ColorSpace
from srcnn.files.icc import code_points_of
from srcnn.files.picture_formats import WRITTEN

BENCHMARKS = Path(__file__).parents[1] / "records" / "benchmarks"
SIDE = 16
P3 = ColorSpace(CodePoints(12, 13))
OPTIONAL = "JPEG XL"
"""The page describes it in words, so that the table can be made without the extra that writes it."""


def formats() -> str:
    """What comes back of a picture that is written in each format."""
    suffixes: dict[str, list[str]] = {}
    for suffix, target in WRITTEN.items():
        if target.name != OPTIONAL:
            suffixes.setdefault(target.name, []).append(suffix)
    columns = [_column(WRITTEN[names[0]].name, names) for names in suffixes.values()]
    rows = [list(row) for row in zip(*columns, strict=True)]
    labels = [
        "suffix",
        "longest side",
        "pixels",
        "bits a sample, of 16",
        "grey",
        "transparency",
        "colour profile",
        "code points (PQ, HLG, Display P3)",
        "EXIF",
        "XMP",
        "resolution",
        "text (keywords of PNG)",
    ]
    return table(["", *suffixes], [[label, *row] for label, row in zip(labels, rows, strict=True)])


def fuzzing() -> str:
    """Results for broken pictures of each format."""
    return _fuzzed("pictures")


def fuzzing_weights() -> str:
    """Results for broken weights files of each format."""
    return _fuzzed("weights")


def _fuzzed(subject: str) -> str:
    record = json.loads((BENCHMARKS / f"fuzz_{subject}.json").read_text(encoding="utf-8"))
    rows = [
        [kind, *(f"{counts.get(outcome, 0):,}" for outcome in ("read", "refused", "finding"))]
        for kind, counts in sorted(record["counts"].items())
    ]
    return table(["format", "read", "refused in one line", "anything else"], rows)


def _column(name: str, suffixes: list[str]) -> list[str]:
    suffix = suffixes[0]
    eight = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4)).astype(np.uint8)
    sixteen = eight.astype(np.uint16) * 257 + 100
    whole = _belonging(eight[..., :3])
    back = _returned(whole, suffix)
    worded = Picture(eight[..., :3], text=(("a", "b"),))
    return [
        " ".join(f"`{one}`" for one in suffixes),
        f"{WRITTEN[suffix].longest:,}",
        _exactness(eight[..., :3], suffix),
        _bits(sixteen[..., :3], suffix),
        "kept" if _returned(Picture(eight[..., 0]), suffix).pixels.ndim == 2 else "as RGB",
        _transparency(eight, suffix),
        "kept" if back.icc == whole.icc else "lost",
        _code_points(eight[..., :3], suffix),
        "kept" if back.exif is not None and b"Maker" in back.exif else "lost",
        "kept" if back.xmp == whole.xmp else "lost",
        "kept"
        if back.resolution is not None and np.allclose(back.resolution, (300, 200), atol=0.01)
        else "lost",
        "kept" if _returned(worded, suffix).text else "left out, with a note",
    ]


def _code_points(pixels: npt.NDArray[np.uint8], suffix: str) -> str:
    back = _returned(Picture(pixels, color=P3), suffix)
    if back.color is not None:
        return "kept"
    return "as a profile" if back.icc is not None and code_points_of(back.icc) == P3.code_points else "lost"


def _belonging(pixels: npt.NDArray[np.uint8]) -> Picture:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return Picture(pixels, profile, exif.tobytes()[6:], b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", (300, 200))


def _returned(picture: Picture, suffix: str, quality: int = 95) -> Picture:
    stream = io.BytesIO()
    send_picture(picture, stream, suffix, WriteOptions(quality=quality))
    stream.seek(0)
    return read_picture(stream)


def _exactness(pixels: npt.NDArray[np.uint8], suffix: str) -> str:
    if np.array_equal(_returned(Picture(pixels), suffix).pixels, pixels):
        return "the same"
    exact = np.array_equal(_returned(Picture(pixels), suffix, quality=100).pixels, pixels)
    return "near; the same at quality 100" if exact else "near"


def _bits(pixels: npt.NDArray[np.uint16], suffix: str) -> str:
    if _returned(Picture(pixels), suffix).pixels.dtype == np.uint8:
        return "8"
    return str(WRITTEN[suffix].bits)


def _transparency(pixels: npt.NDArray[np.uint8], suffix: str) -> str:
    try:
        return "kept" if _returned(Picture(pixels), suffix).pixels.shape[2] == 4 else "lost"
    except ImageError:
        return "refused, or laid on a background"
