"""Prepared pairs on disk, found again by what they were made from."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from srcnn.atomic import written_aside
from srcnn.data.pair import Pair


def key_of(paths: Iterable[Path], request: Any) -> str:
    """SHA-256 over the names and contents of files and a request that JSON can hold."""
    sha = hashlib.sha256(json.dumps(request).encode())
    for path in paths:
        sha.update(path.name.encode())
        sha.update(hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    """Write pairs of whole pictures, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {"names": np.array([pair.name for pair in pairs])}
    for number, pair in enumerate(pairs):
        arrays[f"hr{number}"] = pair.hr
        arrays[f"bicubic{number}"] = pair.bicubic
    with written_aside(path) as aside:
        np.savez(aside, **arrays)


def read_pairs(path: Path) -> list[Pair]:
    """What `write_pairs` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        return [
            Pair(str(name), stored[f"bicubic{number}"], stored[f"hr{number}"])
            for number, name in enumerate(stored["names"])
        ]
