"""Types that several modules share: paths, progress, and arrays by what they hold."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

StrPath = str | os.PathLike[str]

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all)."""

NamedProgress = Callable[[float, float, str], None]
"""Called with what is done, what there is in all, and what is being worked on."""

Window = tuple[slice, slice]
"""Rows and columns of a picture, each with a start and a stop and no step."""

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.floating]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer]
Int64 = npt.NDArray[np.int64]

Pixels = npt.NDArray[Any]
"""(H, W) or (H, W, C): uint8, uint16, or floats in [0, 1]."""

Levels = npt.NDArray[np.uint8]
"""8-bit grey levels: (H, W) or (H, W, C); integer networks take and return (C, H, W)."""

Planes = Float32
"""(C, H, W) or (H, W, C) float32: what networks take and return."""
