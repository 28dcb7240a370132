import io
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError, UsageError
from srcnn.files import Picture, Scratch, WriteOptions, read_picture, send_picture, write_picture


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    (tmp_path / "scratch").mkdir()
    return Scratch(tmp_path / "scratch", above=100)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pixels_in_a_scratch_file_are_the_same(tmp_path: Path, scratch, suffix, dtype, channels):
    shape = (31, 17) if channels == 1 else (31, 17, channels)
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape).astype(dtype)
    write_picture(Picture(pixels), tmp_path / f"a{suffix}")
    read = read_picture(tmp_path / f"a{suffix}", scratch=scratch)
    assert isinstance(read.pixels, np.memmap)
    np.testing.assert_array_equal(read.pixels, pixels)
    write_picture(read, tmp_path / f"b{suffix}")
    assert (tmp_path / f"b{suffix}").read_bytes() == (tmp_path / f"a{suffix}").read_bytes()
    assert list(scratch.folder.iterdir()) == []  # it has no name that could be left behind


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_scratch_file_is_turned_as_memory_is(tmp_path: Path, scratch, picture, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
    mapped = read_picture(tmp_path / "a.png", scratch=scratch).pixels
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, read_picture(tmp_path / "a.png").pixels)
    write_picture(Picture(mapped), tmp_path / "b.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "b.png").pixels, mapped)


def test_little_pictures_stay_in_memory(tmp_path: Path, scratch):
    write_picture(Picture(np.zeros((5, 20), np.uint8)), tmp_path / "a.png")
    assert not isinstance(read_picture(tmp_path / "a.png", scratch=scratch).pixels, np.memmap)
    assert not isinstance(scratch.empty((10, 10), np.uint8, "a"), np.memmap)
    larger = scratch.empty((10, 11), np.uint8, "a")
    assert isinstance(larger, np.memmap)
    assert not larger.any()


def test_a_full_disk_and_a_missing_folder_are_one_line(tmp_path: Path, scratch, monkeypatch, picture):
    write_picture(Picture(picture), tmp_path / "a.png")
    with pytest.raises(ImageError, match=r"a\.png in .*nowhere: No such file"):
        read_picture(tmp_path / "a.png", scratch=Scratch(tmp_path / "nowhere", 0))
    usage = namedtuple("usage", "total used free")(10, 10, 10)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    with pytest.raises(ImageError, match=r"room for the scratch file of .*a\.png") as caught:
        read_picture(tmp_path / "a.png", scratch=scratch)
    assert "\n" not in str(caught.value)


def test_more_pixels_than_memory_are_refused_before_they_are_decoded(tmp_path: Path, picture, monkeypatch):
    for suffix in (".png", ".bmp"):
        Image.fromarray(picture).save(tmp_path / f"a{suffix}")
        monkeypatch.setattr("srcnn.files.scratch.usable_memory", lambda: picture.nbytes - 1)
        with pytest.raises(ImageError, match=r"37x48 pixels by its header"):
            read_picture(tmp_path / f"a{suffix}")
        monkeypatch.setattr("srcnn.files.scratch.usable_memory", lambda: picture.nbytes)
        read_picture(tmp_path / f"a{suffix}")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells what memory is anonymous")
@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_anonymous_memory_does_not_grow_with_the_picture(tmp_path: Path, suffix):
    script = """
import sys, threading
from pathlib import Path
import numpy as np
from srcnn.files import Picture, Scratch, read_picture, write_picture
def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024
folder, suffix = Path(sys.argv[1]), sys.argv[2]
scratch = Scratch(folder, 2**20)
peak, ended = [0.0], threading.Event()
def watch():
    while not ended.wait(0.005):
        peak[0] = max(peak[0], anonymous())
def step(side):
    pixels = scratch.empty((side, side, 3), np.uint8, "pixels")
    pixels[:] = 77
    write_picture(Picture(pixels), folder / f"a{suffix}")
    assert read_picture(folder / f"a{suffix}", scratch=scratch).pixels[-1, -1, 0] == 77
step(200)
threading.Thread(target=watch, daemon=True).start()
before = anonymous()
step(5000)
ended.set()
print(peak[0] - before)
"""
    environment = os.environ | {"VIPS_CONCURRENCY": "2"}
    command = [sys.executable, "-c", script, str(tmp_path), suffix]
    grown = float(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
    assert grown < 50  # MiB, of pixels of 72


class Pipe(io.RawIOBase):
    """A stream that can only be read once, as standard input."""

    name = "<stdin>"

    def __init__(self, content: bytes) -> None:
        self.content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self.content.readinto(buffer)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "AVIF", "BMP", "GIF"])
def test_a_stream_reads_as_the_file_does(tmp_path: Path, picture, kind):
    Image.fromarray(picture).save(tmp_path / "a", kind)
    from_file, content = read_picture(tmp_path / "a"), (tmp_path / "a").read_bytes()
    from_stream = read_picture(io.BufferedReader(Pipe(content)))
    np.testing.assert_array_equal(from_stream.pixels, from_file.pixels)
    assert from_stream.notes == from_file.notes
    with pytest.raises(ImageError, match="<stdin>"):
        read_picture(io.BufferedReader(Pipe(content[: len(content) // 3])))


def test_an_empty_stream_is_one_line():
    with pytest.raises(ImageError, match="the stream, which is empty"):
        read_picture(io.BytesIO())


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_a_stream_gets_what_a_file_would_hold(tmp_path: Path, picture, suffix):
    stream = io.BytesIO()
    options = WriteOptions(quality=80)
    assert send_picture(Picture(picture), stream, suffix, options) == ()
    write_picture(Picture(picture), tmp_path / f"a{suffix}", options)
    assert stream.getvalue() == (tmp_path / f"a{suffix}").read_bytes()


def test_a_stream_that_breaks_or_has_no_format(picture):
    class Broken(io.BytesIO):
        def write(self, content) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(ImageError, match="to the stream: Broken pipe"):
        send_picture(Picture(picture), Broken(), ".png")
    with pytest.raises(UsageError, match="expected an output that ends in"):
        send_picture(Picture(picture), io.BytesIO(), ".xyz")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"quality": 0}, "quality of 1 to 100"),
        ({"depth": 10}, "depth of 8 or 16"),
        ({"subsampling": "4:1:1"}, "4:4:4 or 4:2:0"),
        ({"background": (0, 0, 256)}, "0 to 255"),
    ],
)
def test_options_that_cannot_be_meant(options, says):
    with pytest.raises(UsageError, match=says):
        WriteOptions(**options)


def test_16_bits_are_refused_where_a_format_has_8(tmp_path: Path, picture):
    for suffix in (".jpg", ".webp"):
        with pytest.raises(ImageError, match="expected a format of 16 bits"):
            write_picture(Picture(picture), tmp_path / f"a{suffix}", WriteOptions(depth=16))
