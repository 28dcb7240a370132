from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from srcnn.data import standard_sets as standard
from srcnn.data.check import DataReport, check_image_set
from srcnn.data.check_pairs import check_match
from srcnn.data.fingerprints import fingerprint, fingerprint_folder, pixel_hash, similar, thumbnail_of
from srcnn.data.standard_sets import Entry, recognise, standard_sets
from srcnn.errors import ImageError
from srcnn.resize import imresize

Pixels = npt.NDArray[np.uint8]


@pytest.fixture
def folder(tmp_path: Path, picture: Pixels) -> Path:
    (tmp_path / "set").mkdir()
    for number, pixels in enumerate((picture, picture[::-1], picture[..., 0], picture[:20])):
        Image.fromarray(np.ascontiguousarray(pixels)).save(tmp_path / "set" / f"{number}.png")
    return tmp_path / "set"


def _checked(folder: Path) -> DataReport:
    return check_image_set(folder, fingerprint_folder(folder))


def _matched(hr: Path, lr: Path) -> DataReport:
    return check_match(hr, lr, (*fingerprint_folder(hr), *fingerprint_folder(lr)))


def test_a_sound_folder_has_no_problems(folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    prints = fingerprint_folder(folder, progress=lambda done, total: seen.append((done, total)))
    report = check_image_set(folder, prints, size=30)
    facts = report.to_json()
    assert facts["pictures"] == 4
    assert facts["modes"] == {"8-bit RGB": 3, "8-bit grey": 1}
    assert (facts["width"], facts["height"]) == ([37, 37], [20, 48])
    assert facts["small"] == ["3.png"]
    assert report.problems == ()
    assert facts["standard_set"] is None
    assert seen[-1] == (4, 4)


def test_broken_and_unusable_files_are_problems(folder: Path, picture: Pixels) -> None:
    whole = (folder / "0.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "text.jpg").write_text("no picture")
    Image.fromarray(np.full((40, 40), 1000, np.uint16)).save(folder / "deep.png")
    Image.new("RGBA", (40, 40), (1, 2, 3, 4)).save(folder / "clear.png")
    report = _checked(folder)
    assert report.facts["unreadable"] == ["cut.png", "text.jpg"]
    assert report.facts["unusable"] == ["clear.png", "deep.png"]
    problems = "\n".join(report.problems)
    assert all(
        name in problems for name in ("cut.png", "text.jpg", "clear.png is 8-bit RGB with alpha", "deep.png")
    )
    with pytest.raises(ImageError):
        fingerprint_folder(folder / "nowhere")


def test_duplicates_are_found_by_their_pixels(folder: Path, picture: Pixels) -> None:
    Image.fromarray(picture).save(folder / "again.bmp")
    Image.fromarray(np.dstack([picture[..., 0]] * 3)).save(folder / "grey-as-rgb.png")
    report = _checked(folder)
    assert report.facts["duplicates"] == [["0.png", "again.bmp"], ["2.png", "grey-as-rgb.png"]]
    assert any("again.bmp" in note for note in report.notes)


def test_processes_change_nothing(folder: Path) -> None:
    assert fingerprint_folder(folder, processes=2) == fingerprint_folder(folder, processes=1)


def _entries(folder: Path) -> tuple[Entry, ...]:
    prints = fingerprint_folder(folder)
    return tuple(Entry(one.path.stem, one.sha256, one.width, one.height, one.thumbnail) for one in prints)


def test_recognition_names_what_differs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, picture: Pixels
) -> None:
    monkeypatch.setattr(standard, "standard_sets", lambda: {"Mine": _entries_before, "Other": other})
    _entries_before = _entries(folder)
    other = (Entry("x", "0" * 64, 5, 5, "00" * 16),)
    assert str(recognise(fingerprint_folder(folder))) == "Mine: 4 of 4 identical to the standard set"
    # The same pictures in another lossless format and under another name are the same set.
    Image.open(folder / "1.png").save(folder / "renamed.bmp")
    (folder / "1.png").unlink()
    assert str(recognise(fingerprint_folder(folder))) == "Mine: 4 of 4 identical to the standard set"

    Image.fromarray(picture).save(folder / "0.jpg", quality=90)
    (folder / "0.png").unlink()
    (folder / "3.png").unlink()
    Image.new("RGB", (9, 9)).save(folder / "stray.png")
    found = recognise(fingerprint_folder(folder))
    assert found
    assert (found.identical, found.total) == (2, 4)
    assert (found.altered, found.missing, found.strangers) == ((("0.jpg", "0"),), ("3",), ("stray.png",))
    assert str(found) == (
        "Mine: 2 of 4 identical to the standard set; same picture but other pixels: 0.jpg; missing: 3; "
        "not of the set: stray.png"
    )


def test_hashes_tell_shapes_and_pixels_apart(picture: Pixels) -> None:
    changed = picture.copy()
    changed[3, 4, 0] ^= 1
    turned = picture[..., 0].reshape(37, 48)
    hashes = {pixel_hash(p) for p in (picture, changed, picture[..., 0], turned)}
    assert len(hashes) == 4
    assert similar(thumbnail_of(picture), thumbnail_of(changed))
    assert not similar(thumbnail_of(picture), thumbnail_of(255 - picture))


@pytest.mark.parametrize(
    ("name", "count"),
    [("T91", 91), ("General-100", 100), ("BSDS500-train", 200), ("Set5", 5), ("Set14", 14), ("BSD200", 200)],
)
def test_standard_sets_are_listed_and_recognised(
    name: str, count: int, request: pytest.FixtureRequest
) -> None:
    entries = standard_sets()[name]
    assert len(entries) == count
    assert len({entry.name for entry in entries}) == count
    data_root: Path = request.getfixturevalue("data_root")
    folder = next(path for path in data_root.glob("*/*") if path.name == name)
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    found = recognise([fingerprint(path) for path in paths[:14]])
    assert found
    assert found.set == name
    assert found.identical == min(14, count)
    assert found.strangers == ()


def _pairs(tmp_path: Path, picture: Pixels, scale: int) -> tuple[Path, Path]:
    hr, lr = tmp_path / "hr", tmp_path / "lr"
    for path in (hr, lr):
        path.mkdir()
    large = np.kron(picture[:36, :36], np.ones((4, 4, 1), np.uint8))
    large = np.clip(large + np.random.default_rng(0).normal(0, 20, large.shape), 0, 255).astype(np.uint8)
    for number, pixels in enumerate((large, large[::-1], large[:, ::-1])):
        Image.fromarray(np.ascontiguousarray(pixels)).save(hr / f"{number}.png")
        small = imresize(pixels, 1 / 3)
        Image.fromarray(small if scale == 3 else imresize(small, 3)).save(lr / f"{number}x3.png")
    return hr, lr


def test_folders_at_a_scale_match(tmp_path: Path, picture: Pixels) -> None:
    report = _matched(*_pairs(tmp_path, picture, 3))
    assert (report.facts["scales"], report.problems, report.facts["estimated_scale"]) == ({"3": 3}, (), None)
    assert "3 with HR 3 times larger" in report.lines


def test_the_scale_of_equal_sizes_is_estimated(tmp_path: Path, picture: Pixels) -> None:
    report = _matched(*_pairs(tmp_path, picture, 1))
    assert report.facts["scales"] == {"1": 3}
    assert report.facts["estimated_scale"] == pytest.approx(3, rel=0.1)


def test_mismatches_are_reported(tmp_path: Path, picture: Pixels) -> None:
    hr, lr = _pairs(tmp_path, picture, 3)
    (lr / "0x3.png").rename(lr / "lost.png")
    Image.fromarray(picture[:, :30]).save(lr / "1x3.png")
    report = _matched(hr, lr)
    problems = "\n".join(report.problems)
    assert "0.png has no partner" in problems
    assert "lost.png has no partner" in problems
    assert "144x144 and 30x48" in problems
    assert report.to_json()["hr_without_partner"] == ["0.png"]
    Image.fromarray(imresize(np.asarray(Image.open(hr / "1.png")), 0.5)).save(lr / "1x3.png")
    report = _matched(hr, lr)
    assert any("one scale" in problem for problem in report.problems)


def test_one_picture_is_too_few_for_hold_out_and_a_problem(folder: Path) -> None:
    for name in ("1.png", "2.png", "3.png"):
        (folder / name).unlink()
    (problem,) = _checked(folder).problems
    assert "data.hold_out" in problem
    assert "data.watch" in problem


def test_pictures_that_are_all_smaller_than_a_sub_image_are_a_problem(folder: Path) -> None:
    report = check_image_set(folder, fingerprint_folder(folder), size=50)
    assert report.problems == ("every picture is smaller than a sub-image of 50x50: nothing can be cut",)


def test_files_that_are_left_out_are_counted_and_named(folder: Path) -> None:
    for name in ("notes.txt", "clip.mov", ".hidden"):
        (folder / name).write_text("x")
    report = _checked(folder)
    assert report.to_json()["left_out"] == ["clip.mov", "notes.txt"]
    assert "left out 2 files that are no pictures by their names: clip.mov, notes.txt" in report.notes
    assert not report.problems
