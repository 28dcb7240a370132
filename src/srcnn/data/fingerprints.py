"""What a picture is, in a few facts: kind, size, a hash of its pixels, and a coarse likeness."""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.color import luma
from srcnn.data.planes import usable_pixels
from srcnn.errors import SrcnnError
from srcnn.files import read_pixels

_GRID = 4
_KINDS = {(): "grey", (2,): "grey with alpha", (3,): "RGB", (4,): "RGB with alpha"}


@dataclass(frozen=True)
class Look:
    """Facts about one file.

    Attributes:
        path: the file.
        error: why it cannot be read, or None; the rest is empty then.
        mode: ``8-bit RGB``, ``16-bit grey with alpha`` and so on.
        usable: whether it can be trained on: 8 bits, nothing transparent.
        width: in pixels; ``height`` likewise.
        sha256: of the pixels, see `pixel_hash`; empty if not usable.
        likeness: see `likeness_of`; empty if not usable.
    """

    path: Path
    error: str | None = None
    mode: str = ""
    usable: bool = False
    width: int = 0
    height: int = 0
    sha256: str = ""
    likeness: str = ""


def look_at(path: Path) -> Look:
    """Read a file and tell what is in it; what cannot be read is told in ``error``, not raised."""
    try:
        pixels = read_pixels(path)
    except SrcnnError as error:
        return Look(path, str(error))
    mode = f"{pixels.dtype.itemsize * 8}-bit {_KINDS[pixels.shape[2:]]}"
    height, width = pixels.shape[:2]
    usable = usable_pixels(pixels)
    if usable is None:
        return Look(path, None, mode, False, width, height)
    return Look(path, None, mode, True, width, height, pixel_hash(usable), likeness_of(usable))


def pixel_hash(pixels: npt.NDArray[np.uint8]) -> str:
    """SHA-256 of decoded pixels: the same whatever lossless format they are stored in.

    Args:
        pixels: (H, W) or (H, W, 3) uint8. Three equal channels count as grey.
    """
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        pixels = pixels[..., 0]
    sha = hashlib.sha256("x".join(map(str, pixels.shape)).encode())
    sha.update(np.ascontiguousarray(pixels).tobytes())
    return sha.hexdigest()


def likeness_of(pixels: npt.NDArray[np.uint8]) -> str:
    """Mean luma of a 4 by 4 grid as 32 hexadecimal digits; see `alike`."""
    y = luma(pixels)
    rows, columns = ([side * i // _GRID for i in range(_GRID + 1)] for side in y.shape)
    cells = [
        y[top : max(bottom, top + 1), left : max(right, left + 1)].mean()
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]
    return bytes(int(cell + 0.5) for cell in cells).hex()


def alike(one: str, two: str) -> bool:
    """Whether two likenesses differ by at most 3 grey levels: one picture, stored or decoded differently."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(two), strict=True)
    return all(abs(a - b) <= 3 for a, b in pairs)
