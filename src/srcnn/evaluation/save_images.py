"""Saving the pictures that were measured: all of them or none."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from srcnn.errors import ImageError, UsageError, os_errors_as
from srcnn.evaluation.measurement import Keep
from srcnn.files import Picture, write_picture
from srcnn.types import Levels


@contextmanager
def saved_pictures(folder: Path) -> Iterator[Keep]:
    """A function for ``keep`` of `srcnn.evaluation.evaluate`; ``NAME_METHOD.png`` end up in the folder.

    They are written into a folder aside, and moved when the block ends well: on any error nothing is
    left, and what was in the folder before stays.

    Raises:
        UsageError: the path is a file.
        ImageError: it cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"expected a folder for the pictures, got {folder}, which is a file")
    # Beside the folder itself, not beside a link to it: files are moved within one file system.
    aside = folder.resolve().parent / f".{secrets.token_hex(8)}"
    written: list[Path] = []

    def keep(name: str, method: str, pixels: Levels) -> None:
        if not written:
            with os_errors_as(ImageError, f"cannot write pictures to {folder}"):
                aside.mkdir()
        path = aside / f"{name}_{method.replace(' ', '-')}.png"
        write_picture(Picture(pixels), path)
        written.append(path)

    try:
        yield keep
        with os_errors_as(ImageError, f"cannot write pictures to {folder}"):
            if written:
                folder.mkdir(exist_ok=True)
            for path in written:
                path.replace(folder / path.name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
