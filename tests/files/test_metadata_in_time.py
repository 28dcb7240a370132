"""Metadata that are made to take long: read in a time that grows as they do, and not as its square."""

import io
import struct
import time
from collections.abc import Callable

import pytest

from srcnn.files.jpeg_markers import read_jpeg_facts
from srcnn.files.tiff import read_tiff_facts
from srcnn.files.xmp import resized_xmp, upright_xmp

SIZE = 2**18
SECONDS = 2.0
"""Of the processor, for 256 KB; what goes through them again and again takes 17 to 700 s."""
CAMERA = (
    b'xmlns:G="http://ns.google.com/photos/1.0/camera/" xmlns:C="http://ns.google.com/photos/1.0/container/"'
)
PACKETS = {
    "blanks": CAMERA + b" " * SIZE,
    "blanks in a tag": CAMERA + b"<C:Item a" + b" " * SIZE,
    "prefixes": b"".join(
        b'xmlns:a%d="http://ns.google.com/photos/1.0/image/" ' % number for number in range(SIZE // 56)
    ),
    "elements without an end": CAMERA + b"<C:Item>" * (SIZE // 8),
    "many names without an end": CAMERA + b"".join(b"<C:a%d>" % number for number in range(SIZE // 9)),
    "tags without an end": CAMERA + b"<C:Item " * (SIZE // 8),
    "thumbnails without an end": b"<xmp:Thumbnails>" * (SIZE // 16),
    "regions without an end": b"<mwg-rs:AppliedToDimensions " * (SIZE // 28),
}


def seconds(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


@pytest.mark.parametrize("name", PACKETS)
def test_xmp(name: str):
    assert seconds(lambda: resized_xmp(upright_xmp(PACKETS[name]), (20, 30))) < SECONDS


def test_markers_of_jpeg():
    content = b"\xff\xd8" + b"\xff" * SIZE + b"\0" + b"\xff\xff\xd9"
    assert seconds(lambda: read_jpeg_facts(content)) < SECONDS
    assert read_jpeg_facts(content).end == len(content)


def test_pages_of_tiff_in_a_circle():
    tags = [(254, 4, 1, 1), *((1000 + tag, 3, 1, 0) for tag in range(SIZE // 12))]  # a thumbnail
    records = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    content = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + records + struct.pack("<I", 8)
    assert seconds(lambda: read_tiff_facts(io.BytesIO(content))) < SECONDS
