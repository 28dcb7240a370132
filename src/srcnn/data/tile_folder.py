"""Large pictures into equal tiles, and back without loss: what `srcnn data tile` does.

Tiles are PNG files named ``STEM_rROW_cCOLUMN.png``; names alone say how to join them.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from srcnn.data.batch import FileResult, attempt_all, check_stems, prepare_folder
from srcnn.errors import DataError, UsageError
from srcnn.files import Picture, list_pictures, read_picture, write_picture
from srcnn.resize import imresize
from srcnn.types import Array, Progress

Remainder = Literal["refuse", "crop"]
_NAME = re.compile(r"(?P<stem>.+)_r(?P<row>\d+)_c(?P<column>\d+)")


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
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Cut a picture, or each picture of a folder, into tiles; one bad picture does not stop the rest.

    Raises:
        UsageError: ``out`` is the input folder.
        DataError: two pictures of one stem, or a folder that cannot be written to.
        ImageError: a folder without pictures.
    """
    sources = list_pictures(folder) if folder.is_dir() else [folder]
    check_stems(sources)
    prepare_folder(out, folder if folder.is_dir() else folder.parent)
    work = functools.partial(_cut_file, out=out, options=options)
    return attempt_all(work, sources, processes=processes, progress=progress)


def join_folder(
    folder: Path, out: Path, *, processes: int | None = None, progress: Progress | None = None
) -> list[FileResult]:
    """Join the tiles of a folder into ``STEM.png`` for each stem; where one is missing, nothing is written.

    Raises:
        UsageError: ``out`` is the input folder.
        DataError: no tiles, or a folder that cannot be written to.
        ImageError: a folder without pictures.
    """
    stems = {match["stem"] for path in list_pictures(folder) if (match := _NAME.fullmatch(path.stem))}
    if not stems:
        raise DataError(f"expected tiles named like photo_r0_c0.png in {folder}, got none")
    prepare_folder(out, folder)
    work = functools.partial(_join_stem, out=out)
    sources = [folder / stem for stem in sorted(stems)]
    return attempt_all(work, sources, processes=processes, progress=progress)


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
            write_picture(Picture(tile, picture.icc), targets[-1])
    return tuple(targets)


def _join_stem(stem: Path, *, out: Path) -> tuple[Path, ...]:
    tiles: dict[tuple[int, int], Path] = {}
    for path in list_pictures(stem.parent):
        match = _NAME.fullmatch(path.stem)
        if match and match["stem"] == stem.name:
            tiles[int(match["row"]), int(match["column"])] = path
    rows, columns = (1 + max(place[axis] for place in tiles) for axis in (0, 1))
    missing = [
        (row, column) for row in range(rows) for column in range(columns) if (row, column) not in tiles
    ]
    if missing:
        row, column = missing[0]
        raise DataError(
            f"expected {rows}x{columns} tiles of {stem.name}, got {len(tiles)}: "
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
    target = out / f"{stem.name}.png"
    write_picture(Picture(joined, first.icc), target)
    return (target,)
