import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.errors import ImageError, UsageError
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.jobs import Job, JobResult, plan_jobs, upscale_files


def touch(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def targets(jobs: list[Job]) -> list[str]:
    return [str(job.target) for job in jobs]


@pytest.mark.parametrize(
    ("out", "scale", "target"),
    [
        ("b.png", 2, "b.png"),
        ("b.TIFF", 2, "b.TIFF"),
        ("new", 3, "new/a_x3.jpg"),
        ("new.folder/", 2.5, "new.folder/a_x2.5.jpg"),
        ("there.png", 4.0, "there.png/a_x4.jpg"),  # a folder of that name exists
    ],
)
def test_one_picture(tmp_path: Path, monkeypatch, out, scale, target):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "a.jpg", "there.png/x")
    assert targets(plan_jobs(["a.jpg"], out, scale)) == [target]


def test_formats_that_are_not_written_become_png(tmp_path: Path):
    jobs = plan_jobs(touch(tmp_path, "a.bmp", "b.gif", "c", "d.JPG"), tmp_path / "out", 2)
    assert [job.target.name for job in jobs] == ["a_x2.png", "b_x2.png", "c_x2.png", "d_x2.JPG"]


def test_a_folder_stands_for_its_pictures_and_twice_is_once(tmp_path: Path):
    a, b, _, c = touch(tmp_path, "in/a.png", "in/b.png", "in/notes.txt", "c.png")
    jobs = plan_jobs([tmp_path / "in", c, a], tmp_path / "out", 2)
    assert [job.source for job in jobs] == [a, b, c]


def test_outputs_may_stand_beside_the_inputs(tmp_path: Path):
    (a,) = touch(tmp_path, "a.png")
    assert targets(plan_jobs([a], tmp_path, 2)) == [str(tmp_path / "a_x2.png")]


@pytest.mark.parametrize("out", ["b.png", "b.jpg", "b.bmp"])
def test_several_pictures_need_a_folder(tmp_path: Path, out):
    with pytest.raises(UsageError, match="expected a folder"):
        plan_jobs(touch(tmp_path, "a.png", "c.png"), tmp_path / out, 2)
    with pytest.raises(UsageError, match="expected a folder"):
        plan_jobs([tmp_path], tmp_path / out, 2)


@pytest.mark.parametrize("names", [("one/a.png", "two/a.png"), ("a.bmp", "a.png")])
def test_two_pictures_for_one_output(tmp_path: Path, names):
    with pytest.raises(UsageError, match="one output for each picture"):
        plan_jobs(touch(tmp_path, *names), tmp_path / "out", 2)


def test_an_output_that_is_another_picture_s_input(tmp_path: Path):
    inputs = touch(tmp_path, "a.png", "a_x2.png")
    with pytest.raises(UsageError, match=r"would overwrite .*a_x2\.png"):
        plan_jobs(inputs, tmp_path, 2)


@pytest.mark.parametrize("inputs", [[""], ["a.png", ""]])
def test_an_empty_name_is_not_the_current_folder(tmp_path: Path, monkeypatch, inputs):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "a.png")
    with pytest.raises(UsageError, match="got an empty name"):
        plan_jobs(inputs, tmp_path / "out", 2)


def test_no_input():
    with pytest.raises(UsageError, match="at least one picture"):
        plan_jobs([], "out", 2)


def test_results_and_progress_in_order(tmp_path: Path, tiny_weights, picture):
    for name in ("a.png", "c.png"):
        write_picture(Picture(picture), tmp_path / name)
    touch(tmp_path, "b.png")
    inputs = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    seen: list[tuple[str, float, int]] = []
    reported: list[JobResult] = []
    results = upscale_files(
        inputs,
        tmp_path / "out",
        2,
        model=tiny_weights(),
        progress=lambda job, done, total: seen.append((job.source.name, done, total)),
        report=reported.append,
    )
    assert results == reported
    assert [result.error is None for result in results] == [True, False, True]
    assert "b.png, which is empty" in (results[1].error or "")
    assert (results[0].width, results[0].height) == (74, 96)
    assert results[0].seconds > 0
    done = [done for _, done, _ in seen]
    assert done == sorted(done)
    assert seen[-1] == ("c.png", 3, 3)
    assert read_pixels(results[2].target).shape == (96, 74, 3)


def test_what_the_format_cannot_hold_is_known_before_the_network_runs(
    tmp_path: Path, tiny_weights, monkeypatch
):
    write_picture(Picture(np.zeros((2, 5000), np.uint8)), tmp_path / "a.png")
    monkeypatch.setattr("srcnn.jobs.upscale", lambda *_, **__: pytest.fail("the work was begun"))
    (result,) = upscale_files([tmp_path / "a.png"], tmp_path / "b.webp", 4, model=tiny_weights())
    assert "at most 16383 pixels" in (result.error or "")
    assert not (tmp_path / "b.webp").exists()


def test_nothing_is_done_before_the_request_is_understood(tmp_path: Path, tiny_weights, picture):
    write_picture(Picture(picture), tmp_path / "a.png")
    for change in (
        {"scale": 1},
        {"scale": float("nan")},
        {"quality": 0},
        {"model": "7-7-7"},
        {"engine": "abacus"},
    ):
        arguments: dict[str, Any] = {"scale": 2, "model": tiny_weights()} | change
        with pytest.raises(UsageError):
            upscale_files([tmp_path / "a.png"], tmp_path / "out", **arguments)
    with pytest.raises(ImageError, match="not a folder"):
        upscale_files([tmp_path / "a.png"], tmp_path / "a.png" / "out", 2, model=tiny_weights())
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_result_too_large_names_its_picture_and_the_rest_goes_on(tmp_path: Path, tiny_weights):
    for name, side in (("a.png", 3000), ("b.png", 1)):
        write_picture(Picture(np.zeros((side, side), np.uint8)), tmp_path / name)
    results = upscale_files(
        [tmp_path / "a.png", tmp_path / "b.png"], tmp_path / "out", 300, model=tiny_weights()
    )
    assert re.fullmatch(
        r".*a\.png: expected a picture that fits into .* memory, got one of 900000x900000 .*smaller scale",
        results[0].error or "",
    )
    assert (results[1].width, results[1].error) == (300, None)


def test_memory_that_runs_out_is_one_line(tmp_path: Path, tiny_weights, picture, monkeypatch):
    write_picture(Picture(picture), tmp_path / "a.png")

    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("srcnn.jobs.upscale", exhausted)
    (result,) = upscale_files([tmp_path / "a.png"], tmp_path / "b.png", 2, model=tiny_weights())
    assert "--tile" in (result.error or "")
