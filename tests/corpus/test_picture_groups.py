"""Groups are cut by pixels and bytes, whatever the number of pictures."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from srcnn.corpus import picture_groups
from srcnn.corpus.listing import digest, digests, is_in, write_blocks
from srcnn.corpus.picture_groups import Group, group_bytes, read_groups
from srcnn.corpus.storage import Entry, Store
from srcnn.files.picture_size import picture_size


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number, side in enumerate((10, 10, 100, 10, 10, 10)):
        Image.new("RGB", (side, side)).save(tmp_path / "in" / f"{number}.png")
    return tmp_path


def groups(folder: Path, limit: int = 2**20, *, alone: bool = False) -> list[Group]:
    source, store = Store(str(folder / "in")), Store(str(folder / "blocks"))
    entries = sorted(source.entries())
    listing = write_blocks(entries, str, store, "b-", done=lambda entry: False, chosen=False)
    found = list(read_groups(source, store, listing.blocks, limit, alone=alone))
    assert [entry for group in found for entry in group.entries] == entries
    return found


def test_a_giant_is_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_groups, "GROUP_PIXELS", 300)
    found = groups(folder)
    assert [len(group.entries) for group in found] == [2, 1, 3]
    assert [group.pixels for group in found] == [200, 10_000, 300]
    assert [len(group.entries) for group in groups(folder, alone=True)] == [1] * 6
    assert [len(group.entries) for group in groups(folder, limit=1)] == [1] * 6


def test_names_of_a_list_are_grouped_by_what_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_groups, "GROUP_PIXELS", 300)
    source, store = Store(str(folder / "in")), Store(str(folder / "blocks"))
    names = [Entry(f"{number}.png", 0, "") for number in range(6)]
    listing = write_blocks(names, str, store, "b-", done=lambda entry: False, chosen=True)
    found = list(read_groups(source, store, listing.blocks, group_bytes(listing.size, 2)))
    assert [len(group.entries) for group in found] == [2, 1, 3]
    found = list(read_groups(source, store, listing.blocks, (folder / "in" / "0.png").stat().st_size))
    assert [len(group.entries) for group in found] == [1] * 6


def test_a_large_file_is_left_to_its_worker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (folder / "in" / "2.png").stat().st_size
    monkeypatch.setattr(picture_groups, "_CARRIED", size - 1)
    contents = {
        e.name: c for group in groups(folder) for e, c in zip(group.entries, group.contents, strict=True)
    }
    assert contents.pop("2.png") is None
    assert all(contents.values())


def test_a_group_survives_the_way_through_the_cluster(folder: Path) -> None:
    (group,) = groups(folder)
    group.errors[1], group.contents[1] = "cannot read it", None
    back = Group.of(group.to_table())
    assert (back.entries, back.contents, back.errors) == (group.entries, group.contents, group.errors)


def test_each_worker_gets_several_groups() -> None:
    assert group_bytes(1600, 2) == 100
    assert group_bytes(1, 2) == 1
    assert group_bytes(0, 2) == picture_groups.GROUP_BYTES  # of a list, whose sizes nobody knows
    assert group_bytes(2**40, 2) == picture_groups.GROUP_BYTES


@pytest.mark.parametrize("suffix", ["png", "jpeg", "tiff", "webp", "bmp", "gif"])
def test_the_size_of_a_picture_from_its_header(suffix: str) -> None:
    file = io.BytesIO()
    Image.fromarray(np.zeros((7, 11), np.uint8)).save(file, suffix)
    assert picture_size(file.getvalue()) == (11, 7)
    assert picture_size(b"no picture") is None


@given(st.lists(st.text(), unique=True), st.text())
def test_digests_tell_names_apart(names: list[str], other: str) -> None:
    known = digests(map(digest, names))
    assert all(is_in(digest(name), known) for name in names)
    assert is_in(digest(other), known) == (other in names)
    assert digest("a", "b") != digest("ab", "")


def test_a_listing_of_many_names_is_several_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from srcnn.corpus import listing as module

    monkeypatch.setattr(module, "BLOCK_NAMES", 4)
    entries = [Entry(f"{number}.png", 5, "") for number in range(10)] + [Entry("a.txt", 1, "")]
    store = Store(str(tmp_path))
    found = write_blocks(entries, str, store, "b-", done=lambda entry: entry.name == "3.png", chosen=False)
    assert (found.count, found.size, found.skipped, found.others) == (9, 45, 1, 1)
    assert found.blocks == ["b-000000.parquet", "b-000001.parquet", "b-000002.parquet"]
