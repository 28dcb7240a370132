from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from srcnn.data.pair import Pair
from srcnn.data.samplers import OrderedSubimages, RandomCrops, Sampler, dihedral, subimage_positions
from srcnn.errors import DataError


def _pair(height: int, width: int, name: str = "p") -> Pair:
    # Every pixel tells where it lies, and the input equals the label: a cut that is off by one shows.
    hr = (np.arange(height * width) % 251).astype(np.uint8).reshape(height, width)
    return Pair(name, hr.astype(np.float32) / np.float32(255), hr)


def _samplers(seed: int = 0, augment: bool = True) -> list[Sampler]:
    pairs = [_pair(20, 30), _pair(25, 17)]
    return [
        OrderedSubimages(pairs, size=9, stride=4, margin=2, augment=augment, seed=seed),
        RandomCrops(pairs, size=9, margin=2, augment=augment, seed=seed),
    ]


@pytest.mark.parametrize("kind", [0, 1])
def test_labels_are_the_centre_of_their_inputs(kind: int) -> None:
    inputs, labels = _samplers()[kind].batch(40)
    assert inputs.shape == (40, 1, 9, 9)
    assert inputs.dtype == labels.dtype == np.float32
    np.testing.assert_allclose(inputs[:, :, 2:-2, 2:-2], labels, atol=1e-7)


@pytest.mark.parametrize("kind", [0, 1])
def test_a_restored_sampler_goes_on_as_if_never_stopped(kind: int) -> None:
    unbroken = _samplers()[kind]
    for _ in range(3):
        unbroken.batch(17)
    state = unbroken.state()
    expected = [unbroken.batch(17) for _ in range(8)]
    restored = _samplers()[kind]
    restored.restore(state)
    for inputs, labels in expected:
        again = restored.batch(17)
        np.testing.assert_array_equal(again[0], inputs)
        np.testing.assert_array_equal(again[1], labels)


@pytest.mark.parametrize("kind", [0, 1])
def test_seeds_differ(kind: int) -> None:
    assert not np.array_equal(_samplers(0)[kind].batch(8)[0], _samplers(1)[kind].batch(8)[0])


def test_an_epoch_shows_every_subimage_once_in_a_new_order() -> None:
    sampler = OrderedSubimages([_pair(20, 30)], size=9, stride=4, margin=0, augment=False, seed=0)
    epochs = [sampler.batch(len(sampler))[0] for _ in range(2)]
    corners = [[x.tobytes() for x in epoch] for epoch in epochs]
    assert len(set(corners[0])) == len(sampler) == 3 * 6
    assert set(corners[0]) == set(corners[1])
    assert corners[0] != corners[1]


@pytest.mark.parametrize(("scale", "count"), [(2, 21_910), (3, 21_884), (4, 21_772)])
def test_t91_gives_the_authors_number_of_subimages(data_root: Path, scale: int, count: int) -> None:
    # Counted with the authors' released MATLAB code: 33 pixels, stride 14, modcrop by the scale.
    total = 0
    for path in sorted((data_root / "train" / "T91").glob("*.bmp")):
        with Image.open(path) as picture:
            width, height = (side - side % scale for side in picture.size)
        total += len(list(subimage_positions(height, width, 33, 14)))
    assert total == count


@given(st.integers(0, 7), st.integers(1, 6), st.integers(1, 6))
def test_flips_and_rotations_are_eight_different_ones(turn: int, height: int, width: int) -> None:
    image = np.arange(height * width).reshape(height, width)
    turned = dihedral(image, turn)
    assert sorted(turned.ravel()) == sorted(image.ravel())
    all_eight = {dihedral(np.arange(6).reshape(2, 3), t).tobytes() + bytes([t % 2]) for t in range(8)}
    assert len(all_eight) == 8
    assert (turn != 0) or np.array_equal(turned, image)


def test_random_crops_cover_pictures_by_area() -> None:
    pairs = [_pair(40, 40), _pair(20, 20)]
    sampler = RandomCrops(pairs, size=9, margin=0, augment=False, seed=0)
    inputs, _ = sampler.batch(2000)
    # Rows of the first picture differ by 40 (mod 251), of the second by 20.
    step = np.round((inputs[:, 0, 1, 0] - inputs[:, 0, 0, 0]) * 255).astype(int) % 251
    assert np.mean(step == 40) == pytest.approx(0.8, abs=0.05)


def test_random_crops_reach_every_side() -> None:
    sampler = RandomCrops([_pair(10, 11)], size=9, margin=0, augment=False, seed=0)
    corners = np.round(sampler.batch(100)[0][:, 0, 0, 0] * 255).astype(int)
    assert set(corners) == {11 * y + x for y in range(2) for x in range(3)}


@pytest.mark.parametrize("make", [OrderedSubimages, RandomCrops])
def test_pictures_smaller_than_a_crop_are_an_error(make: Any) -> None:
    stride = {"stride": 4} if make is OrderedSubimages else {}
    with pytest.raises(DataError, match=r"at least 33x33 .* is 30x20"):
        make([_pair(20, 30)], size=33, margin=2, augment=False, seed=0, **stride)
    with pytest.raises(DataError, match="got none"):
        make([], size=33, margin=2, augment=False, seed=0, **stride)
    some = make([_pair(20, 30), _pair(40, 33)], size=33, margin=2, augment=False, seed=0, **stride)
    assert len(some.small) == 1


def test_shares_say_how_many_crops_come_from_a_set() -> None:
    sides = {"Small/a": 20, "Small/b": 20, "Large/c": 80, "Other/d": 40}
    pairs = [
        Pair(name, np.full((side, side), number / 10, np.float32), np.zeros((side, side), np.uint8))
        for number, (name, side) in enumerate(sides.items())
    ]
    crops = RandomCrops(pairs, size=8, margin=0, augment=False, seed=0, shares={"Small": 0.5})
    drawn = np.rint(crops.batch(4000)[0][:, 0, 0, 0] * 10).astype(int)
    counts = np.bincount(drawn, minlength=4) / 4000
    # Half from Small; the others share the rest by their pixels, 6400 to 1600.
    np.testing.assert_allclose(counts, [0.25, 0.25, 0.4, 0.1], atol=0.03)
    with pytest.raises(DataError, match="expected pictures for every share"):
        RandomCrops(pairs, size=8, margin=0, augment=False, seed=0, shares={"Missing": 0.5})
