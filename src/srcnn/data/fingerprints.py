"""What a picture is, in a few facts: kind, size, a hash of its pixels, and a coarse thumbnail."""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from srcnn.color import luma
from srcnn.data.planes import usable_pixels
from srcnn.errors import SrcnnError
from srcnn.files import list_pictures, read_pixels
from srcnn.parallel import map_in_order
from srcnn.types import Levels, Progress

_GRID = 4
_KINDS = {(): "grey", (2,): "grey with alpha", (3,): "RGB", (4,): "RGB with alpha"}


@dataclass(frozen=True)
class Fingerprint:
    """Facts about one file.

    Attributes:
        error: why it cannot be read, or None; the rest is empty then.
        mode: ``8-bit RGB``, ``16-bit grey with alpha`` and so on.
        usable: whether it can be trained on: 8 bits, nothing transparent.
        width: in pixels; ``height`` likewise.
        sha256: of the pixels, see `pixel_hash`; empty if not usable.
        thumbnail: see `thumbnail_of`; empty if not usable.
    """

    path: Path
    error: str | None = None
    mode: str = ""
    usable: bool = False
    width: int = 0
    height: int = 0
    sha256: str = ""
    thumbnail: str = ""


def fingerprint(path: Path) -> Fingerprint:
    """Read a file; a file that cannot be read has an ``error``, nothing is raised."""
    try:
        pixels = read_pixels(path)
    except SrcnnError as error:
        return Fingerprint(path, str(error))
    mode = f"{pixels.dtype.itemsize * 8}-bit {_KINDS[pixels.shape[2:]]}"
    height, width = pixels.shape[:2]
    usable = usable_pixels(pixels)
    if usable is None:
        return Fingerprint(path, None, mode, False, width, height)
    return Fingerprint(path, None, mode, True, width, height, pixel_hash(usable), thumbnail_of(usable))


def fingerprint_folder(
    folder: Path, *, processes: int | None = None, progress: Progress | None = None
) -> tuple[Fingerprint, ...]:
    """`fingerprint` of each picture of a folder, in order of their names; the rest as in `map_in_order`.

    Raises:
        ImageError: no such folder, or no picture in it.
    """
    return tuple(map_in_order(fingerprint, list_pictures(folder), processes, progress))


def pixel_hash(pixels: Levels) -> str:
    """SHA-256 of decoded pixels: the same whatever lossless format they are stored in.

    Args:
        pixels: (H, W) or (H, W, 3) uint8. Three equal channels count as grey.
    """
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., 0]
    sha = hashlib.sha256("x".join(map(str, pixels.shape)).encode())
    sha.update(np.ascontiguousarray(pixels).tobytes())
    return sha.hexdigest()


def thumbnail_of(pixels: Levels) -> str:
    """Mean luma of a 4 by 4 grid as 32 hexadecimal digits; see `similar`."""
    y = luma(pixels)
    rows, columns = ([side * i // _GRID for i in range(_GRID + 1)] for side in y.shape)
    cells = [
        y[top : max(bottom, top + 1), left : max(right, left + 1)].mean()
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]
    return bytes(int(cell + 0.5) for cell in cells).hex()


def similar(one: str, two: str) -> bool:
    """Whether two thumbnails differ by at most 3 grey levels: one picture, stored or decoded differently."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(two), strict=True)
    return all(abs(a - b) <= 3 for a, b in pairs)
