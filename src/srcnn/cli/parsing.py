"""Values of options that are more than a number or a name."""

import re

import typer

from srcnn.errors import UsageError

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def memory_size(text: str | int) -> int:
    """Bytes: ``500M``, ``1.5G``, ``2GB``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", str(text).strip().upper())
    if match is None or float(match[1]) <= 0:
        raise typer.BadParameter(f"expected an amount of memory such as 500M or 2G, got {text!r}")
    return int(float(match[1]) * _UNITS[match[2]])


def box(text: str | None) -> tuple[int, int] | None:
    """(width, height): ``1920x1080``."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)[x×](\d+)", text.strip().lower())
    if match is None:
        raise UsageError(f"expected a --fit such as 1920x1080, got {text!r}")
    return int(match[1]), int(match[2])


def colour(text: str | None) -> tuple[int, int, int] | None:
    """(R, G, B), 0 to 255: ``ffffff``, ``#ffffff``, ``white``, ``black``."""
    if text is None:
        return None
    digits = {"white": "ffffff", "black": "000000"}.get(text.lower(), text.removeprefix("#"))
    if re.fullmatch(r"[0-9a-fA-F]{6}", digits) is None:
        raise UsageError(f"expected a --background such as ffffff or white, got {text!r}")
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue
