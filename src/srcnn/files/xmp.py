"""XMP packets of pictures that have been turned, enlarged and taken out of their files.

They are changed in place and otherwise left as they are, since taking a packet apart and putting it together
again would rename the prefixes that simple readers look for.

A packet may be made to take long. So no expression here begins with blanks in the midst of blanks, or looks
for an end that may be anywhere, and the time grows as the packet does, not as its square.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

# As an attribute and as an element; the prefixes are those that Adobe's library and all others write.
_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|>))\s*[1-8]""")
# The blanks before a name are taken from their first on, so that they are gone through once.
_OPENING = re.compile(rb"(?<!\s)\s*<([\w.-]+:[\w.-]+)(?=[\s/>])")
_CLOSING = re.compile(rb"</([\w.-]+:[\w.-]+)\s*>")
_ATTRIBUTE = re.compile(rb"""(?<!\s)\s+([\w.-]+:[\w.-]+)\s*=(?=\s*["'])""")
_VALUE = re.compile(rb"""\s*(?:"[^"]*"|'[^']*')""")
_THUMBNAILS = (b"xmp:Thumbnails", b"xap:Thumbnails")
_PREFIX = re.compile(rb"""xmlns:([\w.-]+)\s*=\s*["']([^"']+)["']""")
_GOOGLE = b"http://ns.google.com/photos/1.0/"
_ALL = re.compile(rb"[\w.-]+")
# By namespace, the names of what describes other pictures, sound or video in the same file.
_REST: dict[bytes, re.Pattern[bytes]] = {
    _GOOGLE + b"camera/": re.compile(rb"(?:Motion|MicroVideo)\w*"),
    _GOOGLE + b"container/": _ALL,
    _GOOGLE + b"container/item/": _ALL,
    _GOOGLE + b"depthmap/": _ALL,
    _GOOGLE + b"image/": _ALL,
    _GOOGLE + b"audio/": _ALL,
    b"http://ns.google.com/photos/dd/1.0/device/": _ALL,
    b"http://ns.adobe.com/hdr-gain-map/1.0/": _ALL,
    b"http://ns.apple.com/HDRGainMap/1.0/": _ALL,
    b"http://ns.apple.com/pixeldatainfo/1.0/": _ALL,
    b"http://ns.apple.com/depthData/1.0/": _ALL,
    b"http://ns.adobe.com/xmp/note/": re.compile(rb"HasExtendedXMP"),
}
_WIDTHS = rb"tiff:ImageWidth|exif:PixelXDimension"
_HEIGHTS = rb"tiff:ImageLength|exif:PixelYDimension"
_PANORAMA_ACROSS = rb"GPano:(?:FullPanoWidth|CroppedAreaImageWidth|CroppedAreaLeft)Pixels"
_PANORAMA_DOWN = rb"GPano:(?:FullPanoHeight|CroppedAreaImageHeight|CroppedAreaTop)Pixels"
_REGIONS = b"mwg-rs:AppliedToDimensions"


def upright_xmp(packet: bytes) -> bytes:
    """The packet with orientation 1, without thumbnails and without claims of what else the file holds."""
    packet = _ORIENTATION.sub(rb"\g<1>1", packet)
    rest: dict[bytes, set[re.Pattern[bytes]]] = {}
    for prefix, uri in _PREFIX.findall(packet):
        if uri in _REST:
            rest.setdefault(prefix, set()).add(_REST[uri])

    def is_rest(name: bytes) -> bool:
        prefix, _, local = name.partition(b":")
        return any(names.fullmatch(local) for names in rest.get(prefix, ()))

    packet = _changed(packet, _elements(packet, lambda name: name in _THUMBNAILS or is_rest(name)))
    return _changed(packet, _attributes(packet, is_rest)) if rest else packet


def _elements(packet: bytes, is_meant: Callable[[bytes], bool]) -> Iterator[tuple[int, int]]:
    """Where elements begin, with the blanks before them, and end; those within others are part of them."""
    closings: dict[bytes, list[int]] = {}
    for found in _CLOSING.finditer(packet):
        if is_meant(found[1]):
            closings.setdefault(found[1], []).append(found.end())
    last = head = 0  # where the last element ends, and the last opening tag
    for found in _OPENING.finditer(packet):
        if found.start() < last or not is_meant(found[1]):
            continue
        if head <= found.end():
            head = packet.find(b">", found.end()) + 1
        if not head:
            return
        if packet[head - 2 : head] == b"/>":
            last = head
        else:
            ends = closings.get(found[1], [])
            place = bisect_left(ends, head + 1)
            if place == len(ends):
                continue
            last = ends[place]
        yield found.start(), last


def _attributes(packet: bytes, is_meant: Callable[[bytes], bool]) -> Iterator[tuple[int, int]]:
    """Where attributes begin, with the blanks before them, and end."""
    last = 0
    for found in _ATTRIBUTE.finditer(packet):
        if found.start() >= last and is_meant(found[1]):
            value = _VALUE.match(packet, found.end())
            if value is not None:
                last = value.end()
                yield found.start(), last


def _changed(
    packet: bytes, places: Iterator[tuple[int, int]], change: Callable[[bytes], bytes] = lambda part: b""
) -> bytes:
    """The packet with the parts at some places, which are in order, changed: by default taken out."""
    parts, last = [], 0
    for start, end in places:
        parts += [packet[last:start], change(packet[start:end])]
        last = end
    return b"".join((*parts, packet[last:]))


def resized_xmp(packet: bytes, size: tuple[int, int]) -> bytes:
    """The packet of a picture that is so large now.

    Args:
        packet: an XMP packet; sizes of a panorama are counted from the size that it says itself.
        size: (width, height) of the picture.
    """
    width, height = size
    packet = _set(_set(packet, _WIDTHS, width), _HEIGHTS, height)
    regions = _elements(packet, lambda name: name == _REGIONS)
    packet = _changed(packet, regions, lambda part: _set(_set(part, rb"stDim:w", width), rb"stDim:h", height))
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
