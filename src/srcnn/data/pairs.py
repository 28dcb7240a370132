"""Pairs for training: the high-resolution luma of each picture and the network's input for it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.atomic import written_aside
from srcnn.color import luma
from srcnn.data.sets import find_set
from srcnn.degrade import bicubic_degradation, mod_crop
from srcnn.errors import DataError
from srcnn.files import list_pictures, read_pixels
from srcnn.resize import imresize

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pair:
    """One picture.

    Attributes:
        name: set, stem and, for a shrunken copy, its size, such as ``T91/t1@0.8``.
        bicubic: (H, W) float32, the enlarged low-resolution luma in [0, 1] (overshoots are kept).
        hr: (H, W) uint8, studio-range luma.
    """

    name: str
    bicubic: npt.NDArray[np.float32]
    hr: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class SetRequest:
    """What is wanted of one image set.

    Attributes:
        name: the set's name, looked up with `find_set`.
        scale: the enlargement to train for.
        sizes: copies of each picture, shrunk by these factors before anything else (1.0: as it is).
        every: take the pictures of the sorted list whose index is a multiple of this; 1 takes all.
        keep: with False, take all the others instead.
    """

    name: str
    scale: int
    sizes: tuple[float, ...] = (1.0,)
    every: int = 1
    keep: bool = True


def load_pairs(
    request: SetRequest,
    root: Path | None = None,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> list[Pair]:
    """Read a set and degrade it: whole pictures, never crops; the low-resolution image is not quantised.

    Args:
        request: which set, at which scale.
        root: the folder of image sets; ``SRCNN_DATA`` by default.
        cache: a folder for prepared pairs. They are found again by the hash of the files' names and
            contents and of the request, so a changed picture is never served stale.
        progress: called with (done, total) after each picture.

    Raises:
        DataError: the set is missing or empty, or a picture is too small.
        ImageError: a picture that cannot be read.
    """
    paths = _selection(list_pictures(find_set(request.name, root)), request)
    if not paths:
        raise DataError(f"expected pictures of {request.name} to train on, got none after the selection")
    key = _key(paths, request)
    stored = cache / f"{request.name}-x{request.scale}-{key[:16]}.npz" if cache else None
    if stored and stored.exists():
        return _read_cache(stored)
    pairs = []
    for done, path in enumerate(paths, start=1):
        pairs.extend(_pairs_of(path, request))
        if progress:
            progress(done, len(paths))
    if stored:
        _write_cache(stored, pairs)
    return pairs


def pairs_digest(pairs: Sequence[Pair]) -> str:
    """SHA-256 over names and high-resolution pixels, for a run's record."""
    sha = hashlib.sha256()
    for pair in pairs:
        sha.update(f"{pair.name} {pair.hr.shape}".encode())
        sha.update(np.ascontiguousarray(pair.hr).tobytes())
    return sha.hexdigest()


def _selection(paths: list[Path], request: SetRequest) -> list[Path]:
    chosen = [index % request.every == 0 for index in range(len(paths))]
    return [path for path, hit in zip(paths, chosen, strict=True) if hit == request.keep]


def _pairs_of(path: Path, request: SetRequest) -> list[Pair]:
    y = luma(_eight_bit(path))
    pairs = []
    for size in request.sizes:
        # Shrunk in 8 bits like any picture that was saved once; a good picture stays a good picture.
        hr = mod_crop(y if size == 1.0 else imresize(y, size), request.scale)
        bicubic = bicubic_degradation((hr / 255).astype(np.float32), request.scale)
        name = f"{request.name}/{path.stem}" + ("" if size == 1.0 else f"@{size:g}")
        pairs.append(Pair(name, bicubic.astype(np.float32), hr))
    return pairs


def _eight_bit(path: Path) -> npt.NDArray[np.uint8]:
    pixels = read_pixels(path)
    if pixels.dtype != np.uint8 or pixels.shape[2:] not in ((), (3,)):
        raise DataError(
            f"expected an 8-bit grey or RGB picture to train on, got {path} with {pixels.dtype} pixels of "
            f"shape {pixels.shape}; convert it first"
        )
    return pixels.astype(np.uint8, copy=False)


def _key(paths: list[Path], request: SetRequest) -> str:
    sha = hashlib.sha256(json.dumps(asdict(request)).encode())
    for path in paths:
        sha.update(path.name.encode())
        sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def _write_cache(path: Path, pairs: list[Pair]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {"names": np.array([pair.name for pair in pairs])}
    for number, pair in enumerate(pairs):
        arrays[f"hr{number}"] = pair.hr
        arrays[f"bicubic{number}"] = pair.bicubic
    with written_aside(path) as aside:
        np.savez(aside, **arrays)


def _read_cache(path: Path) -> list[Pair]:
    with np.load(path, allow_pickle=False) as stored:
        return [
            Pair(str(name), stored[f"bicubic{number}"], stored[f"hr{number}"])
            for number, name in enumerate(stored["names"])
        ]
