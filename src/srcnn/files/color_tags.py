"""Which profile a file gets, and what it cannot say of its colors."""

from srcnn.errors import ImageError
from srcnn.files.icc import color_profile, profile_fits
from srcnn.files.picture import Picture

# Formats that hold code points themselves: of all kinds, or of samples of full range alone.
_CODED, _CODED_FULL = ("PNG",), ("PNG", "AVIF")


def color_to_write(picture: Picture, name: str, *, grey: bool) -> tuple[bytes | None, tuple[str, ...]]:
    """The profile that a picture gets in a file, and notes on what the file does not say.

    Args:
        picture: what is written.
        name: the format.
        grey: the file has grey samples.

    Raises:
        ImageError: PQ or HLG for JPEG XL, which is written in sRGB.
    """
    icc, notes, color = picture.icc, [], picture.color
    if icc is not None and not profile_fits(icc, grey=grey):
        icc = None
        notes.append("the colour profile is left out: it is not one for the channels of this file")
    if color is not None and color.is_hdr and name == "JPEG XL":
        raise ImageError(f"expected a picture without HDR for JPEG XL, got {color}; write PNG or AVIF")
    if color is None:
        return icc, tuple(notes)
    if color.code_points is not None:
        held = name in (_CODED_FULL if color.code_points.full_range else _CODED)
        if not held:  # they go before a profile that was beside them
            icc, said = _converted(picture, name, icc, grey)
            notes += said
    elif icc is None and name != "PNG" and not color.is_srgb:
        icc, said = _converted(picture, name, icc, grey)
        notes += said
    if name != "PNG" and (color.mastering or color.light_level):
        notes.append(f"the light levels of HDR (mDCV, cLLI) are left out: {name} gets none")
    return icc, tuple(notes)


def _converted(picture: Picture, name: str, icc: bytes | None, grey: bool) -> tuple[bytes | None, list[str]]:
    """A profile that says what the file cannot say otherwise; the one before, with a note, where none can."""
    color = picture.color
    if color is None or color.is_srgb:
        return icc, []
    profile = color_profile(color, grey=grey)
    if profile is None:
        return icc, [f"what the samples mean is left out ({color}): {name} holds no such thing"]
    if color.is_hdr:
        return profile, [f"{color} is said by a colour profile, which few programs follow in {name}"]
    return profile, []
