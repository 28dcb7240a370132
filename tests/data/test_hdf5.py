import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.data.check import check_file
from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.hdf5 import read_facts, read_subimages, subimage_writer
from srcnn.data.pair import as_label
from srcnn.data.pair_sources import PairRules
from srcnn.data.samplers import OrderedSubimages, RandomCrops
from srcnn.errors import DataError, UsageError
from srcnn.resize import imresize

h5py = pytest.importorskip("h5py", reason="HDF5 files need the train extra")

RANDOM = np.random.default_rng(0)
LR = RANDOM.random((5, 1, 9, 9), np.float32)
HR = (np.round(LR * 255) / 255).astype(np.float32)


@pytest.mark.parametrize("layout", ["pytorch", "caffe"])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_written_is_read_back(tmp_path: Path, layout, channels: int) -> None:
    lr, hr = (np.repeat(block, channels, axis=1) for block in (LR, HR))
    margin = 2 if layout == "caffe" else 0
    inner = slice(margin, 9 - margin)
    path = tmp_path / "a.h5"
    with subimage_writer(path, layout, {"scale": 3}) as writer:
        for part in (slice(0, 2), slice(2, 5)):
            writer.add(lr[part], hr[part][:, :, inner, inner])
    pairs = read_subimages(path, "y" if channels == 1 else "rgb")
    assert len(pairs) == 5
    assert {pair.margin for pair in pairs} == {margin}
    for number, pair in enumerate(pairs):
        np.testing.assert_array_equal(pair.bicubic.reshape(lr[0].shape), lr[number])
        np.testing.assert_array_equal(
            pair.hr.reshape(channels, *pair.hr.shape[-2:]), hr[number][:, inner, inner]
        )
    assert read_facts(path) == {"scale": 3}


@pytest.mark.parametrize("name", ["Sub/Small.h5", "SMALL.H5", "small.h5"])
def test_shares_take_a_file_by_the_name_that_the_recipe_gives_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    with subimage_writer(tmp_path / "sub" / "small.h5") as writer:
        writer.add(LR, HR)
    pairs = load_pairs(SetRequest(name, 1), tmp_path)
    RandomCrops(pairs, size=9, margin=0, augment=False, seed=0, shares={name: 1.0}).batch(1)


def test_a_file_that_claims_more_than_the_memory_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name in ("lr", "hr"):
            file.create_dataset(name, (10**8, 1000, 1000), "u1", chunks=(1, 100, 100))
    with pytest.raises(DataError, match=r"fits into memory, got .*a\.h5"):
        read_subimages(tmp_path / "a.h5")


def test_levels_of_255_are_told_from_fractions(tmp_path: Path) -> None:
    # The common PyTorch repository: float32 (N, H, W), levels of 255, no attributes.
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["lr"], file["hr"] = LR[:, 0] * np.float32(255), HR[:, 0] * np.float32(255)
    pairs = read_subimages(tmp_path / "a.h5")
    np.testing.assert_allclose(pairs[3].bicubic, LR[3, 0], atol=1e-6)
    np.testing.assert_allclose(pairs[3].hr, HR[3, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        (LR * 65535, HR * 65535),
        (LR * 2 - 1, HR * 2 - 1),
        (LR * 255, HR),
        (LR, HR * 255),
    ],
    ids=["16 bits", "-1 to 1", "inputs of 255", "targets of 255"],
)
def test_values_that_are_no_levels_are_refused(tmp_path: Path, inputs, targets) -> None:
    # All of these were trained on as if they were levels, and `data check` had nothing against them.
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["lr"], file["hr"] = inputs, targets
    with pytest.raises(
        DataError, match=r"expected levels of 255 or of \[0, 1\], .* got .*a\.h5 with inputs of"
    ):
        check_file(tmp_path / "a.h5")


def test_fractions_that_overshoot_white_are_no_levels_of_255(tmp_path: Path) -> None:
    # MATLAB's imresize of a double picture leaves values just above 1.
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["lr"], file["hr"] = LR, HR * np.float32(1.05)
    np.testing.assert_allclose(read_subimages(tmp_path / "a.h5")[3].hr, HR[3, 0] * 1.05, atol=1e-6)


@pytest.mark.parametrize("white", [1, 255])
def test_inputs_with_much_noise_are_no_levels_of_another_kind(tmp_path: Path, white: int) -> None:
    # `srcnn data prepare --step "noise 75"` writes such a file.
    noisy = LR + np.random.default_rng(5).normal(0, 0.3, LR.shape).astype(np.float32)
    assert noisy.min() < -0.5
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["lr"], file["hr"] = noisy * white, HR * white
    np.testing.assert_allclose(read_subimages(tmp_path / "a.h5")[3].bicubic, noisy[3, 0], atol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_small_inputs_are_enlarged_as_a_picture_would_be(tmp_path: Path, channels: int) -> None:
    # Files that the common PyTorch repositories make for FSRCNN and ESPCN: lr smaller than hr by the scale.
    small = np.repeat(LR, channels, axis=1)
    small[:, -1] *= 0.5
    large = np.repeat(np.repeat(small, 3, axis=2), 3, axis=3)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["lr"], file["hr"] = small.squeeze(1) if channels == 1 else small, large
    pairs = load_pairs(
        SetRequest("a.h5", 3, rules=PairRules(color="y" if channels == 1 else "rgb")), tmp_path
    )
    for number, pair in enumerate(pairs):
        planes = pair.bicubic.reshape(channels, 27, 27)
        for got, plane in zip(planes, small[number], strict=True):
            np.testing.assert_allclose(got, imresize(plane, 3), atol=1e-6)
    with h5py.File(tmp_path / "eval.h5", "w") as file:
        file["lr/0"], file["hr/0"] = small[0, 0], large[0, 0]
    assert read_subimages(tmp_path / "eval.h5", "y", 3)[0].size == (27, 27)
    assert check_file(tmp_path / "a.h5").facts["inputs"] == [[27, 27], [27, 27]]


def test_files_to_evaluate_on_hold_whole_pictures(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "eval.h5", "w") as file:
        for number in range(11):  # "10" must come after "9", not after "1"
            file[f"lr/{number}"] = np.full((6 + number, 8), 100, np.float32)
            file[f"hr/{number}"] = np.full((6 + number, 8), 200, np.float32)
    pairs = read_subimages(tmp_path / "eval.h5")
    assert [pair.size for pair in pairs] == [(6 + number, 8) for number in range(11)]
    with subimage_writer(tmp_path / "ours.h5") as writer:
        for pair in pairs:
            writer.add_picture(pair.bicubic, as_label(pair.hr))
    again = read_subimages(tmp_path / "ours.h5")
    np.testing.assert_array_equal(again[10].hr, pairs[10].hr)


def test_the_authors_files_are_written_by_columns(tmp_path: Path) -> None:
    # store2hdf5.m keeps MATLAB's (rows, columns, 1, N); HDF5's C order shows that as (N, 1, columns, rows).
    with h5py.File(tmp_path / "train.h5", "w") as file:
        file["data"], file["label"] = LR.swapaxes(2, 3), HR[:, :, 2:-2, 2:-2].swapaxes(2, 3)
    pairs = read_subimages(tmp_path / "train.h5")
    np.testing.assert_array_equal(pairs[0].bicubic, LR[0, 0])
    np.testing.assert_array_equal(pairs[0].hr, HR[0, 0, 2:-2, 2:-2])


def test_samplers_take_labels_that_lack_a_margin(tmp_path: Path) -> None:
    with subimage_writer(tmp_path / "train.h5", "caffe") as writer:
        writer.add(HR, HR[:, :, 2:-2, 2:-2])
    pairs = load_pairs(SetRequest("train.h5", 3), tmp_path)
    for margin in (2, 3):
        sampler = OrderedSubimages(pairs, size=9, stride=1, margin=margin, augment=True, seed=0)
        inputs, labels = sampler.batch(5)
        np.testing.assert_array_equal(inputs[:, :, margin:-margin, margin:-margin], labels)
    with pytest.raises(DataError, match="at most the network's 1 pixels"):
        OrderedSubimages(pairs, size=9, stride=1, margin=1, augment=True, seed=0)
    planes, levels = pairs[0].known()
    np.testing.assert_allclose(planes * 255, levels, atol=1e-4)


def test_files_are_found_under_the_root_and_used_whole(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    with subimage_writer(tmp_path / "deep" / "mine.h5") as writer:
        writer.add(LR, HR)
    assert len(load_pairs(SetRequest("mine.h5", 3), tmp_path)) == 5
    with pytest.raises(DataError, match="neighbours overlap"):
        load_pairs(SetRequest("mine.h5", 3, every=10), tmp_path)
    with pytest.raises(DataError, match=r"a file named other\.h5"):
        load_pairs(SetRequest("other.h5", 3), tmp_path)


BROKEN = {
    "of another layout": ({"x": LR}, "with x"),
    "empty": ({}, "with nothing"),
    "of text": ({"lr": np.array([b"a"]), "hr": np.array([b"b"])}, "as numbers"),
    "of other shapes": ({"lr": LR[:, 0, 0], "hr": HR[:, 0, 0]}, "shape"),
    "of other counts": ({"lr": LR, "hr": HR[:3]}, "size of the inputs"),
    "of another scale": ({"lr": LR[:, :, ::3, ::3], "hr": HR}, "set the scale to 3"),
    "of no whole factor": ({"lr": LR[:, :, :4, :4], "hr": HR}, "a whole factor larger"),
    "of three planes": ({"lr": np.repeat(LR, 3, 1), "hr": np.repeat(HR, 3, 1)}, "1 plane"),
    "of pictures without partner": (
        {"lr/0": LR[0, 0], "hr/0": HR[0, 0], "hr/1": HR[1, 0]},
        "1 has no partner",
    ),
}


def test_groups_without_pictures_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file.create_group("lr")
        file.create_group("hr")
    with pytest.raises(DataError, match=r"odd\.h5, whose groups are empty"):
        read_subimages(tmp_path / "odd.h5")


@pytest.mark.parametrize("content", [1.0, "a", np.zeros(5), np.zeros((0, 4)), None], ids=str)
def test_groups_of_what_are_no_pictures_are_refused(tmp_path: Path, content: Any) -> None:
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        for name in ("lr", "hr"):
            if content is None:
                file.create_group(f"{name}/0")
            else:
                file.create_group(name)["0"] = content
    with pytest.raises(DataError, match=r"as numbers, got .*odd\.h5|with pictures of .*odd\.h5"):
        read_subimages(tmp_path / "odd.h5")


def test_levels_of_any_whole_numbers_are_read(tmp_path: Path) -> None:
    levels = np.arange(128).reshape(2, 8, 8)
    with h5py.File(tmp_path / "whole.h5", "w") as file:
        file["lr"] = file["hr"] = levels
    pair = read_subimages(tmp_path / "whole.h5")[1]
    np.testing.assert_allclose(pair.hr * 255, levels[1], atol=1e-4)


def test_facts_of_other_programs_are_plain_values(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file.attrs["TITLE"] = np.bytes_(b"T91 \xff")
        file.attrs["names"] = np.array([b"a", b"b"])
        file.attrs["scale"] = 3
    facts = read_facts(tmp_path / "theirs.h5")
    assert facts == {"TITLE": "T91 \ufffd", "names": ["a", "b"], "scale": 3}
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.parametrize("kind", BROKEN)
def test_files_of_another_kind_are_refused_by_name(tmp_path: Path, kind: str) -> None:
    arrays, message = BROKEN[kind]
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        for name, array in arrays.items():
            file[name] = array
    with pytest.raises(DataError, match=message) as error:
        read_subimages(tmp_path / "odd.h5")
    assert "odd.h5" in str(error.value)


def test_broken_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with subimage_writer(path) as writer:
        writer.add(LR, HR)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(DataError, match="broken"):
        read_subimages(path)
    path.write_text("no HDF5")
    with pytest.raises(DataError, match="broken or no HDF5 file"):
        read_subimages(path)


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), subimage_writer(tmp_path / "a.h5") as writer:  # noqa: PT012
        writer.add(LR, HR)
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError, match="cannot write"), subimage_writer(tmp_path / "no" / "a.h5") as writer:
        writer.add(LR, HR)
    with pytest.raises(UsageError, match="layout"), subimage_writer(tmp_path / "a.h5", "torch"):  # type: ignore[arg-type]
        pass
