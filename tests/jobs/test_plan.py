import os
from pathlib import Path
from typing import Any

import pytest

from srcnn.errors import ImageError, UsageError
from srcnn.jobs import Job, Naming, plan_jobs


def touch(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def plan(inputs: Any, out: Any, scale: str = "2", **options: Any) -> list[Job]:
    return plan_with_others(inputs, out, scale, **options)[0]


def plan_with_others(inputs: Any, out: Any, scale: str = "2", **options: Any) -> tuple[list[Job], int]:
    return plan_jobs(inputs, out, Naming("{stem}_x{scale}{ext}", {"scale": scale}), **options)


def targets(jobs: list[Job]) -> list[str]:
    return [job.target.as_posix() for job in jobs]


@pytest.mark.parametrize(
    ("out", "target"),
    [
        ("b.png", "b.png"),
        ("b.TIFF", "b.TIFF"),
        ("new", "new/a_x2.jpg"),
        ("new.folder/", "new.folder/a_x2.jpg"),
        ("there.png", "there.png/a_x2.jpg"),  # a folder of that name exists
    ],
)
def test_one_picture(tmp_path: Path, monkeypatch, out, target):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "a.jpg", "there.png/x")
    assert targets(plan(["a.jpg"], out)) == [target]


def test_formats_that_are_not_written_become_png(tmp_path: Path):
    jobs = plan(touch(tmp_path, "a.bmp", "b.gif", "c", "d.JPG"), tmp_path / "out")
    assert [job.target.name for job in jobs] == ["a_x2.png", "b_x2.png", "c_x2.png", "d_x2.JPG"]


def test_a_folder_stands_for_its_pictures_and_twice_is_once(tmp_path: Path):
    a, b, _, c, *_ = touch(
        tmp_path, "in/a.png", "in/b.png", "in/notes.txt", "c.png", "in/.hidden.png", "in/sub/d.png"
    )
    jobs, others = plan_with_others([tmp_path / "in", c, a], tmp_path / "out")
    assert [job.source for job in jobs] == [a, b, c]
    assert others == 1  # the text; hidden files are nobody's


def test_a_tree_is_mirrored_and_the_outputs_within_it_are_no_inputs(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "in/b.png", "in/a/b.png", "in/a/deep/c.tif", "in/a/list.csv", "in/large/b_x2.png")
    jobs, others = plan_with_others(["in"], "in/large", recursive=True)
    assert targets(jobs) == ["in/large/b_x2.png", "in/large/a/b_x2.png", "in/large/a/deep/c_x2.tif"]
    assert others == 1
    assert {job.root for job in jobs} == {Path("in/large")}


@pytest.mark.parametrize("pattern", ["in/*", "in/**", "in/**/*.png", "in/*/*.png", "[i]n/*"])
def test_the_outputs_of_a_pattern_s_pictures_are_no_inputs(tmp_path: Path, monkeypatch, pattern):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "in/b.png", "in/a/b.png", "in/large/b_x2.png", "in/large/a/b_x2.png")
    sources = [job.source.as_posix() for job in plan([pattern], "in/large", scale="3")]
    assert sources
    assert not [source for source in sources if "large" in source]


@pytest.mark.parametrize(("pattern", "out"), [("in/*", "in"), ("in/*.png", "in/"), ("in/*.png", ".")])
def test_a_pattern_in_the_folder_of_the_outputs_itself(tmp_path: Path, monkeypatch, pattern, out):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "in/b.png")
    assert [job.source.as_posix() for job in plan([pattern], out)] == ["in/b.png"]


def test_a_pattern_that_matches_outputs_alone(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "in/large/b_x2.png")
    with pytest.raises(ImageError, match=r"files that match in/\* outside .*in/large, got none"):
        plan(["in/*"], "in/large")


def test_a_link_of_a_pattern_to_an_output_is_an_input(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "in/large/b_x2.png")
    Path("in/c.png").symlink_to(tmp_path / "in" / "large" / "b_x2.png")
    assert [job.source.as_posix() for job in plan(["in/*"], "in/large")] == ["in/c.png"]


def test_links_to_folders_are_not_followed_and_broken_ones_are_not_hidden(tmp_path: Path):
    (a,) = touch(tmp_path, "in/a.png")
    (tmp_path / "in" / "circle").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "lost.png").symlink_to(tmp_path / "nowhere.png")
    jobs = plan([tmp_path / "in"], tmp_path / "out", recursive=True)
    # The lost one is tried, and so fails with its name.
    assert [job.source for job in jobs] == [a, tmp_path / "in" / "lost.png"]


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("in/*.png", ["out/a_x2.png"]),
        ("in/**/*.png", ["out/a_x2.png", "out/one/b_x2.png", "out/two/b_x2.png"]),
        ("in/*/b.*", ["out/one/b_x2.png", "out/two/b_x2.png"]),
        ("in/[ot]*/", ["out/one/b_x2.png", "out/two/b_x2.png"]),
    ],
)
def test_patterns_keep_the_tree_below_them(tmp_path: Path, monkeypatch, pattern, wanted):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "in/a.png", "in/one/b.png", "in/one/b.txt", "in/two/b.png", "in/one/deep/.c.png")
    assert targets(plan([pattern], "out")) == wanted


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path):
    odd, _ = touch(tmp_path, "a[1].png", "a1.png")
    assert [job.source for job in plan([odd], tmp_path / "out")] == [odd]


def test_a_pattern_without_a_match(tmp_path: Path):
    with pytest.raises(ImageError, match=r"files that match .*\*\.tif, got none"):
        plan([tmp_path / "*.tif"], tmp_path / "out")


def test_a_folder_without_pictures_says_where_else_to_look(tmp_path: Path):
    touch(tmp_path, "in/sub/a.png", "in/notes.txt")
    with pytest.raises(ImageError, match=r"expected pictures .* got none; subfolders are searched with -r"):
        plan([tmp_path / "in"], tmp_path / "out")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read(tmp_path: Path):
    touch(tmp_path, "in/a.png", "in/shut/b.png")
    (tmp_path / "in" / "shut").chmod(0)
    with pytest.raises(ImageError, match="Permission denied"):
        plan([tmp_path / "in"], tmp_path / "out", recursive=True)


def test_outputs_may_stand_beside_the_inputs(tmp_path: Path):
    (a,) = touch(tmp_path, "a.png")
    assert targets(plan([a], tmp_path)) == [(tmp_path / "a_x2.png").as_posix()]


@pytest.mark.parametrize("out", ["b.png", "b.jpg", "b.bmp"])
def test_several_pictures_need_a_folder(tmp_path: Path, out):
    with pytest.raises(UsageError, match="expected a folder"):
        plan(touch(tmp_path, "a.png", "c.png"), tmp_path / out)
    with pytest.raises(UsageError, match="expected a folder"):
        plan([tmp_path], tmp_path / out)
    with pytest.raises(UsageError, match="expected a folder"):
        plan([tmp_path / "*.png"], tmp_path / out)


@pytest.mark.parametrize("names", [("one/a.png", "two/a.png"), ("a.bmp", "a.png")])
def test_two_pictures_for_one_output(tmp_path: Path, names):
    with pytest.raises(UsageError, match="one output for each picture"):
        plan(touch(tmp_path, *names), tmp_path / "out")


@pytest.mark.parametrize("leave_outputs", [False, True])
def test_an_output_that_is_another_picture_s_input(tmp_path: Path, leave_outputs: bool):
    # Both are named, so that neither may be left out in silence, not even where a run goes on.
    inputs = touch(tmp_path, "a.png", "a_x2.png")
    with pytest.raises(UsageError, match=r"would overwrite .*a_x2\.png"):
        plan(inputs, tmp_path, leave_outputs=leave_outputs)


def test_outputs_that_differ_in_case_are_one_where_the_disk_ignores_it(tmp_path: Path):
    inputs = touch(tmp_path, "one/a.png", "two/A.png")
    (tmp_path / "Out").mkdir()
    assert targets(plan(inputs, tmp_path / "Out"))[1].endswith("/A_x2.png")
    (tmp_path / "oUT").symlink_to("Out")  # as such a disk would find it
    with pytest.raises(UsageError, match=r"got .*A_x2\.png for both .*a\.png and .*A\.png"):
        plan(inputs, tmp_path / "Out")
    with pytest.raises(UsageError, match=r"got .*A_x2\.png for both .*a\.png and .*A\.png"):
        plan(inputs, tmp_path / "Out" / "new" / "deep")


def test_a_folder_that_cannot_be_read_is_taken_for_one_that_knows_case(tmp_path: Path, monkeypatch):
    inputs = touch(tmp_path, "one/a.png", "two/A.png")
    (tmp_path / "1").mkdir()

    def refuse(path: Path) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert targets(plan(inputs, tmp_path / "1"))[1].endswith("/A_x2.png")


@pytest.mark.parametrize("inputs", [[""], ["a.png", ""]])
def test_an_empty_name_is_not_the_current_folder(tmp_path: Path, monkeypatch, inputs):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "a.png")
    with pytest.raises(UsageError, match="got an empty name"):
        plan(inputs, tmp_path / "out")


def test_no_input():
    with pytest.raises(UsageError, match="at least one picture"):
        plan([], "out")


def test_in_place_is_the_input_and_what_a_link_points_to(tmp_path: Path):
    (a,) = touch(tmp_path, "in/a.png")
    link = tmp_path / "link.png"
    link.symlink_to(a)
    assert [job.target for job in plan([a.parent], None, in_place=True)] == [a]
    assert [job.target for job in plan([link], None, in_place=True)] == [a]
    with pytest.raises(UsageError, match="one output for each picture"):
        plan([a, link], None, in_place=True)


def test_in_place_needs_a_format_that_is_written(tmp_path: Path):
    with pytest.raises(UsageError, match=r"got 'a\.bmp'"):
        plan(touch(tmp_path, "a.bmp"), None, in_place=True)


@pytest.mark.parametrize(("out", "in_place"), [(None, False), ("out", True)])
def test_an_output_or_in_place(tmp_path: Path, out, in_place):
    with pytest.raises(UsageError, match="either an output or --in-place"):
        plan(touch(tmp_path, "a.png"), out, in_place=in_place)


# Names.


@pytest.mark.parametrize(
    ("naming", "name"),
    [
        (Naming(), "a.b.jpg"),
        (Naming("{stem}-large{ext}"), "a.b-large.jpg"),
        (Naming("{stem}.webp"), "a.b.webp"),
        (Naming("{{{stem}}}{ext}"), "{a.b}.jpg"),
        (Naming("{size}_{stem}{ext}", {"size": "x2"}, "png"), "x2_a.b.png"),
    ],
)
def test_patterns_for_names(naming: Naming, name):
    assert naming.name(Path("in/a.b.jpg")) == name


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{stem}_{colour}{ext}", r"\{stem\}, \{ext\}, \{scale\} and text"),
        ("{stem!r}{ext}", "got '{stem!r}"),
        ("{stem:>9}{ext}", "got '{stem:>9}"),
        ("{stem{ext}", "fields in braces"),
        ("../{stem}{ext}", "a file's name"),
        ("{stem}", "ends in .png"),
        ("{stem}.gif", "ends in .png"),
        ("{}{ext}", "got '{}"),
    ],
)
def test_patterns_that_name_nothing(pattern, message):
    with pytest.raises(UsageError, match=message):
        Naming(pattern, {"scale": "2"})


def test_a_format_that_is_not_written():
    with pytest.raises(UsageError, match=r"expected an output format of png, .*, got 'gif'"):
        Naming("{stem}{ext}", format="gif")


def test_a_pattern_goes_through_links_but_not_in_a_circle(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "in/one/a.png", "elsewhere/b.png")
    (tmp_path / "in" / "one" / "circle").symlink_to("..", target_is_directory=True)
    (tmp_path / "in" / "two").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    for pattern in ("in/**/*.png", "in/**"):
        assert targets(plan([pattern], "out/")) == ["out/one/a_x2.png", "out/two/b_x2.png"]


def test_two_links_into_a_circle_end_and_each_file_is_found_once(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "in/one/a.png", "in/one/deep/b.png")
    (tmp_path / "in" / "one" / "circle").symlink_to("..", target_is_directory=True)
    (tmp_path / "in" / "also").symlink_to("one", target_is_directory=True)
    wanted = ["out/one/a_x2.png", "out/one/deep/b_x2.png"]
    for pattern in ("in/**/*.png", "in/**", "in/**/*", "in/**/", "in/**/**/*.png"):
        assert targets(plan([pattern], "out/")) == wanted
    assert targets(plan([tmp_path / "in" / "**" / "*.png"], "out/")) == wanted
    assert targets(plan(["in/**/deep/*"], "out/")) == wanted[1:]


def test_links_that_lead_nowhere_hide_nothing_beside_them(tmp_path: Path):
    touch(tmp_path, "one/a.png", "two/b.png")
    (tmp_path / "broken").symlink_to("x" * 300)  # refused by the system, as one to where nobody may look
    (tmp_path / "circle").symlink_to("circle")
    for pattern in ("**/*.png", "*/**/*.png"):
        assert targets(plan([tmp_path / pattern], "out/")) == ["out/one/a_x2.png", "out/two/b_x2.png"]
