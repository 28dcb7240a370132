"""What the extra "phone" brings: HEIC and JPEG XL."""

from importlib.util import find_spec
from typing import Literal

from srcnn.errors import ImageError

HEIF_PACKAGE, JXL_PACKAGE = "pillow_heif", "pyjpegxl"


def check_phone(package: Literal["pillow_heif", "pyjpegxl"], name: str, kind: str) -> None:
    """Refuse a picture that only the extra can read or write, where it is not installed.

    Args:
        package: what does it.
        name: the file.
        kind: its format.

    Raises:
        ImageError: the package is not installed.
    """
    if find_spec(package) is None:
        raise ImageError(
            f"{name} is {kind}, which needs packages that are not installed; install them with: "
            "pip install 'srcnn[phone]', or '.[phone]' in a copy of the repository"
        )
