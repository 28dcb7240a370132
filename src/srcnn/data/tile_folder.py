"""Large pictures into equal tiles, and back without loss: what `srcnn data tile` does.

Tiles are PNG files named ``STEM_rROW_cCOLUMN.png``; names alone say how to join them. A command that tiles
went through may have added to their names: ``STEM_rROW_cCOLUMN_restored.png``.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from srcnn.data.batch import FileResult, attempt_all, check_none_exists, check_stems, prepare_folder
from srcnn.errors import DataError, UsageError
from srcnn.files import Picture, list_pictures, read_picture, write_picture
from srcnn.resize import imresize
from srcnn.types import Array, Progress

Remainder = Literal["refuse", "crop"]
_NAME = re.compile(r"(?P<stem>.+)_r(?P<row>\d+)_c(?P<column>\d+)(?P<addition>[_\W].*)?")
_Tiles = dict[tuple[int, int], Path]
"""Tiles of one picture by row and column."""


@dataclass(frozen=True)
class TileOptions:
    """How pictures are cut into tiles.

    Attributes:
        size: side of a tile.
        resize: (height, width) that each picture is resized to first, bicubic.
        rest: what happens to rows and columns that fill no tile: ``refuse`` the picture, or ``crop`` them.
    """

    size: int
    resize: tuple[int, int] | None = None
    rest: Remainder = "refuse"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise UsageError(f"expected tiles of at least 1 pixel a side, got {self.size}")


def cut_folder(
    folder: Path,
    out: Path,
    options: TileOptions,
    *,
    overwrite: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Cut a picture, or each picture of a folder, into tiles; one bad picture does not stop the rest.

    Raises:
        UsageError: ``out`` is the input folder, or tiles of one of the pictures there would be replaced.
        DataError: two pictures of one stem, or a folder that cannot be written to.
        ImageError: a folder without pictures.
    """
    sources = list_pictures(folder) if folder.is_dir() else [folder]
    check_stems(sources)
    prepare_folder(out, folder if folder.is_dir() else folder.parent)
    if not overwrite:
        check_none_exists(_tiles_of(sources, out))
    work = functools.partial(_cut_file, out=out, options=options)
    return attempt_all(work, sources, processes=processes, progress=progress)


def join_folder(
    folder: Path,
    out: Path,
    *,
    overwrite: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Join the tiles of a folder into ``STEM.png`` for each stem; where one is missing, nothing is written.

    What all names of a picture's tiles have after the column, such as ``_restored``, comes behind its stem:
    ``STEM_restored.png``. Tiles with other additions are those of another picture.

    Raises:
        UsageError: ``out`` is the input folder, or a file there would be replaced.
        DataError: no tiles, two of one place, or a folder that cannot be written to.
        ImageError: a folder without pictures.
    """
    wholes = _find_tiles(folder)
    prepare_folder(out, folder)
    if not overwrite:
        check_none_exists(out / f"{whole.name}.png" for whole in wholes)
    work = functools.partial(_join_tiles, wholes=wholes, out=out)
    return attempt_all(work, sorted(wholes), processes=processes, progress=progress)


def _tiles_of(sources: Sequence[Path], folder: Path) -> list[Path]:
    """PNG files in a folder that are named as tiles of these pictures."""
    stems = {source.stem for source in sources}
    names = ((path, _NAME.fullmatch(path.stem)) for path in sorted(folder.glob("*.png")))
    return [path for path, match in names if match and not match["addition"] and match["stem"] in stems]


def _find_tiles(folder: Path) -> dict[Path, _Tiles]:
    """Tiles of each whole picture, by what that is called, without a suffix, in the folder."""
    wholes: dict[Path, _Tiles] = {}
    for path in list_pictures(folder):
        if match := _NAME.fullmatch(path.stem):
            tiles = wholes.setdefault(folder / (match["stem"] + (match["addition"] or "")), {})
            place = int(match["row"]), int(match["column"])
            if place in tiles:
                raise DataError(
                    f"expected one tile for each row and column, got {tiles[place].name} and {path.name}; "
                    "put one into another folder"
                )
            tiles[place] = path
    if not wholes:
        raise DataError(f"expected tiles named like photo_r0_c0.png in {folder}, got none")
    return wholes


def _cut_file(source: Path, *, out: Path, options: TileOptions) -> tuple[Path, ...]:
    picture = read_picture(source)
    pixels: Array = picture.pixels
    if options.resize and pixels.shape[:2] != options.resize:
        pixels = imresize(pixels, shape=options.resize)
    rows, columns = (side // options.size for side in pixels.shape[:2])
    height, width = pixels.shape[:2]
    if not rows or not columns:
        raise DataError(f"expected at least {options.size}x{options.size} pixels, got {width}x{height}")
    if options.rest == "refuse" and (height % options.size or width % options.size):
        raise DataError(
            f"expected sides that are multiples of {options.size}, got {width}x{height}; resize or crop it"
        )
    targets = []
    for row in range(rows):
        for column in range(columns):
            y, x = row * options.size, column * options.size
            tile = np.ascontiguousarray(pixels[y : y + options.size, x : x + options.size])
            targets.append(out / f"{source.stem}_r{row}_c{column}.png")
            write_picture(Picture(tile, picture.icc, color=picture.color), targets[-1])
    return tuple(targets)


def _join_tiles(whole: Path, *, wholes: Mapping[Path, _Tiles], out: Path) -> tuple[Path, ...]:
    tiles = wholes[whole]
    rows, columns = (1 + max(place[axis] for place in tiles) for axis in (0, 1))
    missing = [
        (row, column) for row in range(rows) for column in range(columns) if (row, column) not in tiles
    ]
    if missing:
        row, column = missing[0]
        raise DataError(
            f"expected {rows}x{columns} tiles of {whole.name}, got {len(tiles)}: "
            f"the one at row {row}, column {column} is missing"
        )
    pictures = {place: read_picture(path) for place, path in tiles.items()}
    first = pictures[0, 0]
    for place, picture in pictures.items():
        if (picture.pixels.shape, picture.pixels.dtype) != (first.pixels.shape, first.pixels.dtype):
            raise DataError(f"expected tiles of one size and kind, got another in {tiles[place]}")
    joined: Array = np.concatenate(
        [
            np.concatenate([pictures[row, column].pixels for column in range(columns)], axis=1)
            for row in range(rows)
        ]
    )
    target = out / f"{whole.name}.png"
    write_picture(Picture(joined, first.icc, color=first.color), target)
    return (target,)
