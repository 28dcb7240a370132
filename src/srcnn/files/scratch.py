"""Room for the pixels of large pictures: a file that is mapped instead of memory that may not be there."""

import math
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from srcnn.errors import ImageError, PixelLimitError, os_errors_as
from srcnn.system import gigabytes, usable_memory
from srcnn.types import Array

_PROBE = 2**20  # bytes, more than libvips holds back


@dataclass(frozen=True)
class Scratch:
    """Where pixels go that are too many for memory.

    The files have no name, or lose it at once, and are gone with the last array that uses them, even where
    the process is killed. What lies in them counts as the system's file cache and not as anonymous memory.

    Attributes:
        folder: where the files are made; it exists.
        above: bytes of pixels from which on they go there.
        max_pixels: pixels that a picture may have, whether they go there or not; None is no limit.
    """

    folder: Path
    above: int
    max_pixels: int | None = None

    def takes(self, size: int) -> bool:
        """Whether ``size`` bytes go to a file."""
        return size > self.above

    def check_count(self, shape: tuple[int, ...], name: str) -> None:
        """Refuse a picture of (H, W, ...) that has too many pixels, before they are decoded or made.

        Raises:
            PixelLimitError: more than ``max_pixels``.
        """
        if self.max_pixels is not None and shape[0] * shape[1] > self.max_pixels:
            raise PixelLimitError(
                f"expected at most {self.max_pixels:,} pixels, got {shape[1]}x{shape[0]} for {name}; "
                "choose a smaller picture or scale"
            )

    def file(self, size: int, name: str) -> IO[bytes]:
        """An empty file for ``size`` bytes, which disappears when it is closed and mapped no more.

        Args:
            size: bytes that will be written.
            name: the picture they belong to, for the error.

        Raises:
            ImageError: less room in the folder, or a folder that cannot be written to.
        """
        with os_errors_as(ImageError, f"cannot make a scratch file for {name} in {self.folder}"):
            room = shutil.disk_usage(self.folder).free
            if size <= room:
                return tempfile.TemporaryFile(dir=self.folder)
        raise ImageError(
            f"expected room for the scratch file of {name} in {self.folder}, which needs {gigabytes(size)}, "
            f"got {gigabytes(room)}; choose another folder or a smaller picture"
        )

    def empty(self, shape: tuple[int, ...], dtype: npt.DTypeLike, name: str) -> Array:
        """As ``np.empty``; an ``np.memmap`` of a new file where that many bytes go to one.

        Raises:
            ImageError: see `file`.
        """
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if not self.takes(size):
            return np.empty(shape, dtype)
        with self.file(size, name) as file:
            return np.memmap(file, dtype, "w+", shape=shape)


def raise_if_full(file: IO[bytes]) -> None:
    """Raise what the system says of writing to a file; libvips says only that it failed.

    Raises:
        OSError: a full disk, a quota.
    """
    file.seek(0, 2)
    file.write(bytes(_PROBE))
    file.flush()


def check_fits(size: int, shape: tuple[int, ...], name: str, scratch: Scratch | None = None) -> None:
    """Refuse pixels that are too many, or that the machine's memory cannot hold, before they are decoded.

    Raises:
        ImageError: more bytes than there is memory, or more pixels than ``scratch`` allows.
    """
    if scratch is not None:
        scratch.check_count(shape, name)
    available = usable_memory()
    if available is not None and size > available:
        raise ImageError(
            f"expected a picture that fits into {gigabytes(available)} of memory, got {name}, which has "
            f"{shape[1]}x{shape[0]} pixels by its header and needs {gigabytes(size)}"
        )
