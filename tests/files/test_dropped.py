"""What a file holds beside the picture: named, never interpreted under a guess."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from srcnn.errors import ImageError
from srcnn.files import read_picture

MASK = "extra channel, not stated to be transparency (a mask or a spot colour)"


def channels(*levels: int) -> np.ndarray:
    return np.full((8, 12, len(levels)), levels, np.uint8)


@pytest.mark.parametrize(
    ("pixels", "photometric", "extra", "expected", "dropped"),
    [
        (channels(9, 8, 7, 0), "rgb", ["unspecified"], (9, 8, 7), f"1 {MASK}"),
        (channels(9, 0), "minisblack", ["unspecified"], 9, f"1 {MASK}"),
        (channels(9, 8, 7, 6, 0), "rgb", ["unassalpha", "unspecified"], (9, 8, 7, 6), f"1 {MASK}"),
        (channels(9, 8, 7, 0, 6), "rgb", ["unspecified", "unassalpha"], (9, 8, 7, 6), f"1 {MASK}"),
        (channels(9, 8, 7, 0, 0), "rgb", ["unspecified"] * 2, (9, 8, 7), f"2 {MASK.replace('l,', 'ls,')}"),
        (channels(9, 8, 7, 0), "rgb", ["unassalpha"], (9, 8, 7, 0), None),
    ],
)
def test_a_channel_of_a_tiff_is_transparency_only_where_the_file_says_so(
    tmp_path: Path, pixels, photometric, extra, expected, dropped
):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, photometric=photometric, extrasamples=extra, planarconfig="contig")
    picture = read_picture(path)
    assert np.array_equal(picture.pixels, np.broadcast_to(expected, picture.pixels.shape))
    assert picture.dropped == (() if dropped is None else (dropped,))
    assert picture.notes == tuple(f"left out: {what}" for what in picture.dropped)


def test_channels_of_a_tiff_without_a_word_about_them_are_no_transparency(tmp_path: Path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, channels(9, 8, 7, 0), photometric="rgb", extrasamples=["unspecified"])
    content = path.read_bytes()
    assert content.count(b"\x52\x01\x03\0") == 1
    path.write_bytes(content.replace(b"\x52\x01\x03\0", b"\x53\x81\x03\0"))  # ExtraSamples, no longer there
    assert read_picture(path).pixels.shape == (8, 12, 3)


def test_cmyk_with_a_mask_is_cmyk(tmp_path: Path):
    cmyk = channels(200, 10, 10, 10)
    tifffile.imwrite(tmp_path / "a.tif", cmyk, photometric="separated")
    masked = np.concatenate([cmyk, np.zeros((8, 12, 1), np.uint8)], 2)
    tifffile.imwrite(tmp_path / "b.tif", masked, photometric="separated", extrasamples=["unspecified"])
    plain, other = read_picture(tmp_path / "a.tif"), read_picture(tmp_path / "b.tif")
    assert np.array_equal(plain.pixels, other.pixels)
    assert other.dropped == (f"1 {MASK}",)


def test_opacity_multiplied_in_behind_another_channel_is_refused(tmp_path: Path):
    tifffile.imwrite(
        tmp_path / "a.tif",
        channels(9, 8, 7, 6, 5),
        photometric="rgb",
        extrasamples=["unspecified", "assocalpha"],
    )
    with pytest.raises(ImageError, match="convert it first"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("shown", [0, 1])
def test_of_a_tiff_the_picture_is_read_and_not_its_thumbnail(tmp_path: Path, shown):
    pages = [channels(9, 8, 7), channels(1, 2, 3)[:4, :6]]
    kinds = [0, 1]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in (0, 1) if shown == 0 else (1, 0):
            file.write(pages[page], photometric="rgb", subfiletype=kinds[page], metadata=None)
    picture = read_picture(tmp_path / "a.tif")
    assert picture.pixels.shape == (8, 12, 3)
    assert picture.pixels[0, 0].tolist() == [9, 8, 7]
    assert picture.dropped == ("1 of 2 frames or pages",)
    which = "only the first" if shown == 0 else "only page 2, of which the first is a thumbnail,"
    assert picture.notes == (f"{which} of 2 frames or pages is used",)


def test_a_raw_file_s_thumbnail_is_not_taken_for_the_picture(tmp_path: Path):
    with tifffile.TiffWriter(tmp_path / "a.dng") as file:
        file.write(channels(1, 2, 3), photometric="rgb", subfiletype=1, subifds=1, metadata=None)
        file.write(channels(9, 8, 7), photometric="rgb", metadata=None)
    with pytest.raises(ImageError, match="thumbnail of an image below it, as in raw files"):
        read_picture(tmp_path / "a.dng")
