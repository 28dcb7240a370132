import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import TinyWeights

import srcnn.zoo
from srcnn.errors import UsageError
from srcnn.files import Picture, WriteOptions, read_picture, read_pixels, write_picture
from srcnn.jobs import JobResult, Naming, Request, RestoreOptions, run_files
from srcnn.restoration import restore
from srcnn.weights import save_weights


@pytest.fixture
def shipped(
    tiny_weights: TinyWeights, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The name of weights for qualities 20 and 60, and with "-blur1.6" for a blur."""
    folder = tmp_path_factory.mktemp("zoo")
    monkeypatch.setenv("SRCNN_MODELS", str(folder))
    for seed, name in enumerate(("jpeg20", "jpeg60", "blur1.6")):
        weights = tiny_weights(scale=None, seed=seed)
        card = replace(weights.card, name=f"3-1-3-{name}", task="restore", luma_range="full")
        save_weights(replace(weights, card=card), folder / f"3-1-3-{name}.safetensors")
    return "3-1-3"


@pytest.fixture
def pictures(tmp_path: Path, picture: np.ndarray) -> Path:
    """A folder of JPEGs of qualities 20, 60 and 90, written by Pillow, and one of PNG."""
    folder = tmp_path / "in"
    folder.mkdir()
    for quality in (20, 60, 90):
        Image.fromarray(picture).save(folder / f"q{quality}.jpg", quality=quality)
    write_picture(Picture(picture), folder / "never.png")
    return folder


def run(source: Path, target: Path, model: str, **options: Any) -> JobResult:
    (result,) = run_files(Request([source], target), RestoreOptions(model, **options)).results
    return result


@pytest.mark.parametrize(("quality", "name"), [(20, "jpeg20"), (60, "jpeg60")])
def test_the_files_own_quality_chooses_the_weights(
    tmp_path: Path, pictures: Path, shipped: str, quality: int, name: str
):
    source = pictures / f"q{quality}.jpg"
    result = run(source, tmp_path / "out.png", shipped)
    assert (result.error, result.width, result.height) == (None, 37, 48)
    assert result.notes == (f"JPEG of quality {quality}, restored with {shipped}-{name}",)
    expected = restore(read_pixels(source), model=f"{shipped}-{name}")
    np.testing.assert_array_equal(read_pixels(tmp_path / "out.png"), expected)
    assert (expected != read_pixels(source)).any()


def test_what_was_never_a_jpeg_is_refused_unless_told(tmp_path: Path, pictures: Path, shipped: str):
    source, target = pictures / "never.png", tmp_path / "out.png"
    error = run(source, target, shipped).error
    assert error is not None
    assert "expected a JPEG" in error
    assert "--damage-quality" in error
    assert not target.exists()
    assert run(source, target, shipped, quality_of=20).notes == (
        f"JPEG of quality 20, restored with {shipped}-jpeg20",
    )
    np.testing.assert_array_equal(
        read_pixels(target), restore(read_pixels(source), model=f"{shipped}-jpeg20")
    )
    blurred = run(source, tmp_path / "sharp.png", f"{shipped}-blur1.6")
    assert blurred.notes == (f"restored with {shipped}-blur1.6",)
    np.testing.assert_array_equal(
        read_pixels(tmp_path / "sharp.png"), restore(read_pixels(source), model=f"{shipped}-blur1.6")
    )


def test_what_is_said_by_hand_goes_before_the_files_tables(tmp_path: Path, pictures: Path, shipped: str):
    result = run(pictures / "q90.jpg", tmp_path / "out.png", shipped, quality_of=20)
    assert result.notes == (f"JPEG of quality 20, restored with {shipped}-jpeg20",)


def test_a_better_jpeg_than_the_best_is_copied_to_the_byte(tmp_path: Path, pictures: Path, shipped: str):
    source = pictures / "q90.jpg"
    result = run(source, tmp_path / "deep" / "out.JPEG", shipped)
    assert (result.status, result.width, result.height) == ("done", 37, 48)
    assert result.notes == ("left as it is: its quality of 90 is above 60, the best that is restored",)
    assert (tmp_path / "deep" / "out.JPEG").read_bytes() == source.read_bytes()
    assert "left as it is" in run(source, tmp_path / "out.png", shipped).notes[0]
    np.testing.assert_array_equal(read_pixels(tmp_path / "out.png"), read_pixels(source))


def test_left_alone_in_place_is_not_touched_at_all(pictures: Path, shipped: str):
    source = pictures / "q90.jpg"
    os.utime(source, (1, 1))
    request = Request([source], None, in_place=True)
    (result,) = run_files(request, RestoreOptions(shipped)).results
    assert result.status == "done"
    assert source.stat().st_mtime == 1


def test_nothing_is_copied_from_a_file_that_is_cut_off(tmp_path: Path, pictures: Path, shipped: str):
    source = pictures / "q90.jpg"
    source.write_bytes(source.read_bytes()[:-300])
    result = run(source, tmp_path / "out.jpg", shipped)
    assert "q90.jpg" in (result.error or "")
    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize("quality", [20, 90])
def test_little_memory_changes_no_pixel(
    tmp_path: Path, pictures: Path, shipped: str, quality: int, capfd: pytest.CaptureFixture[str]
):
    source = pictures / f"q{quality}.jpg"
    for memory, name in ((None, "much.png"), (100, "little.png")):
        assert run(source, tmp_path / name, shipped, max_memory=memory).error is None
    assert "scratch file" in capfd.readouterr().err
    assert (tmp_path / "little.png").read_bytes() == (tmp_path / "much.png").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "little.png", "much.png"]


def test_metadata_go_even_where_nothing_is_restored(tmp_path: Path, picture: np.ndarray, shipped: str):
    exif = Image.Exif()
    exif[0x010E] = "a name"
    Image.fromarray(picture).save(tmp_path / "in.jpg", quality=90, exif=exif)
    for strip in (False, True):
        target = tmp_path / f"{strip}.jpg"
        assert run(tmp_path / "in.jpg", target, shipped, write=WriteOptions(strip=strip)).error is None
        assert (read_picture(target).exif is None) == strip


def test_a_folder(tmp_path: Path, pictures: Path, shipped: str):
    naming = Naming("{stem}_restored{ext}", format="png")
    outcome = run_files(Request([pictures], tmp_path / "out", naming), RestoreOptions(shipped))
    assert [result.status for result in outcome.results] == ["failed", "done", "done", "done"]
    made = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert made == [f"q{q}_restored.png" for q in (20, 60, 90)]


class Stream(io.BytesIO):
    """Standard input or output as `sys` has it: bytes under ``buffer``."""

    @property
    def buffer(self) -> "Stream":
        return self


@pytest.mark.parametrize(("quality", "suffix"), [(20, "png"), (90, "jpg"), (90, "png")])
def test_from_standard_input_to_standard_output(
    pictures: Path, shipped: str, monkeypatch: pytest.MonkeyPatch, quality: int, suffix: str
):
    source = pictures / f"q{quality}.jpg"
    out = Stream()
    monkeypatch.setattr("sys.stdin", Stream(source.read_bytes()))
    monkeypatch.setattr("sys.stdout", out)
    request = Request(["-"], "-", Naming(format=suffix))
    (result,) = run_files(request, RestoreOptions(shipped)).results
    assert result.error is None
    if suffix == "jpg":  # too good: handed on as it came
        assert out.getvalue() == source.read_bytes()
        return
    expected = read_pixels(source)
    if quality == 20:
        expected = restore(expected, 20, model=shipped)
    np.testing.assert_array_equal(read_pixels(io.BytesIO(out.getvalue())), expected)


def test_in_several_processes(tmp_path: Path, pictures: Path, shipped: str):
    # By a path: other processes know the weights that are shipped in truth.
    options = RestoreOptions(str(srcnn.zoo.models_folder() / f"{shipped}-jpeg20.safetensors"))
    request = Request([pictures], tmp_path / "out", workers=2)
    assert run_files(request, options).count("done") == 4


@pytest.mark.parametrize(
    "change", [{"model": "7-7-7"}, {"engine": "abacus"}, {"quality_of": 0}, {"quality_of": 101}]
)
def test_nothing_is_done_before_the_options_are_understood(
    tmp_path: Path, pictures: Path, shipped: str, change: dict[str, Any]
):
    options: dict[str, Any] = {"model": shipped} | change
    with pytest.raises(UsageError):
        run_files(Request([pictures], tmp_path / "out"), RestoreOptions(**options))
    assert not (tmp_path / "out").exists()


def test_weights_to_enlarge_are_refused(tmp_path: Path, pictures: Path, shipped: str, tiny_weights):
    save_weights(tiny_weights(), tmp_path / "x2.safetensors")
    with pytest.raises(UsageError, match="expected a model that restores"):
        run_files(Request([pictures], tmp_path / "out"), RestoreOptions(str(tmp_path / "x2.safetensors")))
