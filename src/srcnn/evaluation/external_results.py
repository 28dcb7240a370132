"""Pictures that somebody else's program made, measured as they are."""

import os
from pathlib import Path

import numpy as np

from srcnn.color import Color
from srcnn.data.match import match_folders
from srcnn.errors import DataError, UsageError
from srcnn.evaluation.case import Case, in_space
from srcnn.evaluation.images import read_eight_bit
from srcnn.types import Floats, Levels


def check_folder_for(count: int, outputs: str | os.PathLike[str]) -> None:
    """Raise `UsageError` where one file is to be the result of several pictures."""
    if count > 1 and Path(outputs).is_file():
        raise UsageError(
            f"expected a folder with a result for each of {count} pictures, got the file {outputs}"
        )


class Outputs:
    """A method for `srcnn.evaluation.measurement.measure` that reads its results from files.

    Args:
        paths: the HR images by name.
        outputs: a folder with a picture for each of them (the stem the same but for endings such as ``_x3``
            and ``_GT``), or the one picture that belongs to a single HR image.

    Raises:
        UsageError: one file for several HR images.
        DataError: an HR image without one, or two that could be it.
        ImageError: a folder that is missing or holds no pictures.
    """

    def __init__(self, paths: dict[str, Path], outputs: str | os.PathLike[str]) -> None:
        folder = Path(outputs)
        if folder.is_file() and len(paths) == 1:
            self._files = dict.fromkeys(paths, folder)
            return
        check_folder_for(len(paths), folder)
        found: dict[Path, Path] = {}
        for parent in {path.parent for path in paths.values()}:
            found |= dict(match_folders(parent, folder).pairs)
        missing = [path.name for path in paths.values() if path not in found]
        if missing:
            raise DataError(
                f"expected a picture in {folder} for each one measured, got none for {', '.join(missing)}; "
                "name it alike"
            )
        self._files = {name: found[path] for name, path in paths.items()}

    def path_of(self, name: str) -> Path:
        """The file that belongs to an HR image."""
        return self._files[name]

    def __call__(self, case: Case) -> tuple[Floats, Color]:
        """The file's picture, in what the protocol measures.

        Raises:
            UsageError: another size than the reference's and the HR image's.
        """
        path = self.path_of(case.name)
        pixels = self._fitted(read_eight_bit(path), case, path)
        space: Color = (
            "rgb" if case.grey and pixels.ndim == 3 else "y" if case.grey else case.protocol.channel
        )
        return in_space(pixels, space, case.protocol.luma_range) / np.float64(255), space

    @staticmethod
    def _fitted(pixels: Levels, case: Case, path: Path) -> Levels:
        height, width = case.size
        if pixels.shape[:2] == case.pixels.shape[:2] and case.protocol.crop == "modulo":
            return pixels[:height, :width]
        if pixels.shape[:2] != (height, width):
            raise UsageError(
                f"expected {width}x{height} pixels as its reference, got {pixels.shape[1]}x{pixels.shape[0]} "
                f"in {path}; a resized picture cannot be measured"
            )
        return pixels
