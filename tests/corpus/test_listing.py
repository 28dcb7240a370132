"""What a source lists: names of lists as they are meant, and the folder that cannot be read by its name."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from srcnn.corpus.listing import source_entries
from srcnn.corpus.storage import Store
from srcnn.errors import StorageError, UsageError


def _names(path: Path, base: str | None = None) -> list[str]:
    _, entries = source_entries(str(path), base)
    return [entry.name for entry in entries()]


def test_a_picture_that_is_a_link_keeps_its_name_in_a_list(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "0123.png").touch()
    (tmp_path / "a.png").symlink_to(tmp_path / "store" / "0123.png")
    (tmp_path / "list.txt").write_text(f"{tmp_path}/a.png\nfile://{tmp_path}/store/0123.png\n")
    assert _names(tmp_path / "list.txt") == ["a.png", "store/0123.png"]


@pytest.mark.parametrize("name", ["file:///a.png", "/a.png", "{folder}/", "s3://bucket"])
def test_what_lies_elsewhere_is_not_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "a.png").touch()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.txt").write_text(name.format(folder=tmp_path))
    with pytest.raises(UsageError, match=r"expected names below .*; use --base"):
        _names(tmp_path / "list.txt")


def test_a_key_of_a_bucket_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("s3://bucket/a//b.png\ns3a://bucket/c.png\n")
    assert _names(tmp_path / "list.txt", "s3://bucket") == ["a//b.png", "c.png"]


def test_a_column_of_names_may_hold_bytes_and_rows_without_one(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"key": [b"a.png", None, "\xe4.png".encode()]}), tmp_path / "list.parquet")
    assert _names(tmp_path / "list.parquet") == ["a.png", "\xe4.png"]


@pytest.mark.parametrize("column", [[b"\xff.png"], [["a.png"]]])
def test_a_column_that_is_no_text_is_refused(tmp_path: Path, column: list[object]) -> None:
    parquet.write_table(pa.table({"key": column}), tmp_path / "list.parquet")
    with pytest.raises(StorageError, match=r"expected a Parquet file, got .*list\.parquet: "):
        _names(tmp_path / "list.parquet")


def test_a_folder_inside_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.png").touch()
    entries = Store(str(tmp_path)).entries()
    next(entries)
    shutil.rmtree(tmp_path / "deep")
    with pytest.raises(StorageError, match=r"/deep not found$"):
        list(entries)
