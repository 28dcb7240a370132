"""What quality a JPEG file was written with, from its quantisation table of luma."""

import warnings
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from srcnn.errors import ImageError
from srcnn.files.reader import opened
from srcnn.types import StrPath

# ITU-T T.81, table K.1, row by row.
_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
_START = b"\xff\xd8\xff"


@dataclass(frozen=True)
class JpegQuality:
    """The quality of a JPEG file.

    Attributes:
        quality: 1 to 100, as libjpeg counts.
        exact: the file has the very table that libjpeg makes for this quality; otherwise, as of cameras and
            of Photoshop, it is the one with the nearest table, by the sum of squared differences.
    """

    quality: int
    exact: bool


def read_jpeg_quality(source: StrPath | BinaryIO) -> JpegQuality | None:
    """The quality that a JPEG file was written with; None for a file of another format.

    A picture that was a JPEG once and has been saved in another format since does not show it.

    Args:
        source: a file, known by its content and not by its name, or a stream of one, read to its end.

    Raises:
        ImageError: a file that cannot be read, or a JPEG without tables.
    """
    from PIL import JpegImagePlugin

    with opened(source) as (file, name):
        if file.read(len(_START)) != _START:
            return None
        file.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # Not through `Image.open`, which refuses large pictures, although nothing is decoded here.
                header = JpegImagePlugin.JpegImageFile(file)
            table = header.quantization[header.layer[0][3]]
        except (OSError, ValueError, SyntaxError, LookupError, TypeError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # of the system, not Pillow's
                raise
            raise ImageError(
                f"expected a JPEG with quantisation tables, got {name}, which has none; copy it again"
            ) from error
    return _nearest(np.array(table).reshape(8, 8))


def jpeg_quality(source: StrPath | BinaryIO) -> int | None:
    """Only the figure of `read_jpeg_quality`."""
    found = read_jpeg_quality(source)
    return None if found is None else found.quality


def luma_table(quality: int) -> npt.NDArray[np.int64]:
    """(8, 8) luma quantisation table that libjpeg makes for a quality of 1 to 100.

    Its ``jpeg_quality_scaling`` and ``jpeg_add_quant_table`` (jcparam.c), held to the 255 of baseline JPEG.
    """
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((_LUMA * percent + 50) // 100, 1, 255)


def _nearest(table: npt.NDArray[np.int64]) -> JpegQuality:
    errors = [int(((table - luma_table(quality)) ** 2).sum()) for quality in range(1, 101)]
    best = int(np.argmin(errors))
    return JpegQuality(best + 1, errors[best] == 0)
