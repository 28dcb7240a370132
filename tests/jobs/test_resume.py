"""Runs that are cut off and gone on with."""

import dataclasses
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srcnn.errors import ImageError, UsageError
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.jobs import Naming, Outcome, Request, UpscaleOptions, run_files
from srcnn.jobs.journal import NAME, Journal
from srcnn.scales import Size

NAMING = Naming("{stem}_large{ext}")


def make_tree(folder: Path, count: int) -> None:
    """``count`` small pictures in a tree of folders."""
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"{number % 3}" / f"{number % 5}" / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_picture(Picture(rng.integers(0, 256, (24, 32, 3), np.uint8)), path)


def resume(source: Path, out: Path | None, weights: Path, *, scale: float = 2.0, **options: Any) -> Outcome:
    request = Request([source], out, NAMING, recursive=True, resume=True, **options)
    return run_files(request, UpscaleOptions(Size(scale=scale), model=weights))


def statuses(outcome: Outcome) -> dict[str, str]:
    return {result.source.stem: result.status for result in outcome.results}


def test_only_what_is_not_done_with_these_settings_is_done(tmp_path: Path, weights: Path):
    source, out = tmp_path / "in", tmp_path / "out"
    make_tree(source, 3)
    (source / "0" / "broken.png").write_bytes(b"no picture")
    assert set(statuses(resume(source, out, weights)).values()) == {"done", "failed"}
    # The broken one is mended, one output lost, one picture changed.
    write_picture(Picture(np.zeros((5, 6), np.uint8)), source / "0" / "broken.png")
    (out / "0" / "0" / "000_large.png").unlink()
    write_picture(Picture(np.zeros((7, 8), np.uint8)), source / "1" / "1" / "001.png")
    again = resume(source, out, weights)
    assert statuses(again) == {"000": "done", "001": "done", "002": "skipped", "broken": "done"}
    assert again.results[-1].skipped == "done before with the same settings"
    assert set(statuses(resume(source, out, weights)).values()) == {"skipped"}
    # Other settings: all is made anew, without being told to overwrite.
    assert set(statuses(resume(source, out, weights, scale=3)).values()) == {"done"}
    assert read_pixels(out / "2" / "2" / "002_large.png").shape == (72, 96, 3)


def test_what_the_run_did_not_make_is_not_touched_unless_told(tmp_path: Path, weights: Path):
    source, out = tmp_path / "in", tmp_path / "out"
    make_tree(source, 2)
    foreign = out / "0" / "0" / "000_large.png"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"somebody's")
    with pytest.raises(UsageError, match=r"000_large\.png already exists, not as the resumed run wrote it"):
        resume(source, out, weights)
    assert statuses(resume(source, out, weights, existing="skip")) == {"000": "skipped", "001": "done"}
    assert foreign.read_bytes() == b"somebody's"
    assert statuses(resume(source, out, weights, existing="overwrite")) == {"000": "done", "001": "skipped"}
    # An output that is changed afterwards is somebody's too.
    foreign.write_bytes(b"mine now")
    with pytest.raises(UsageError, match="not as the resumed run wrote it"):
        resume(source, out, weights)


def test_in_place_nothing_is_enlarged_twice(tmp_path: Path, weights: Path):
    make_tree(tmp_path / "in", 2)
    request = Request([tmp_path / "in"], None, recursive=True, in_place=True, resume=True)
    for wanted in ("done", "skipped"):
        outcome = run_files(request, UpscaleOptions(model=weights))
        assert set(statuses(outcome).values()) == {wanted}
    assert read_pixels(tmp_path / "in" / "1" / "1" / "001.png").shape == (48, 64, 3)
    write_picture(Picture(np.zeros((5, 6), np.uint8)), tmp_path / "in" / "1" / "1" / "001.png")
    outcome = run_files(request, UpscaleOptions(model=weights))
    assert statuses(outcome) == {"000": "skipped", "001": "done"}
    # With other settings it would be; whether that is meant has to be said.
    larger = UpscaleOptions(Size(scale=3), model=weights)
    with pytest.raises(UsageError, match=r"already changed in place, with other settings.* and 1 more"):
        run_files(request, larger)
    kept = run_files(dataclasses.replace(request, existing="skip"), larger)
    assert statuses(kept) == {"000": "skipped", "001": "skipped"}
    again = run_files(dataclasses.replace(request, existing="overwrite"), larger)
    assert statuses(again) == {"000": "done", "001": "done"}


def test_outputs_beside_their_inputs_are_no_inputs_the_next_time(tmp_path: Path, weights: Path):
    for name in ("a.png", "b.png"):
        write_picture(Picture(np.zeros((5, 6), np.uint8)), tmp_path / name)
    for wanted in ("done", "skipped"):
        assert statuses(resume(tmp_path, tmp_path, weights)) == {"a": wanted, "b": wanted}


def test_a_run_that_was_not_told_to_resume_can_be_gone_on_with(tmp_path: Path, weights: Path):
    source, out = tmp_path / "in", tmp_path / "out"
    make_tree(source, 3)
    (source / "0" / "broken.png").write_bytes(b"no picture")
    request = Request([source], out, NAMING, recursive=True)
    run_files(request, UpscaleOptions(model=weights))
    assert (out / NAME).exists()
    (source / "0" / "broken.png").unlink()
    assert set(statuses(resume(source, out, weights)).values()) == {"skipped"}


def test_no_journal_stays_after_a_run_that_did_all(tmp_path: Path, weights: Path):
    make_tree(tmp_path / "in", 2)
    request = Request([tmp_path / "in"], tmp_path / "out", NAMING, recursive=True)
    assert run_files(request, UpscaleOptions(model=weights)).count("done") == 2
    assert not (tmp_path / "out" / NAME).exists()


def test_a_single_picture_leaves_the_journal_of_another_run(tmp_path: Path, weights: Path):
    source, out = tmp_path / "in", tmp_path / "out"
    make_tree(source, 2)
    resume(source, out, weights)
    one = source / "0" / "0" / "000.png"
    run_files(Request([one], out / "single.png"), UpscaleOptions(model=weights))
    assert set(statuses(resume(source, out, weights)).values()) == {"skipped"}


def test_leftovers_go_and_a_torn_journal_is_read_as_far_as_it_goes(tmp_path: Path, weights: Path):
    source, out = tmp_path / "in", tmp_path / "out"
    make_tree(source, 2)
    resume(source, out, weights)
    (out / "0" / "0" / ".srcnn-0123456789abcdef.png").write_bytes(b"half")
    (out / "0" / "0" / ".mine.png").write_bytes(b"mine")
    with (out / NAME).open("a", encoding="utf-8") as file:
        file.write('{"target": "0/0/000_large.png", "sett')
    assert set(statuses(resume(source, out, weights)).values()) == {"skipped"}
    assert sorted(path.name for path in (out / "0" / "0").iterdir()) == [".mine.png", "000_large.png"]


def test_two_runs_in_one_folder(tmp_path: Path, weights: Path):
    pytest.importorskip("fcntl")
    source, out = tmp_path / "in", tmp_path / "out"
    make_tree(source, 2)
    from srcnn.jobs import Job

    job = Job(source / "0" / "0" / "000.png", out / "x.png", out)
    with (
        Journal([out], {}).opened([job]),
        pytest.raises(ImageError, match=r"another run is writing to .*out"),
    ):
        resume(source, out, weights)


def run_until_killed(command: list[str], out: Path, more: int, random_: random.Random) -> None:
    """Run, and kill it at some moment after ``more`` further outputs, or while it starts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    before = len(list(out.rglob("*_x2.png")))
    while process.poll() is None and len(list(out.rglob("*_x2.png"))) < before + more:
        time.sleep(0.005)
    time.sleep(random_.uniform(0, 0.05))
    process.send_signal(signal.SIGKILL)
    process.wait()


def check_killed_and_resumed(tmp_path: Path, weights: Path, count: int, kills: int, workers: int) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    make_tree(source, count)
    random_ = random.Random(count)
    command = [sys.executable, "-m", "srcnn", "upscale", str(source), "-r", "-o", str(out), "--resume"]
    command += ["--model", str(weights), "--workers", str(workers)]
    made: dict[Path, tuple[int, int]] = {}

    def look() -> None:
        for path in out.rglob("*_x2.png"):
            with Image.open(path) as image:
                image.load()  # raises if it is not whole
                assert image.size == (64, 48)
            status = path.stat()
            # The same file as when it was first seen.
            assert made.setdefault(path, (status.st_ino, status.st_mtime_ns)) == (
                status.st_ino,
                status.st_mtime_ns,
            )

    for _ in range(kills):
        run_until_killed(command, out, random_.randrange(count // kills), random_)
        look()
    assert len(made) > 0
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["failed"] == 0
    assert answer["done"] + answer["skipped"] == count
    look()
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()) == sorted(
        [NAME]
        + [
            path.relative_to(source).with_name(f"{path.stem}_x2.png").as_posix()
            for path in source.rglob("*.png")
        ]
    )


def test_killed_and_resumed(tmp_path: Path, weights: Path):
    check_killed_and_resumed(tmp_path, weights, count=12, kills=2, workers=1)


@pytest.mark.slow
def test_three_hundred_pictures_killed_ten_times(tmp_path: Path, weights: Path):
    check_killed_and_resumed(tmp_path, weights, count=300, kills=10, workers=2)
