import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from srcnn.errors import ImageError, UsageError
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.jobs import JobResult, Naming, Outcome, Request, UpscaleOptions, run_files
from srcnn.jobs.journal import NAME as JOURNAL
from srcnn.scales import Size

NAMING = Naming("{stem}_x2{ext}")


@pytest.fixture
def pictures(tmp_path: Path, picture: np.ndarray) -> Path:
    """A folder of a whole picture, an empty file, another whole picture and a text."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.png", "c.png"):
        write_picture(Picture(picture), folder / name)
    (folder / "b.png").touch()
    (folder / "notes.txt").touch()
    return folder


def files_in(folder: Path) -> list[str]:
    """Without the journal, which is there as long as something is not done."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return sorted(name for name in found if not name.endswith(JOURNAL))


@pytest.mark.parametrize("workers", [1, 2])
def test_one_bad_file_does_not_stop_the_rest(tmp_path: Path, pictures: Path, weights: Path, workers: int):
    seen: list[tuple[float, int]] = []
    reported: list[JobResult] = []
    outcome = run_files(
        Request(
            [pictures], tmp_path / "out", NAMING, workers=workers, report=tmp_path / "deep" / "report.json"
        ),
        UpscaleOptions(model=weights),
        progress=lambda job, done, total: seen.append((done, total)),
        report=reported.append,
    )
    assert sorted(map(str, reported)) == sorted(map(str, outcome.results))
    assert [result.status for result in outcome.results] == ["done", "failed", "done"]
    assert "b.png, which is empty" in (outcome.results[1].error or "")
    assert (outcome.results[0].width, outcome.results[0].height) == (74, 96)
    assert outcome.results[0].seconds > 0
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (3, 3)
    assert files_in(tmp_path / "out") == ["a_x2.png", "c_x2.png"]
    assert read_pixels(outcome.results[2].target).shape == (96, 74, 3)
    written = json.loads((tmp_path / "deep" / "report.json").read_text())
    assert written == outcome.to_json()
    assert (written["done"], written["skipped"], written["failed"], written["others"]) == (2, 0, 1, 1)


def test_workers_change_no_pixel(tmp_path: Path, pictures: Path, weights: Path):
    for workers in (1, 2):
        request = Request([pictures], tmp_path / str(workers), NAMING, workers=workers)
        run_files(request, UpscaleOptions(model=weights))
    for name in ("a_x2.png", "c_x2.png"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_outputs_that_exist_are_refused_kept_or_replaced(tmp_path: Path, pictures: Path, weights: Path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "c_x2.png").write_text("mine")

    def upscale(existing: Any) -> Outcome:
        return run_files(Request([pictures], out, NAMING, existing=existing), UpscaleOptions(model=weights))

    with pytest.raises(UsageError, match=r"c_x2\.png already exists; use --skip-existing"):
        upscale("refuse")
    assert files_in(out) == ["c_x2.png"]
    kept = upscale("skip")
    assert [result.status for result in kept.results] == ["done", "failed", "skipped"]
    assert (out / "c_x2.png").read_text() == "mine"
    assert [result.status for result in upscale("overwrite").results] == ["done", "failed", "done"]
    assert read_pixels(out / "c_x2.png").shape == (96, 74, 3)
    with pytest.raises(UsageError, match=r"a_x2\.png and 1 more already exist; use --skip-existing"):
        upscale("refuse")


def test_in_place(pictures: Path, weights: Path, picture: np.ndarray):
    link = pictures / "link.png"
    (pictures / "c.png").rename(pictures.parent / "c.png")
    link.symlink_to(pictures.parent / "c.png")
    outcome = run_files(Request([pictures], None, in_place=True), UpscaleOptions(model=weights))
    assert [result.status for result in outcome.results] == ["done", "failed", "done"]
    assert read_pixels(pictures / "a.png").shape == read_pixels(link).shape == (96, 74, 3)
    assert link.is_symlink()
    assert (pictures / "b.png").stat().st_size == 0
    assert files_in(pictures) == ["a.png", "b.png", "link.png", "notes.txt"]


def test_what_the_format_cannot_hold_is_known_before_the_network_runs(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
):
    write_picture(Picture(np.zeros((2, 5000), np.uint8)), tmp_path / "a.png")
    monkeypatch.setattr("srcnn.jobs.upscale_job.upscale", lambda *_, **__: pytest.fail("the work was begun"))
    request = Request([tmp_path / "a.png"], tmp_path / "b.webp")
    (result,) = run_files(request, UpscaleOptions(Size(scale=4), model=weights)).results
    assert "at most 16383 pixels" in (result.error or "")
    assert not (tmp_path / "b.webp").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"alpha": "glow"},
        {"tile": 0},
        {"model": "7-7-7"},
        {"engine": "abacus"},
        {"passes": 0},
        {"back_projection": -1},
    ],
)
def test_nothing_is_done_before_the_options_are_understood(pictures: Path, weights: Path, change: Any):
    with pytest.raises(UsageError):
        run_files(
            Request([pictures], pictures.parent / "out"), UpscaleOptions(**({"model": weights} | change))
        )
    assert files_in(pictures.parent) == ["in", "in/a.png", "in/b.png", "in/c.png", "in/notes.txt"]


@pytest.mark.parametrize("place", ["out", "report"])
def test_a_folder_that_cannot_be_made_is_known_before_any_work(
    tmp_path: Path, pictures: Path, weights: Path, place: str
):
    places: dict[str, Any] = {"out": tmp_path / "out", "report": None}
    places[place] = pictures / "a.png" / "below" / "x"
    with pytest.raises(ImageError, match="not a folder"):
        run_files(Request([pictures], naming=NAMING, **places), UpscaleOptions(model=weights))
    assert not (tmp_path / "out").exists()


def test_at_least_one_worker(tmp_path: Path, pictures: Path, weights: Path):
    with pytest.raises(UsageError, match="at least 1 worker, got 0"):
        run_files(Request([pictures], tmp_path / "out", workers=0), UpscaleOptions(model=weights))


def test_a_result_too_large_names_its_picture_and_the_rest_goes_on(tmp_path: Path, weights: Path):
    for name, side in (("a.png", 3000), ("b.png", 1)):
        write_picture(Picture(np.zeros((side, side), np.uint8)), tmp_path / name)
    request = Request([tmp_path / "a.png", tmp_path / "b.png"], tmp_path / "out")
    results = run_files(request, UpscaleOptions(Size(scale=300), model=weights)).results
    assert re.fullmatch(
        r"expected room for the scratch file of .*a\.png in .*, which needs 810\.0 GB, got .* GB; .*",
        results[0].error or "",
    )
    assert (results[1].width, results[1].error) == (300, None)


@pytest.mark.parametrize(
    ("error", "says"),
    [(MemoryError(), "--tile"), (ZeroDivisionError("by none"), "unexpected ZeroDivisionError: by none")],
)
def test_whatever_goes_wrong_is_one_line_about_one_picture(
    tmp_path: Path,
    pictures: Path,
    weights: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    says: str,
):
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("srcnn.jobs.upscale_job.upscale", fail)
    outcome = run_files(Request([pictures], tmp_path / "out"), UpscaleOptions(model=weights))
    assert outcome.count("failed") == 3
    assert says in (outcome.results[0].error or "")
    assert "a.png" in (outcome.results[0].error or "")


def test_an_interrupted_run_still_reports(
    tmp_path: Path, pictures: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
):
    def interrupt(result: JobResult) -> None:
        raise KeyboardInterrupt

    request = Request([pictures], tmp_path / "out", NAMING, report=tmp_path / "report.json")
    with pytest.raises(KeyboardInterrupt):
        run_files(request, UpscaleOptions(model=weights), report=interrupt)
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["interrupted"]
    assert [Path(result["source"]).name for result in written["results"]] == ["a.png"]


def test_a_worker_that_dies_takes_only_its_own_picture_along(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
):
    outcome = run_files(Request([pictures], tmp_path / "out", workers=2), Deadly())
    assert [result.status for result in outcome.results] == ["done", "failed", "done"]
    assert re.search(r"b\.png: its process ended with signal SIGKILL", outcome.results[1].error or "")


class Deadly:
    """A work that kills its process at one picture."""

    def settings(self) -> dict[str, Any]:
        return {}

    def prepare(self, workers: int) -> Any:
        return _die_at_b


def _die_at_b(job: Any, progress: Any) -> Any:
    import signal

    if job.source.name == "b.png":
        os.kill(os.getpid(), signal.SIGKILL)
    return JobResult(job.source, job.target)


@pytest.mark.parametrize("kind", ["page", "mask", "frame"])
def test_in_place_loses_nothing_unless_told_to(tmp_path: Path, weights: Path, picture: np.ndarray, kind: str):
    path = tmp_path / f"a.{'webp' if kind == 'frame' else 'tif'}"
    image = Image.fromarray(picture)
    if kind == "mask":
        masked = np.concatenate([picture, picture[..., :1]], 2)
        tifffile.imwrite(path, masked, photometric="rgb", extrasamples=["unspecified"])
    else:
        image.save(path, save_all=True, append_images=[image.rotate(180)])
    before = path.read_bytes()
    request = Request([path], None, in_place=True)
    (result,) = run_files(request, UpscaleOptions(model=weights)).results
    assert "holds more than the picture, which would be lost in place: 1" in (result.error or "")
    assert path.read_bytes() == before
    told = Request([path], None, in_place=True, drop_rest=True)
    (result,) = run_files(told, UpscaleOptions(model=weights)).results
    assert result.status == "done"
    assert read_pixels(path).shape == (2 * picture.shape[0], 2 * picture.shape[1], 3)


def test_in_place_keeps_a_motion_photo(tmp_path: Path, weights: Path, picture: np.ndarray):
    path = tmp_path / "a.jpg"
    write_picture(Picture(picture), path)
    path.write_bytes(path.read_bytes() + b"\0\0\0\x18ftypmp42" + bytes(99))
    (result,) = run_files(Request([path], None, in_place=True), UpscaleOptions(model=weights)).results
    assert "the video after it (a motion photo); write to another file, or use --drop-rest" in (
        result.error or ""
    )
