"""Channels of a TIFF beside color: opacity where the file says so, and nothing under a guess."""

from typing import TYPE_CHECKING

from srcnn.errors import ImageError
from srcnn.files.tiff import TiffFacts

if TYPE_CHECKING:
    from pyvips import Image as VipsImage

_ASSOCIATED = 1
_ALPHA_KINDS = (_ASSOCIATED, 2)  # TIFF 6.0, ExtraSamples


def without_extra(image: "VipsImage", tiff: TiffFacts, name: str) -> tuple["VipsImage", list[str]]:
    """The image without channels of a TIFF that are neither color nor stated to be opacity.

    libvips takes the first of them for opacity, whatever the file says of it.

    Args:
        image: the page, as libvips opens it.
        tiff: facts of the page; of a file that is no TIFF they are empty.
        name: of the file, for the error.

    Returns:
        The image, and what was left out, in words.

    Raises:
        ImageError: opacity multiplied into the color, behind another channel; libvips divides it out wrongly.
    """
    if not tiff.extra or image.bands != tiff.samples or tiff.palette:
        return image, []
    alpha = next((place for place, kind in enumerate(tiff.extra) if kind in _ALPHA_KINDS), None)
    if alpha and tiff.extra[alpha] == _ASSOCIATED:
        raise ImageError(
            f"expected an alpha channel before other channels, got {name}, where it is multiplied into the "
            "colour and stands behind them, which is not supported; convert it first"
        )
    color = image.bands - len(tiff.extra)
    kept = image[:color] if alpha is None else image[:color].bandjoin(image[color + alpha])
    count = image.bands - kept.bands
    if not count:
        return image, []
    plural = "s" if count > 1 else ""
    return kept.copy(interpretation=image.interpretation), [
        f"{count} extra channel{plural}, not stated to be transparency (a mask or a spot colour)"
    ]
