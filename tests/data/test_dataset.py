import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.color import luma
from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.pair import pairs_digest
from srcnn.data.sets import find_set
from srcnn.degrade import bicubic_degradation
from srcnn.errors import DataError, ImageError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "train" / "Mine"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for number in range(5):
        Image.fromarray(random.integers(0, 256, (20 + number, 31, 3), np.uint8)).save(
            folder / f"p{number}.png"
        )
    return tmp_path


def test_sets_are_found_by_name_whatever_the_case(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_set("mine", root) == root / "train" / "Mine"
    monkeypatch.setenv("SRCNN_DATA", str(root))
    assert find_set("Mine") == root / "train" / "Mine"


def test_missing_sets_say_what_to_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "T91" / "without pictures").mkdir(parents=True)
    with pytest.raises(DataError, match="a folder named T91 with pictures under"):
        find_set("T91", root)
    monkeypatch.delenv("SRCNN_DATA", raising=False)
    with pytest.raises(DataError, match="SRCNN_DATA"):
        find_set("T91")
    with pytest.raises(DataError, match="not a folder"):
        find_set("T91", root / "nowhere")


def test_a_folder_that_may_not_be_read_stops_no_search(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = root / "lost+found"
    locked.mkdir()
    children = Path.iterdir

    def entries(path: Path):
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return children(path)

    monkeypatch.setattr(Path, "iterdir", entries)
    monkeypatch.setattr(os, "access", lambda path, mode: path != locked)  # root may enter every folder
    assert find_set("mine", root) == root / "train" / "Mine"


def test_pairs_are_whole_pictures_cut_to_the_scale(root: Path) -> None:
    pairs = load_pairs(SetRequest("Mine", 3), root)
    assert [pair.hr.shape for pair in pairs] == [(18, 30), (21, 30), (21, 30), (21, 30), (24, 30)]
    y = luma(np.asarray(Image.open(root / "train" / "Mine" / "p1.png")))[:21, :30]
    np.testing.assert_array_equal(pairs[1].hr, y)
    np.testing.assert_array_equal(pairs[1].bicubic, bicubic_degradation((y / 255).astype(np.float32), 3))


def test_held_out_pictures_and_the_others_share_none_and_miss_none(root: Path) -> None:
    held = {pair.name for pair in load_pairs(SetRequest("Mine", 2, every=2), root)}
    rest = {pair.name for pair in load_pairs(SetRequest("Mine", 2, every=2, keep=False), root)}
    assert held == {"Mine/p0", "Mine/p2", "Mine/p4"}
    assert rest == {"Mine/p1", "Mine/p3"}


def test_smaller_copies_are_added(root: Path) -> None:
    pairs = load_pairs(SetRequest("Mine", 2, sizes=(1.0, 0.5)), root)
    assert len(pairs) == 10
    assert (pairs[1].name, pairs[1].hr.shape) == ("Mine/p0@0.5", (10, 16))


def test_the_digest_tells_changed_pixels(root: Path) -> None:
    request = SetRequest("Mine", 2)
    before = pairs_digest(load_pairs(request, root))
    assert pairs_digest(load_pairs(request, root)) == before
    Image.new("RGB", (31, 20), "red").save(root / "train" / "Mine" / "p0.png")
    assert pairs_digest(load_pairs(request, root)) != before


def test_pictures_that_cannot_be_trained_on_are_named(root: Path) -> None:
    folder = root / "train" / "Mine"
    Image.new("RGBA", (31, 20)).save(folder / "p9.png")
    with pytest.raises(DataError, match=r"p9\.png"):
        load_pairs(SetRequest("Mine", 2), root)
    (folder / "p9.png").write_text("no picture")
    with pytest.raises(ImageError, match=r"p9\.png"):
        load_pairs(SetRequest("Mine", 2), root)


def test_a_set_of_one_picture_names_what_takes_it_away(tmp_path):
    folder = tmp_path / "One"
    folder.mkdir()
    Image.new("L", (40, 40)).save(folder / "only.png")
    with pytest.raises(DataError, match=r"data\.hold_out takes one of every 10 .* data\.watch"):
        load_pairs(SetRequest("One", 2, every=10, keep=False), tmp_path)


@pytest.mark.parametrize(("dataset", "value"), [("lr", np.nan), ("hr", np.inf), ("lr", -np.inf)])
def test_numbers_that_are_none_are_the_named_cause(tmp_path, dataset, value):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "broken.h5", "w") as file:
        for name in ("lr", "hr"):
            block = np.full((3, 8, 8), 0.5, np.float32)
            block[1, 2, 3] = value if name == dataset else 0.5
            file[name] = block
    with pytest.raises(DataError, match=r"nan or infinity in sub-image broken\.h5/1"):
        load_pairs(SetRequest("broken.h5", 1), tmp_path)
