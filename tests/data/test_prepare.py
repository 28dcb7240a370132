import os
import signal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from srcnn.data.check import check_file
from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.hdf5 import read_facts, read_subimages
from srcnn.data.pair_sources import PairRules
from srcnn.data.prepare import Cutting, prepare
from srcnn.errors import DataError, ImageError, UsageError

pytest.importorskip("h5py", reason="HDF5 files need the train extra")
Pixels = npt.NDArray[np.uint8]


@pytest.fixture
def folder(tmp_path: Path, picture: Pixels) -> Path:
    (tmp_path / "Mine").mkdir()
    for number in range(3):
        Image.fromarray(picture[: 48 - 7 * number]).save(tmp_path / "Mine" / f"{number}.png")
    return tmp_path / "Mine"


def test_ordered_subimages_are_cut_of_whole_degraded_pictures(folder: Path, tmp_path: Path) -> None:
    done = prepare(folder, tmp_path / "a.h5", 3, cutting=Cutting(17, 8))
    pairs = load_pairs(SetRequest("Mine", 3), tmp_path)
    expected = [
        (pair.bicubic[y : y + 17, x : x + 17], pair.hr[y : y + 17, x : x + 17])
        for pair in pairs
        for y in range(0, pair.hr.shape[0] - 16, 8)
        for x in range(0, pair.hr.shape[1] - 16, 8)
    ]
    read = read_subimages(tmp_path / "a.h5")
    assert done.count == len(read) == len(expected)
    for pair, (lr, hr) in zip(read, expected, strict=True):
        np.testing.assert_array_equal(pair.bicubic, lr)
        np.testing.assert_array_equal(np.round(pair.hr * 255), hr)
    facts = read_facts(tmp_path / "a.h5")
    assert (facts["set"], facts["scale"], facts["size"], facts["stride"]) == ("Mine", 3, 17, 8)


def test_processes_and_seeds(folder: Path, tmp_path: Path) -> None:
    def crops(name: str, seed: int, processes: int) -> np.ndarray:
        cutting = Cutting(17, crops=5, seed=seed, sizes=(1.0, 0.8))
        done = prepare(folder, tmp_path / name, 2, cutting=cutting, processes=processes)
        # Of the shrunken copies (30 pixels wide) one is 27 high; all take a crop of 17.
        assert done.count == 30
        return np.stack([pair.bicubic for pair in read_subimages(tmp_path / name)])

    first = crops("a.h5", 0, 1)
    np.testing.assert_array_equal(crops("b.h5", 0, 2), first)
    assert not np.array_equal(crops("c.h5", 1, 1), first)
    # A fact of several numbers, which `srcnn data check` shows.
    assert check_file(tmp_path / "a.h5").facts["facts"]["sizes"] == [1.0, 0.8]


def test_the_caffe_layout_has_smaller_labels(folder: Path, tmp_path: Path) -> None:
    prepare(folder, tmp_path / "a.h5", 3, cutting=Cutting(17, 8, margin=4), layout="caffe")
    for pair in read_subimages(tmp_path / "a.h5"):
        assert (pair.bicubic.shape, pair.hr.shape, pair.margin) == ((17, 17), (9, 9), 4)


@pytest.mark.parametrize("color", ["y", "rgb"])
def test_whole_pictures_and_colours(folder: Path, tmp_path: Path, color) -> None:
    prepare(folder, tmp_path / "a.h5", 2, cutting=Cutting(whole=True), rules=PairRules(color=color))
    read = read_subimages(tmp_path / "a.h5", color)
    for pair, made in zip(
        read, load_pairs(SetRequest("Mine", 2, rules=PairRules(color=color)), tmp_path), strict=True
    ):
        np.testing.assert_array_equal(pair.bicubic, made.bicubic)


def test_small_pictures_are_told_and_none_at_all_is_an_error(folder: Path, tmp_path: Path) -> None:
    done = prepare(folder, tmp_path / "a.h5", 2, cutting=Cutting(36, 8))
    assert done.small == ("2.png",)
    with pytest.raises(DataError, match="at least 99x99"):
        prepare(folder, tmp_path / "b.h5", 2, cutting=Cutting(99))
    assert not (tmp_path / "b.h5").exists()


def test_a_broken_picture_leaves_no_file(folder: Path, tmp_path: Path) -> None:
    (folder / "1.png").write_bytes((folder / "1.png").read_bytes()[:200])
    before = sorted(tmp_path.rglob("*"))
    for processes in (1, 2):
        with pytest.raises(ImageError, match=r"1\.png"):
            prepare(folder, tmp_path / "a.h5", 2, cutting=Cutting(17), processes=processes)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_interrupt_leaves_the_file_that_was_there(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.h5"
    prepare(folder, out, 2, cutting=Cutting(17))
    old = out.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        prepare(folder, out, 3, cutting=Cutting(17), progress=lambda *_: os.kill(os.getpid(), signal.SIGINT))
    assert out.read_bytes() == old
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "keys",
    [
        {"size": 0},
        {"margin": 9, "size": 17},
        {"sizes": (1.5,)},
        {"crops": 0},
        {"seed": -1},
        {"whole": True, "crops": 3},
    ],
)
def test_settings_that_cannot_be_meant(keys: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=r"expected|use either whole"):
        Cutting(**keys)  # type: ignore[arg-type]


def test_layouts_that_cannot_hold_it(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="whole pictures go"):
        prepare(folder, tmp_path / "a.h5", 2, cutting=Cutting(whole=True), layout="caffe")
    with pytest.raises(UsageError, match="leave the margin out"):
        prepare(folder, tmp_path / "a.h5", 2, cutting=Cutting(margin=3))
    with pytest.raises(DataError, match="make it first"):
        prepare(folder, tmp_path / "no" / "a.h5", 2)


@pytest.mark.parametrize(("scale", "count"), [(2, 21_910), (3, 21_884), (4, 21_772)])
def test_t91_gives_the_authors_number_of_subimages(
    data_root: Path, tmp_path: Path, scale: int, count: int
) -> None:
    # Source: the authors' released MATLAB code: 33 pixels, stride 14, modcrop by the scale.
    done = prepare(data_root / "train" / "T91", tmp_path / "t91.h5", scale, processes=1)
    assert (done.count, done.pictures, done.small) == (count, 91, ())
