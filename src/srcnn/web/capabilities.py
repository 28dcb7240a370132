"""What can be asked of this service, for pages that let people choose."""

from importlib.util import find_spec
from typing import Any

from srcnn import __version__
from srcnn.engines import ENGINES
from srcnn.files import PICTURE_SUFFIXES
from srcnn.files.phone import JXL_PACKAGE
from srcnn.files.picture_formats import WRITTEN, Format
from srcnn.jobs.upscale_job import MODES
from srcnn.pixels import ALPHA_MODES
from srcnn.scales import MAX_PASSES
from srcnn.web.limits import Limits
from srcnn.zoo import restored_qualities

_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "TIFF": "image/tiff",
    "WebP": "image/webp",
    "AVIF": "image/avif",
    "JPEG XL": "image/jxl",
}
_WITH_QUALITY = ("JPEG", "WebP", "AVIF", "JPEG XL")


def media_type(suffix: str) -> str:
    """The media type of a result, by its suffix with the dot."""
    return _TYPES[WRITTEN[suffix].name]


def capabilities(limits: Limits) -> dict[str, Any]:
    """Formats, ways and limits, as JSON values."""
    return {
        "version": __version__,
        "limits": limits.to_json(),
        "formats": [_described(known) for known in dict.fromkeys(WRITTEN.values()) if _is_written(known)],
        "reads": [suffix[1:] for suffix in PICTURE_SUFFIXES],
        "alpha_modes": list(ALPHA_MODES),
        "quality_modes": {
            mode: {"model": model, "ensemble": ensemble} for mode, (model, ensemble) in MODES.items()
        },
        "engines": list(ENGINES),
        "max_passes": MAX_PASSES,
        "restored_qualities": restored_qualities("9-5-5"),
    }


def _is_written(known: Format) -> bool:
    return known.name != "JPEG XL" or find_spec(JXL_PACKAGE) is not None


def _described(known: Format) -> dict[str, Any]:
    suffixes = [suffix[1:] for suffix, written in WRITTEN.items() if written is known]
    return {
        "name": suffixes[0],
        "label": known.name,
        "suffixes": suffixes,
        "media_type": _TYPES[known.name],
        "alpha": known.alpha,
        "bits": known.bits,
        "quality": known.name in _WITH_QUALITY,
        "longest": known.longest,
    }
