"""The marker segments of a JPEG file (ITU-T T.81, annex B), its end, and what comes after that."""

import mmap
import re
import struct
from dataclasses import dataclass, field

Buffer = bytes | mmap.mmap

_END, _SCAN, _COMMENT = 0xD9, 0xDA, 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
# In coded data a byte of 0xFF is followed by 0, by a restart marker or by another one.
# Of several only the last counts; taken from the first on, a run of them would be gone through once for each.
_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_PROCESSES = {
    0xC3: "lossless JPEG",
    0xC5: "hierarchical JPEG",
    0xC6: "hierarchical JPEG",
    0xC7: "hierarchical JPEG",
    0xC9: "JPEG with arithmetic coding",
    0xCA: "JPEG with arithmetic coding",
    0xCB: "lossless JPEG",
    0xCD: "hierarchical JPEG",
    0xCE: "hierarchical JPEG",
    0xCF: "hierarchical JPEG",
    0xF7: "JPEG-LS",
}
_PROGRESSIVE = (0xC2, 0xCA)
_BEGIN = b"\xff\xd8\xff"
_PADDING = b"\0\xff \r\n"


@dataclass
class JpegFacts:
    """What the markers of a JPEG tell.

    Attributes:
        end: position after the end marker of the first picture; None where the file has none.
        process: the coding, if it is one that few programs know.
        precision: bits a sample.
        mpf: there is an index of several pictures (CIPA DC-007).
        extended_xmp: there is more XMP than one segment holds.
        comment: there is one.
        covered: by component, the bit down to which each coefficient has come; -1 where it has not.
        progressive: the coefficients come in several scans.
    """

    end: int | None = None
    process: str | None = None
    precision: int = 8
    mpf: bool = False
    extended_xmp: bool = False
    comment: bool = False
    covered: dict[int, list[int]] = field(default_factory=dict)
    progressive: bool = False

    @property
    def complete(self) -> bool:
        """Whether every coefficient of every component has come in full."""
        return bool(self.covered) and all(level == 0 for levels in self.covered.values() for level in levels)


def read_jpeg_facts(content: Buffer, start: int = 0) -> JpegFacts:
    """Walk through the segments; as far as they go in a broken file.

    Args:
        content: the file.
        start: where the picture begins, with 0xFFD8.
    """
    facts = JpegFacts()
    position = start + 2
    while (marker := _MARKER.search(content, position)) is not None:
        kind, position = marker[1][0], marker.end()
        if kind == _END:
            facts.end = position
            return facts
        if kind in _ALONE:
            continue
        if position + 2 > len(content):
            return facts
        (length,) = struct.unpack(">H", content[position : position + 2])
        _segment(facts, kind, content[position + 2 : position + max(length, 2)])
        position += max(length, 2)
    return facts


def _segment(facts: JpegFacts, kind: int, body: bytes) -> None:
    if kind in _FRAMES or kind in _PROCESSES:
        facts.process = _PROCESSES.get(kind)
        facts.progressive = kind in _PROGRESSIVE
        if len(body) >= 6:
            facts.precision = body[0]
            facts.covered = {component: [-1] * 64 for component in body[6 : 6 + 3 * body[5] : 3]}
    elif kind == _SCAN and body:
        count = body[0]
        tail = body[1 + 2 * count : 4 + 2 * count]
        if len(tail) == 3:
            first, last, low = (tail[0], tail[1], tail[2] & 15) if facts.progressive else (0, 63, 0)
            for component in body[1 : 1 + 2 * count : 2]:
                for place in range(first, min(last, 63) + 1):
                    if component in facts.covered:
                        facts.covered[component][place] = low
    elif kind == 0xE2 and body.startswith(b"MPF\0"):
        facts.mpf = True
    elif kind == 0xE1 and body.startswith(b"http://ns.adobe.com/xmp/extension/\0"):
        facts.extended_xmp = True
    elif kind == _COMMENT and body.strip(_PADDING):
        facts.comment = True


@dataclass(frozen=True)
class Rest:
    """What comes after the first picture.

    Attributes:
        pictures: further ones.
        video: there is one.
        size: bytes of other data.
    """

    pictures: int = 0
    video: bool = False
    size: int = 0


def read_rest(content: Buffer, end: int) -> Rest:
    """What comes after the end marker of the first picture, which ends at ``end``."""
    rest = content[end:]
    pictures, position = 0, 0
    while (start := rest.find(_BEGIN, position)) >= 0 and not _is_video(rest[position:start]):
        pictures += 1
        position = read_jpeg_facts(rest, start).end or len(rest)
    return read_other(rest[position:], pictures)


def read_other(others: bytes, pictures: int = 0) -> Rest:
    """What data after the last picture is; padding is nothing."""
    if _is_video(others):
        return Rest(pictures, video=True)
    return Rest(pictures, size=len(others) if others.strip(_PADDING) else 0)


def _is_video(content: bytes) -> bool:
    return b"ftyp" in content[:64] or b"MotionPhoto_Data" in content
