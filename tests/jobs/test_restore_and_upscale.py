from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.enlargement import upscale
from srcnn.errors import UsageError
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.jobs import JobResult, Naming, Request, UpscaleOptions, run_files
from srcnn.restoration import restore
from srcnn.scales import Size
from srcnn.weights import save_weights


@pytest.fixture
def weights(tmp_path: Path, tiny_weights) -> Path:
    save_weights(tiny_weights(), tmp_path / "tiny.safetensors")
    return tmp_path / "tiny.safetensors"


@pytest.fixture
def pictures(tmp_path: Path, picture: np.ndarray) -> Path:
    """A folder of two JPEGs, of quality 20 and as good as there are, and a PNG."""
    folder = tmp_path / "in"
    folder.mkdir()
    for quality in (20, 100):
        Image.fromarray(picture).save(folder / f"q{quality}.jpg", quality=quality)
    write_picture(Picture(picture), folder / "never.png")
    return folder


def run(source: Path, target: Path, weights: Path, **options) -> JobResult:
    chosen = UpscaleOptions(Size(scale=2), model=str(weights), restore=True, **options)
    (result,) = run_files(Request([source], target), chosen).results
    assert result.error is None
    return result


def test_restored_first_and_then_enlarged(tmp_path: Path, pictures: Path, weights: Path):
    source = pictures / "q20.jpg"
    result = run(source, tmp_path / "out.png", weights)
    assert result.notes == ("JPEG of quality 20, restored with 9-5-5-rgb-jpeg20",)
    expected = upscale(restore(read_pixels(source), 20), 2, model=str(weights))
    np.testing.assert_array_equal(read_pixels(tmp_path / "out.png"), expected)
    other = restore(upscale(read_pixels(source), 2, model=str(weights)), 20)
    assert (expected != other).any()


@pytest.mark.parametrize(
    ("name", "why"), [("never.png", "it is no JPEG"), ("q100.jpg", "its quality of 100 is above")]
)
def test_what_is_not_restored_is_enlarged_all_the_same(
    tmp_path: Path, pictures: Path, weights: Path, name: str, why: str
):
    result = run(pictures / name, tmp_path / "out.png", weights)
    (note,) = result.notes
    assert note.startswith(f"enlarged without being restored: {why}")
    expected = upscale(read_pixels(pictures / name), 2, model=str(weights))
    np.testing.assert_array_equal(read_pixels(tmp_path / "out.png"), expected)


def test_the_quality_by_hand(tmp_path: Path, pictures: Path, weights: Path):
    result = run(pictures / "never.png", tmp_path / "out.png", weights, quality_of=10)
    assert result.notes == ("JPEG of quality 10, restored with 9-5-5-rgb-jpeg10",)
    expected = upscale(restore(read_pixels(pictures / "never.png"), 10), 2, model=str(weights))
    np.testing.assert_array_equal(read_pixels(tmp_path / "out.png"), expected)


def test_progress_never_goes_back_and_ends_whole(tmp_path: Path, pictures: Path, weights: Path):
    seen: list[float] = []
    run_files(
        Request([pictures], tmp_path / "out", Naming("{stem}_2{ext}")),
        UpscaleOptions(model=str(weights), restore=True),
        progress=lambda job, done, total: seen.append(done / total),
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_a_quality_means_nothing_without_restoring():
    with pytest.raises(UsageError, match="--damage-quality with --restore"):
        UpscaleOptions(quality_of=20)
    with pytest.raises(UsageError, match="quality of 1 to 100, got 0"):
        UpscaleOptions(restore=True, quality_of=0)
