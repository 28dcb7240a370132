from pathlib import Path

import numpy as np
import pytest
from support import TinyWeights

from srcnn.errors import DataError, ImageError
from srcnn.evaluation import evaluate
from srcnn.evaluation.save_images import saved_pictures
from srcnn.files import Picture, read_pixels, write_picture


@pytest.fixture
def folder(tmp_path: Path, picture) -> Path:
    path = tmp_path / "good"
    path.mkdir()
    write_picture(Picture(picture), path / "colour_GT.png")
    write_picture(Picture(picture[:40, :, 1]), path / "grey.png")
    return path


@pytest.fixture
def made(folder: Path, tmp_path: Path, tiny_weights: TinyWeights) -> Path:
    """The network's own results as files, called after somebody else's habits."""
    with saved_pictures(tmp_path / "saved") as keep:
        evaluate(tiny_weights(), folder, 3, keep=keep)
    path = tmp_path / "made"
    path.mkdir()
    for name in ("colour", "grey"):
        (source,) = (tmp_path / "saved").glob(f"{name}*_srcnn.png")
        source.rename(path / f"{name}_x3.png")
    return path


def test_files_measure_as_what_they_hold(folder: Path, made: Path, tiny_weights: TinyWeights) -> None:
    result = evaluate(tiny_weights(), folder, 3, outputs={"theirs": made})
    for image in result.images:
        assert image.methods["theirs"] == image.methods["srcnn"]
    assert "theirs" in str(result)
    alone = evaluate(None, folder / "grey.png", 3, outputs={"theirs": made / "grey_x3.png"})
    assert alone.images[0].methods["theirs"] == result.images[1].methods["srcnn"]


def test_colours_and_whole_sizes(folder: Path, tmp_path: Path, picture) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for name in ("colour", "grey"):  # the good pictures themselves: not cut, the grey one in colours
        pixels = picture if name == "colour" else np.repeat(picture[:40, :, 1:2], 3, axis=2)
        write_picture(Picture(pixels), made / f"{name}.png")
    for protocol in ("authors", "full-range", "colour-ycbcr", "colour-rgb"):
        result = evaluate(None, folder, 2, outputs={"theirs": made}, protocol=protocol, metrics=["mse"])
        assert [image.methods["theirs"]["mse"] for image in result.images] == [0, 0]


def test_another_size_is_refused(folder: Path, made: Path) -> None:
    pixels = read_pixels(made / "grey_x3.png")
    write_picture(Picture(pixels[:-1]), made / "grey_x3.png")
    with pytest.raises(
        DataError, match=r"expected 36x39 pixels as its reference, got 36x38 in .*grey_x3"
    ) as e:
        evaluate(None, folder, 3, outputs={"theirs": made})
    assert "\n" not in str(e.value)


def test_a_picture_without_an_output_is_no_smaller_set(folder: Path, made: Path, tmp_path: Path) -> None:
    (made / "grey_x3.png").unlink()
    with pytest.raises(DataError, match=r"got none for grey\.png"):
        evaluate(None, folder, 3, outputs={"theirs": made})
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageError, match="empty"):
        evaluate(None, folder, 3, outputs={"theirs": tmp_path / "empty"})
