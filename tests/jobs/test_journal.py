"""What the journal of a run says after failures, after other runs in its folder, and after a kill."""

import errno
from dataclasses import replace
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.errors import ImageError, UsageError
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.jobs import Job, Naming, Outcome, Request, RestoreOptions, UpscaleOptions, run_files
from srcnn.jobs.journal import NAME, Journal
from srcnn.scales import Size

NAMING = Naming("{stem}_large{ext}")


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with a.png and b.png."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in "ab":
        draw(folder / f"{name}.png")
    return folder


def draw(path: Path, seed: int = 0) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 32, 3), np.uint8)
    write_picture(Picture(pixels), path)


def in_place(inputs: list[Path], weights: Path, *, scale: float = 2.0, **options: Any) -> Outcome:
    return run_files(
        Request(inputs, None, in_place=True, **options), UpscaleOptions(Size(scale=scale), model=weights)
    )


def resume(source: Path, out: Path, weights: Path, *, scale: float = 2.0, **options: Any) -> Outcome:
    request = Request([source], out, NAMING, resume=True, **options)
    return run_files(request, UpscaleOptions(Size(scale=scale), model=weights))


def statuses(outcome: Outcome) -> dict[str, str]:
    return {result.source.stem: result.status for result in outcome.results}


def kill_at(job: Job, options: UpscaleOptions) -> None:
    """Leave the journal as a run does that is killed while it is at the job."""
    journal = Journal([job.root], options.settings())
    with journal.opened([job]):
        journal.begin(job)


def test_a_run_not_resumed_leaves_the_journal_of_another_one(album: Path, weights: Path):
    assert statuses(in_place([album], weights, resume=True)) == {"a": "done", "b": "done"}
    new = [album / "new1.png", album / "new2.png"]
    for path in new:
        draw(path)
    assert statuses(in_place(new, weights)) == {"new1": "done", "new2": "done"}
    again = in_place([album], weights, resume=True)
    assert set(statuses(again).values()) == {"skipped"}
    for path in album.glob("*.png"):
        assert read_pixels(path).shape == (48, 64, 3), path


def test_a_run_not_resumed_removes_the_journal_of_its_own_pictures(
    album: Path, tmp_path: Path, weights: Path
):
    out = tmp_path / "out"
    (album / "c.png").write_bytes(b"half")
    request = Request([album], out, NAMING, existing="overwrite")
    assert run_files(request, UpscaleOptions(model=weights)).count("failed") == 1
    assert (out / NAME).exists()
    draw(album / "c.png")
    assert run_files(request, UpscaleOptions(model=weights)).count("failed") == 0
    assert not (out / NAME).exists()


@pytest.mark.parametrize("existing", ["refuse", "skip"])
def test_a_job_that_failed_is_done_when_its_input_is_mended(
    album: Path, tmp_path: Path, weights: Path, existing: Any
):
    out = tmp_path / "out"
    resume(album, out, weights)
    (album / "a.png").write_bytes((album / "a.png").read_bytes()[:200])
    for _ in range(2):
        assert statuses(resume(album, out, weights)) == {"a": "failed", "b": "skipped"}
    draw(album / "a.png", seed=1)
    assert statuses(resume(album, out, weights, existing=existing)) == {"a": "done", "b": "skipped"}
    assert set(statuses(resume(album, out, weights)).values()) == {"skipped"}


def test_a_job_that_failed_in_place_is_done_when_its_input_is_mended(album: Path, weights: Path):
    whole = (album / "a.png").read_bytes()
    (album / "a.png").write_bytes(whole[:200])
    assert statuses(in_place([album], weights, resume=True)) == {"a": "failed", "b": "done"}
    (album / "a.png").write_bytes(whole)
    assert statuses(in_place([album], weights, resume=True)) == {"a": "done", "b": "skipped"}
    assert read_pixels(album / "a.png").shape == (48, 64, 3)


def test_killed_at_an_output_that_the_journal_knew(album: Path, tmp_path: Path, weights: Path):
    out = tmp_path / "out"
    resume(album, out, weights)
    job = Job(album / "a.png", out / "a_large.png", out)
    # As after an update: the settings are others. Killed twice, before anything was written.
    for _ in range(2):
        kill_at(job, UpscaleOptions(Size(scale=3), model=weights))
    assert statuses(resume(album, out, weights, scale=3)) == {"a": "done", "b": "done"}
    assert read_pixels(job.target).shape == (72, 96, 3)


def test_killed_in_place_nothing_is_enlarged_twice(album: Path, weights: Path):
    (album / "b.png").unlink()
    in_place([album], weights, resume=True)
    job = Job(album / "a.png", album / "a.png", album, in_place=True)
    kill_at(job, UpscaleOptions(Size(scale=3), model=weights))
    with pytest.raises(UsageError, match="already changed in place"):
        in_place([album], weights, scale=3, resume=True)
    assert read_pixels(job.target).shape == (48, 64, 3)


def test_a_run_that_ended_while_this_one_began(album: Path, weights: Path, monkeypatch: pytest.MonkeyPatch):
    prepare = UpscaleOptions.prepare

    def run_another_first(options: UpscaleOptions, workers: int) -> Any:
        monkeypatch.setattr(UpscaleOptions, "prepare", prepare)
        in_place([album], weights, resume=True)
        return options.prepare(workers)

    monkeypatch.setattr(UpscaleOptions, "prepare", run_another_first)
    with pytest.raises(ImageError, match=r"another run has just written to .*album; start this one again"):
        in_place([album], weights, resume=True)
    assert read_pixels(album / "a.png").shape == (48, 64, 3)
    assert set(statuses(in_place([album], weights, resume=True)).values()) == {"skipped"}


def test_a_failure_after_the_output_was_written_leaves_it_the_journal_s(album: Path, tmp_path: Path):
    job = Job(album / "a.png", tmp_path / "out" / "a.png", tmp_path / "out")
    journal = Journal([job.root], {})
    with journal.opened([job]):
        journal.begin(job)
        draw(job.target)
        journal.fail(job)  # its process died before it answered
    assert Journal([job.root], {}).is_done(job)


@pytest.mark.parametrize("options", [UpscaleOptions, RestoreOptions])
def test_weights_as_arrays_count_by_their_values(options: Any, tiny_weights):
    one = tiny_weights()
    other = replace(one, biases=tuple(bias + 1 for bias in one.biases))
    light = replace(one, card=replace(one.card, input_range=255.0))
    settings = [options(model=weights).settings() for weights in (one, other, light)]
    assert settings[0] == options(model=replace(one)).settings()
    assert settings[1] != settings[0] != settings[2]


def test_a_full_disk_hides_no_failure(album: Path, monkeypatch: pytest.MonkeyPatch):
    class Full(FileIO):
        is_full = False

        def write(self, content: Any) -> int | None:
            if Full.is_full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(content)

    monkeypatch.setattr("srcnn.jobs.journal.FileIO", Full)
    job = Job(album / "a.png", album / "large.png", album)
    journal = Journal([album], {})
    with journal.opened([job]):
        journal.begin(job)
        Full.is_full = True
        journal.fail(job)
    assert not Journal([album], {}).is_done(job)


def test_a_journal_that_another_run_has_removed_is_not_written_to(
    album: Path, monkeypatch: pytest.MonkeyPatch
):
    """The other run ends after this one has opened the file and before it has locked it."""
    job = Job(album / "a.png", album / "large.png", album)

    def locked(file: object) -> bool:
        (album / NAME).unlink()
        return True

    monkeypatch.setattr("srcnn.jobs.journal.lock", locked)
    with pytest.raises(ImageError, match="another run has just written"), Journal([album], {}).opened([job]):
        pass
