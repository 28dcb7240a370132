from pathlib import Path

import pytest

from srcnn.atomic import write_all
from srcnn.compare.comparison import Comparison
from srcnn.compare.output import check_target, publish
from srcnn.errors import ImageError, UsageError


def test_a_folder_gets_sheet_and_page_and_files_what_they_are(tmp_path: Path, comparison: Comparison) -> None:
    written = publish([comparison], tmp_path / "out")
    assert [path.name for path in written] == ["lines_x2_comparison.png", "comparison.html"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in written)
    assert publish([comparison], tmp_path / "a.png") == [tmp_path / "a.png"]
    assert (tmp_path / "a.png").read_bytes() == written[0].read_bytes()
    publish([comparison], tmp_path / "a.html")
    assert (tmp_path / "a.html").read_bytes() == written[1].read_bytes()


def test_of_several_files_none_is_written_where_one_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "first.png").write_bytes(b"old")
    with pytest.raises(ImageError, match="cannot write"):
        write_all({tmp_path / "first.png": b"new", tmp_path / "missing" / "second.png": b"new"})
    assert (tmp_path / "first.png").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["first.png"]


def test_a_sheet_of_an_earlier_run_is_not_compared_and_written_over(tmp_path: Path) -> None:
    sources = [tmp_path / "a.png", tmp_path / "a_x3_comparison.png"]
    for path in sources:
        path.touch()
    with pytest.raises(UsageError, match=r"other than the picture itself, got .*a_x3_comparison\.png"):
        check_target(tmp_path, sources, 3, overwrite=True)
    check_target(tmp_path, sources[:1], 3, overwrite=True)


@pytest.mark.parametrize(
    ("out", "count", "says"),
    [
        ("a.jpg", 1, r"ends in \.png or \.html, or a folder"),
        ("missing/a.png", 1, "in an existing folder"),
        ("a.png", 2, "one picture for .*a.png, got 2"),
        ("file", 1, "which is a file"),
        ("source0.png", 1, "other than the picture itself"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work(
    tmp_path: Path, out: str, count: int, says: str
) -> None:
    (tmp_path / "file").touch()
    sources = [tmp_path / f"source{number}.png" for number in range(count)]
    with pytest.raises(UsageError, match=says):
        check_target(tmp_path / out, sources)
