"""Pictures that do not fit into the memory they may take."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.files import Picture, WriteOptions, read_pixels, write_picture
from srcnn.jobs import Job, Request, UpscaleOptions, change_picture, run_files
from srcnn.scales import Size
from srcnn.tiling import BLOCK


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A picture of 120x80 pixels with transparency, 16 bits deep."""
    pixels = np.random.default_rng(0).integers(0, 65536, (80, 120, 4), np.uint16)
    pixels[20:50, 30:100, 3] = 0
    write_picture(Picture(pixels), tmp_path / "a.png")
    return tmp_path / "a.png"


@pytest.mark.parametrize("size", [Size(scale=2), Size(scale=5)])  # the second in two steps
def test_scratch_files_change_no_bit_and_leave_nothing(
    tmp_path: Path, source: Path, weights: Path, size: Size, capfd: pytest.CaptureFixture[str]
):
    def upscale(target: str, max_memory: int | None) -> None:
        options = UpscaleOptions(size, model=weights, max_memory=max_memory)
        (result,) = run_files(Request([source], tmp_path / target), options).results
        assert result.error is None

    upscale("memory.tif", None)
    assert capfd.readouterr().err == ""
    upscale("scratch.tif", 10_000)
    notes = capfd.readouterr().err.splitlines()
    # The picture, a step between, and the result.
    assert len(notes) == (2 if size.scale == 2 else 3)
    assert all(f"pixels lie in a scratch file of 0.0 GB in {tmp_path}" in line for line in notes)
    assert (tmp_path / "memory.tif").read_bytes() == (tmp_path / "scratch.tif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "memory.tif", "scratch.tif"]


def test_a_part_of_it_equals_the_same_part_alone(tmp_path: Path, weights: Path):
    pixels = np.random.default_rng(1).integers(0, 256, (400, 300, 3), np.uint8)
    write_picture(Picture(pixels), tmp_path / "a.png")
    options = UpscaleOptions(model=weights, max_memory=30_000)
    run_files(Request([tmp_path / "a.png"], tmp_path / "b.png"), options)
    part = pixels[:200]
    write_picture(Picture(part), tmp_path / "part.png")
    run_files(Request([tmp_path / "part.png"], tmp_path / "c.png"), UpscaleOptions(model=weights))
    # All but what the cut edge changes: the halo, and the two pixels that bicubic looks at.
    inner = 400 - 2 * (2 + 2)
    np.testing.assert_array_equal(
        read_pixels(tmp_path / "b.png")[:inner], read_pixels(tmp_path / "c.png")[:inner]
    )


def test_a_failure_leaves_no_scratch_file(tmp_path: Path, source: Path, weights: Path):
    options = UpscaleOptions(Size(longest=100), model=weights, max_memory=1000)
    (result,) = run_files(Request([source], tmp_path / "b.png"), options).results
    assert "smaller than 100 pixels to enlarge, got one of 120x80" in (result.error or "")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


class Hungry:
    """Runs out of memory unless it may work with small tiles in files."""

    def __init__(self) -> None:
        self.tried: list[int | None] = []

    def shape(self, picture: Picture) -> tuple[int, ...]:
        return picture.pixels.shape

    def __call__(
        self, picture: Picture, progress: Any, empty: Any, tile: int | None
    ) -> tuple[Any, tuple[str, ...]]:
        self.tried.append(tile)
        result = empty(picture.pixels.shape, picture.pixels.dtype)
        if not isinstance(result, np.memmap):
            raise MemoryError
        result[:] = picture.pixels
        return result, ()


def test_memory_that_runs_out_is_tried_again_with_less(tmp_path: Path, source: Path):
    change = Hungry()
    job = Job(source, tmp_path / "b.png", tmp_path)
    change_picture(job, change, lambda part: None, write=WriteOptions(), memory=2**30)
    assert change.tried == [None, BLOCK]
    np.testing.assert_array_equal(read_pixels(tmp_path / "b.png"), read_pixels(source))


def test_too_little_room_on_the_disk_is_known_before_the_work(
    tmp_path: Path, source: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("srcnn.jobs.upscale_job.upscale", lambda *_, **__: pytest.fail("the work was begun"))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    options = UpscaleOptions(model=weights, max_memory=1000)
    (result,) = run_files(Request([source], tmp_path / "b.png"), options).results
    assert "expected room for the scratch file" in (result.error or "")
