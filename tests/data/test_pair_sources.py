from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from srcnn.color import luma
from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.match import match_folders, pair_scale
from srcnn.data.pair_sources import PairRules
from srcnn.data.samplers import OrderedSubimages, RandomCrops
from srcnn.errors import DataError, UsageError
from srcnn.resize import imresize

Pixels = npt.NDArray[np.uint8]


def save(pixels: Pixels, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def pictures(picture: Pixels) -> list[Pixels]:
    return [picture[:36, :36], picture[4:46, :37], picture[::-1][:30, :36]]


def two_folders(root: Path, pictures: list[Pixels], scale: int) -> None:
    for number, hr in enumerate(pictures):
        save(hr, root / "Set" / "high" / f"{number}_HR.png")
        height, width = (side // scale * scale for side in hr.shape[:2])
        lr = imresize(hr[:height, :width], 1 / scale) if scale > 1 else 255 - hr
        save(lr, root / "Set" / "low" / f"{number}x{scale}.png")


FOLDERS = PairRules(layout="folders", hr_folder="high", lr_folder="low")


def test_two_folders_of_equal_size_are_used_as_they_are(tmp_path: Path, pictures: list[Pixels]) -> None:
    two_folders(tmp_path, pictures, 1)
    pairs = load_pairs(SetRequest("set", 3, rules=FOLDERS), tmp_path)
    for pair, hr in zip(pairs, pictures, strict=True):
        np.testing.assert_array_equal(pair.hr, luma(hr))
        np.testing.assert_allclose(pair.bicubic * 255, luma(255 - hr), atol=1e-4)


@pytest.mark.parametrize("color", ["y", "grey", "ycbcr", "rgb"])
@pytest.mark.parametrize("grey", ["high", "low"])
def test_a_grey_half_is_of_the_range_of_its_partner(tmp_path: Path, picture: Pixels, color, grey) -> None:
    # The same picture, saved as grey by one program and as RGB by another.
    plane = picture[:36, :36, 0]
    for folder in ("high", "low"):
        saved = plane if folder == grey else np.dstack([plane] * 3)
        save(saved, tmp_path / "Set" / folder / "0.png")
    rules = PairRules(color, layout="folders", hr_folder="high", lr_folder="low")
    (pair,) = load_pairs(SetRequest("Set", 2, rules=rules), tmp_path)
    np.testing.assert_allclose(pair.bicubic * 255, pair.hr, atol=1e-4)


def test_a_small_folder_is_enlarged_and_hr_cut_to_it(tmp_path: Path, pictures: list[Pixels]) -> None:
    two_folders(tmp_path, pictures, 3)
    pairs = load_pairs(SetRequest("Set", 3, rules=FOLDERS), tmp_path)
    assert [pair.hr.shape for pair in pairs] == [(36, 36), (42, 36), (30, 36)]
    for pair in pairs:
        assert pair.bicubic.shape == pair.hr.shape
        # 8-bit LR of the same picture: close to the target, not equal to it.
        assert 0 < np.mean(np.abs(pair.bicubic * 255 - pair.hr)) < 20
    with pytest.raises(DataError, match="set the scale to 3"):
        load_pairs(SetRequest("Set", 2, rules=FOLDERS), tmp_path)


def test_partners_that_are_missing_are_named(tmp_path: Path, pictures: list[Pixels]) -> None:
    two_folders(tmp_path, pictures, 1)
    (tmp_path / "Set" / "low" / "1x1.png").rename(tmp_path / "Set" / "low" / "other.png")
    match = match_folders(tmp_path / "Set" / "high", tmp_path / "Set" / "low")
    assert len(match.pairs) == 2
    assert [path.name for path in match.hr_only] == ["1_HR.png"]
    assert [path.name for path in match.lr_only] == ["other.png"]
    with pytest.raises(DataError, match=r"1 HR without a partner \(1_HR\.png\).*other\.png"):
        load_pairs(SetRequest("Set", 2, rules=FOLDERS), tmp_path)


def test_sizes_that_do_not_fit_name_both_files(tmp_path: Path, pictures: list[Pixels]) -> None:
    two_folders(tmp_path, pictures, 1)
    save(pictures[0][:20], tmp_path / "Set" / "low" / "0x1.png")
    with pytest.raises(DataError, match=r"0_HR\.png and .*0x1\.png: .*36x36 and 36x20"):
        load_pairs(SetRequest("Set", 2, rules=FOLDERS), tmp_path)
    save(pictures[0], tmp_path / "Set" / "low" / "0_LR.png")
    with pytest.raises(DataError, match="one picture for each stem"):
        load_pairs(SetRequest("Set", 2, rules=FOLDERS), tmp_path)


@pytest.mark.parametrize(
    ("hr", "lr", "scale"),
    [((9, 9), (9, 9), 1), ((11, 9), (4, 3), 3), ((11, 10), (3, 3), 3), ((8, 8), (2, 2), 4)],
)
def test_the_scale_of_a_pair_allows_for_cut_and_rounded_sides(
    hr: tuple[int, int], lr: tuple[int, int], scale: int
) -> None:
    assert pair_scale(hr, lr, scale) == scale


def test_the_scale_of_larger_pictures_needs_no_declaring() -> None:
    assert pair_scale((320, 481), (106, 160)) == 3


@pytest.mark.parametrize(("hr", "lr"), [((9, 9), (9, 8)), ((9, 9), (18, 18)), ((9, 18), (3, 9))])
def test_other_sizes_have_no_scale(hr: tuple[int, int], lr: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="multiple"):
        pair_scale(hr, lr)


@pytest.mark.parametrize("sharp", ["left", "right"])
@pytest.mark.parametrize("grey", [True, False])
def test_side_by_side_halves(tmp_path: Path, pictures: list[Pixels], sharp, grey: bool) -> None:
    hr = pictures[0][..., 0] if grey else pictures[0]
    halves = [hr, 255 - hr] if sharp == "left" else [255 - hr, hr]
    save(np.concatenate(halves, axis=1), tmp_path / "Set" / "0.png")
    rules = PairRules(layout="side-by-side", sharp=sharp, color="grey" if grey else "y")
    (pair,) = load_pairs(SetRequest("Set", 1, rules=rules), tmp_path)
    np.testing.assert_array_equal(pair.hr, luma(hr))
    np.testing.assert_allclose(pair.bicubic * 255, luma(255 - hr), atol=1e-4)


def test_an_odd_width_cannot_be_two_halves(tmp_path: Path, picture: Pixels) -> None:
    save(picture, tmp_path / "Set" / "odd.png")
    with pytest.raises(DataError, match=r"odd\.png, 37 pixels wide"):
        load_pairs(SetRequest("Set", 1, rules=PairRules(layout="side-by-side")), tmp_path)


@pytest.mark.parametrize("color", ["rgb", "ycbcr"])
def test_three_planes_go_through_samplers(tmp_path: Path, pictures: list[Pixels], color) -> None:
    for number, pixels in enumerate(pictures):
        save(pixels, tmp_path / "Set" / f"{number}.png")
    pairs = load_pairs(SetRequest("Set", 2, sizes=(1.0, 0.8), rules=PairRules(color=color)), tmp_path)
    assert [pair.hr.shape for pair in pairs][:2] == [(3, 36, 36), (3, 28, 28)]
    for sampler in (
        OrderedSubimages(pairs, size=15, stride=7, margin=2, augment=True, seed=0),
        RandomCrops(pairs, size=15, margin=2, augment=True, seed=0),
    ):
        inputs, labels = sampler.batch(6)
        assert inputs.shape == (6, 3, 15, 15)
        assert labels.shape == (6, 3, 11, 11)
        # Each plane's input is a blurred copy of that plane's label, and further from the other planes.
        for plane in range(3):
            errors = [np.abs(inputs[:, plane, 2:-2, 2:-2] - labels[:, other]).mean() for other in range(3)]
            assert int(np.argmin(errors)) == plane


def test_chains_spoil_pictures_each_in_its_way(tmp_path: Path, picture: Pixels) -> None:
    save(picture, tmp_path / "Set" / "0.png")
    found = [
        load_pairs(SetRequest("Set", 2, rules=PairRules(degradation=chain)), tmp_path)[0].bicubic
        for chain in ((), ("blur 2", "shrink"), ("shrink", "jpeg 10"), ())
    ]
    np.testing.assert_array_equal(found[0], found[3])
    assert not any(np.array_equal(found[0], other) for other in found[1:3])
    with pytest.raises(UsageError, match="scale 1"):
        load_pairs(SetRequest("Set", 1), tmp_path)


def test_a_picture_too_small_for_the_scale_is_named(tmp_path: Path, picture: Pixels) -> None:
    save(picture[:2, :30], tmp_path / "Set" / "strip.png")
    with pytest.raises(DataError, match=r"strip\.png.*at least 3x3"):
        load_pairs(SetRequest("Set", 3), tmp_path)


def test_an_alpha_channel_that_hides_nothing_is_dropped(tmp_path: Path, picture: Pixels) -> None:
    opaque = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    save(opaque, tmp_path / "Set" / "0.png")
    (pair,) = load_pairs(SetRequest("Set", 1, rules=PairRules(degradation=("jpeg 50",))), tmp_path)
    np.testing.assert_array_equal(pair.hr, luma(picture))
    opaque[3, 3, 3] = 254
    save(opaque, tmp_path / "Set" / "0.png")
    with pytest.raises(DataError, match="8-bit grey or RGB"):
        load_pairs(SetRequest("Set", 2), tmp_path)
