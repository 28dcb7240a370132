"""degrade, tile and pairs: what they write, and what they refuse."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from srcnn.data.degrade_folder import DegradeOptions, degrade_folder, degrade_picture
from srcnn.data.side_by_side import make_pairs, split_pairs
from srcnn.data.tile_folder import TileOptions, cut_folder, join_folder
from srcnn.errors import DataError, UsageError
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.resize import imresize

Pixels = npt.NDArray[np.uint8]


@pytest.fixture
def folder(tmp_path: Path, picture: Pixels) -> Path:
    (tmp_path / "in").mkdir()
    Image.fromarray(picture).save(tmp_path / "in" / "colour.png")
    Image.fromarray(picture[..., 0]).save(tmp_path / "in" / "grey.bmp")
    return tmp_path / "in"


def test_without_steps_lr_is_matlabs_on_8_bits(folder: Path, tmp_path: Path, picture: Pixels) -> None:
    outcomes = degrade_folder(folder, tmp_path / "lr", DegradeOptions(3), hr_out=tmp_path / "hr")
    assert [outcome.error for outcome in outcomes] == [None, None]
    np.testing.assert_array_equal(read_pixels(tmp_path / "hr" / "colour.png"), picture[:48, :36])
    np.testing.assert_array_equal(
        read_pixels(tmp_path / "lr" / "colour.png"), imresize(picture[:48, :36], 1 / 3)
    )
    assert read_pixels(tmp_path / "lr" / "grey.png").shape == (16, 12)


def test_damage_keeps_the_size_where_asked(picture: Pixels) -> None:
    steps = ("shrink 2", "enlarge", "jpeg 20")
    lr, hr = degrade_picture(picture, DegradeOptions(1, steps, same_size=True, grey=True))
    assert lr.shape == hr.shape == (48, 37)
    blocks = np.asarray(Image.fromarray(picture).convert("L")).astype(int)
    assert np.abs(hr.astype(int) - blocks).max() <= 1
    assert degrade_picture(picture, DegradeOptions(2, ("blur 1", "shrink")))[0].shape == (24, 18, 3)
    assert degrade_picture(picture, DegradeOptions(2, ("blur 1", "shrink"), same_size=True))[0].shape == (
        48,
        36,
        3,
    )
    assert degrade_picture(picture, DegradeOptions(2, same_size=True))[0].shape == (48, 36, 3)


def test_processes_write_the_same_noise(folder: Path, tmp_path: Path) -> None:
    for processes in (1, 2):
        degrade_folder(
            folder, tmp_path / str(processes), DegradeOptions(steps=("noise 9",)), processes=processes
        )
    for name in ("colour.png", "grey.png"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_one_bad_picture_does_not_stop_the_rest(folder: Path, tmp_path: Path) -> None:
    (folder / "bad.png").write_text("no picture")
    outcomes = degrade_folder(folder, tmp_path / "lr", DegradeOptions(2))
    assert [bool(outcome.error) for outcome in outcomes] == [True, False, False]
    assert "bad.png" in str(outcomes[0].error)
    assert sorted(path.name for path in (tmp_path / "lr").iterdir()) == ["colour.png", "grey.png"]


def test_refusals_before_any_work(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="other than the inputs"):
        degrade_folder(folder, folder, DegradeOptions(2))
    with pytest.raises(UsageError, match="scale 1 needs a degradation"):
        degrade_folder(folder, tmp_path / "lr", DegradeOptions())
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="is not a folder"):
        cut_folder(folder, tmp_path / "file", TileOptions(8))
    Image.open(folder / "colour.png").save(folder / "Colour.bmp")
    with pytest.raises(DataError, match="one picture for each stem"):
        degrade_folder(folder, tmp_path / "lr", DegradeOptions(2))
    assert not (tmp_path / "lr").exists()


@settings(max_examples=12, deadline=None)
@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 9),
    st.sampled_from([(), (2,), (3,), (4,)]),
    st.sampled_from([np.uint8, np.uint16]),
)
def test_tiles_join_without_loss(
    tmp_path_factory: pytest.TempPathFactory, rows: int, columns: int, size: int, bands, dtype
) -> None:
    root = tmp_path_factory.mktemp("tiles")
    (root / "in").mkdir()
    shape = (rows * size, columns * size, *bands)
    pixels = np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)
    write_picture(Picture(pixels), root / "in" / "a_r1_c1.png")  # a name that looks like a tile's itself
    (cut,) = cut_folder(root / "in", root / "tiles", TileOptions(size))
    assert len(cut.targets) == rows * columns
    (joined,) = join_folder(root / "tiles", root / "out")
    assert joined.error is None
    again = read_pixels(root / "out" / "a_r1_c1.png")
    assert again.dtype == dtype
    np.testing.assert_array_equal(again, pixels)


def test_1024_square_is_64_tiles_of_128(tmp_path: Path, picture: Pixels) -> None:
    Image.fromarray(picture).save(tmp_path / "photo.png")
    (done,) = cut_folder(tmp_path / "photo.png", tmp_path / "tiles", TileOptions(128, resize=(1024, 1024)))
    assert len(done.targets) == 64
    assert read_pixels(done.targets[9]).shape == (128, 128, 3)
    np.testing.assert_array_equal(
        read_pixels(tmp_path / "tiles" / "photo_r1_c1.png"),
        imresize(picture, shape=(1024, 1024))[128:256, 128:256],
    )


def test_what_fills_no_tile_is_refused_or_cropped(folder: Path, tmp_path: Path, picture: Pixels) -> None:
    outcomes = cut_folder(folder, tmp_path / "tiles", TileOptions(16))
    assert all("multiples of 16, got 37x48" in str(outcome.error) for outcome in outcomes)
    assert list((tmp_path / "tiles").iterdir()) == []
    cut_folder(folder, tmp_path / "tiles", TileOptions(16, rest="crop"))
    join_folder(tmp_path / "tiles", tmp_path / "out")
    np.testing.assert_array_equal(read_pixels(tmp_path / "out" / "colour.png"), picture[:48, :32])
    (small, _) = cut_folder(folder, tmp_path / "more", TileOptions(64, rest="crop"))
    assert "at least 64x64" in str(small.error)


def test_incomplete_tiles_are_told(folder: Path, tmp_path: Path) -> None:
    cut_folder(folder, tmp_path / "tiles", TileOptions(12, rest="crop"))
    (tmp_path / "tiles" / "grey_r1_c2.png").unlink()
    outcomes = {o.source.name: o.error for o in join_folder(tmp_path / "tiles", tmp_path / "out")}
    assert outcomes["colour"] is None
    assert "row 1, column 2 is missing" in str(outcomes["grey"])
    with pytest.raises(DataError, match="expected tiles"):
        join_folder(folder, tmp_path / "out")


@pytest.mark.parametrize("hr_side", ["left", "right"])
def test_pairs_are_joined_and_split_without_loss(folder: Path, tmp_path: Path, hr_side) -> None:
    degrade_folder(folder, tmp_path / "lr", DegradeOptions(steps=("blur 1",)), hr_out=tmp_path / "hr")
    make_pairs(tmp_path / "hr", tmp_path / "lr", tmp_path / "both", hr_side=hr_side)
    assert read_pixels(tmp_path / "both" / "grey.png").shape == (48, 74)
    split_pairs(tmp_path / "both", tmp_path / "h", tmp_path / "l", hr_side=hr_side)
    for before, after in (("hr", "h"), ("lr", "l")):
        for name in ("colour.png", "grey.png"):
            assert (tmp_path / before / name).read_bytes() == (tmp_path / after / name).read_bytes()


def test_pairs_that_cannot_be_joined(folder: Path, tmp_path: Path, picture: Pixels) -> None:
    degrade_folder(folder, tmp_path / "lr", DegradeOptions(3), hr_out=tmp_path / "hr")
    make_pairs(tmp_path / "hr", tmp_path / "lr", tmp_path / "both")
    both = read_pixels(tmp_path / "both" / "colour.png")
    assert both.shape == (48, 72, 3)
    np.testing.assert_array_equal(both[:, :36], picture[:48, :36])
    (wide, _) = make_pairs(tmp_path / "lr", tmp_path / "hr", tmp_path / "wrong")
    assert "no larger than" in str(wide.error)
    (odd, _) = split_pairs(folder, tmp_path / "h", tmp_path / "l")
    assert "37 pixels wide" in str(odd.error)
    (tmp_path / "lr" / "grey.png").unlink()
    with pytest.raises(DataError, match=r"grey\.png"):
        make_pairs(tmp_path / "hr", tmp_path / "lr", tmp_path / "both")
    with pytest.raises(UsageError, match="other than the inputs"):
        split_pairs(folder, tmp_path / "h", tmp_path / "h")
