"""XMP packets of pictures that have been turned, enlarged and taken out of their files.

They are changed in place and otherwise left as they are, since taking a packet apart and putting it together
again would rename the prefixes that simple readers look for.
"""

import re

# As an attribute and as an element; the prefixes are those that Adobe's library and all others write.
_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|>))\s*[1-8]""")
_THUMBNAILS = re.compile(rb"<(xmp|xap):Thumbnails\b.*?</\1:Thumbnails>", re.DOTALL)
_PREFIX = re.compile(rb"""xmlns:([\w.-]+)\s*=\s*["']([^"']+)["']""")
_GOOGLE = b"http://ns.google.com/photos/1.0/"
# By namespace, the names of what describes other pictures, sound or video in the same file: all of them where
# none are listed.
_REST: dict[bytes, tuple[bytes, ...]] = {
    _GOOGLE + b"camera/": (rb"Motion\w*", rb"MicroVideo\w*"),
    _GOOGLE + b"container/": (),
    _GOOGLE + b"container/item/": (),
    _GOOGLE + b"depthmap/": (),
    _GOOGLE + b"image/": (),
    _GOOGLE + b"audio/": (),
    b"http://ns.google.com/photos/dd/1.0/device/": (),
    b"http://ns.adobe.com/hdr-gain-map/1.0/": (),
    b"http://ns.apple.com/HDRGainMap/1.0/": (),
    b"http://ns.apple.com/pixeldatainfo/1.0/": (),
    b"http://ns.apple.com/depthData/1.0/": (),
    b"http://ns.adobe.com/xmp/note/": (rb"HasExtendedXMP",),
}
_WIDTHS = rb"tiff:ImageWidth|exif:PixelXDimension"
_HEIGHTS = rb"tiff:ImageLength|exif:PixelYDimension"
_PANORAMA_ACROSS = rb"GPano:(?:FullPanoWidth|CroppedAreaImageWidth|CroppedAreaLeft)Pixels"
_PANORAMA_DOWN = rb"GPano:(?:FullPanoHeight|CroppedAreaImageHeight|CroppedAreaTop)Pixels"
_REGIONS = re.compile(
    rb"<mwg-rs:AppliedToDimensions\b(?:[^>]*/>|.*?</mwg-rs:AppliedToDimensions>)", re.DOTALL
)


def upright_xmp(packet: bytes) -> bytes:
    """The packet with orientation 1, without thumbnails and without claims of what else the file holds."""
    packet = _THUMBNAILS.sub(b"", _ORIENTATION.sub(rb"\g<1>1", packet))
    for prefix, uri in set(_PREFIX.findall(packet)):
        if uri in _REST:
            packet = _without(packet, prefix, _REST[uri])
    return packet


def _without(packet: bytes, prefix: bytes, names: tuple[bytes, ...]) -> bytes:
    name = re.escape(prefix) + b":(?:" + (b"|".join(names) or rb"[\w.-]+") + b")"
    # One that is empty, which ends in "/>", or one with all that is in it.
    elements = re.compile(rb"\s*<(" + name + rb")(?=[\s/>])[^>]*(?:(?<=/)>|(?<!/)>.*?</\1\s*>)", re.DOTALL)
    attributes = re.compile(rb"\s+" + name + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""")
    return attributes.sub(b"", elements.sub(b"", packet))


def resized_xmp(packet: bytes, size: tuple[int, int]) -> bytes:
    """The packet of a picture that is so large now.

    Args:
        packet: an XMP packet; sizes of a panorama are counted from the size that it says itself.
        size: (width, height) of the picture.
    """
    width, height = size
    packet = _set(_set(packet, _WIDTHS, width), _HEIGHTS, height)
    packet = _REGIONS.sub(lambda found: _set(_set(found[0], rb"stDim:w", width), rb"stDim:h", height), packet)
    return _panorama(packet, size)


def _panorama(packet: bytes, size: tuple[int, int]) -> bytes:
    """Sizes and places of a panorama (Google's Photo Sphere XMP) in pixels of the picture."""
    ways = ((b"Width", _PANORAMA_ACROSS, size[0]), (b"Height", _PANORAMA_DOWN, size[1]))
    for side, names, now in ways:
        cropped = _get(packet, b"GPano:CroppedAreaImage" + side + b"Pixels")
        before = cropped or _get(packet, b"GPano:FullPano" + side + b"Pixels")
        if before and before != now:
            ratio = now / before
            packet = _value(names).sub(
                lambda found, ratio=ratio: found[1] + b"%d" % round(int(found[2]) * ratio), packet
            )
    return packet


def _value(names: bytes) -> re.Pattern[bytes]:
    """A whole number as an attribute or as an element: what is before it, and it."""
    return re.compile(rb"""((?:""" + names + rb""")(?:\s*=\s*["']|>)\s*)(\d{1,9})(?!\d)""")


def _get(packet: bytes, name: bytes) -> int | None:
    found = _value(name).search(packet)
    return None if found is None else int(found[2])


def _set(packet: bytes, names: bytes, value: int) -> bytes:
    return _value(names).sub(lambda found: found[1] + b"%d" % value, packet)
