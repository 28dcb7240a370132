from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import TinyWeights
from test_authors_oracle import authors_weights

import srcnn
from srcnn.color import luma, rounded
from srcnn.data.planes import usable_pixels
from srcnn.errors import DataError, ImageError, UsageError
from srcnn.evaluation import AUTHORS, evaluate
from srcnn.files import Picture, write_picture
from srcnn.metrics import psnr, ssim
from srcnn.model import Model, load_model
from srcnn.resize import imresize
from srcnn.weights import save_weights

# Bicubic Y PSNR and SSIM under the authors' protocol: MATLAB's rgb2ycbcr, modcrop and imresize (symmetric
# borders) on these images; rounded, they are the paper's Tables 2 and 3.
BICUBIC = [
    ("Set5", 2, 33.661, 0.9299),
    ("Set5", 3, 30.392, 0.8682),
    ("Set5", 4, 28.421, 0.8104),
    ("Set14", 3, 27.541, 0.7736),
]
# The authors' released 9-5-5 under the same protocol.
AUTHORS_9_5_5 = [(2, 36.656, 0.9542), (3, 32.749, 0.9090), (4, 30.484, 0.8628)]
AUTHORS_PER_IMAGE = {2: [38.54, 40.91, 32.75, 35.72, 35.36], 4: [33.13, 32.52, 25.45, 32.44, 28.88]}


@pytest.fixture
def folder(tmp_path: Path, picture) -> Path:
    """Two pictures, colour and grey, with sides that are no multiples of 2 and 3."""
    path = tmp_path / "pictures"
    path.mkdir()
    write_picture(Picture(picture), path / "colour.png")
    write_picture(Picture(picture[::-1, :, 1]), path / "grey.png")
    return path


@pytest.mark.parametrize(("name", "scale", "expected_psnr", "expected_ssim"), BICUBIC)
def test_bicubic_is_the_papers(
    data_root: Path,
    tiny_weights: TinyWeights,
    name: str,
    scale: int,
    expected_psnr: float,
    expected_ssim: float,
) -> None:
    result = evaluate(tiny_weights(), data_root / "test" / name, scale)
    assert result.mean["bicubic"]["psnr"] == pytest.approx(expected_psnr, abs=0.002)
    assert round(result.mean["bicubic"]["ssim"], 4) == expected_ssim
    assert any(row.method == "srcnn 9-5-5" for row in result.published)


@pytest.mark.parametrize(("scale", "expected_psnr", "expected_ssim"), AUTHORS_9_5_5)
def test_the_authors_weights_score_what_they_should(
    data_root: Path, weights_root: Path, scale: int, expected_psnr: float, expected_ssim: float
) -> None:
    weights = authors_weights(weights_root, "9-5-5(ImageNet)", scale)
    result = evaluate(weights, data_root / "test" / "Set5", scale)
    assert result.mean["srcnn"]["psnr"] == pytest.approx(expected_psnr, abs=0.005)
    assert round(result.mean["srcnn"]["ssim"], 4) == expected_ssim
    if scale in AUTHORS_PER_IMAGE:
        measured = [image.methods["srcnn"]["psnr"] for image in result.images]
        assert measured == pytest.approx(AUTHORS_PER_IMAGE[scale], abs=0.01)


def test_each_step_by_hand(folder: Path, picture, tiny_weights: TinyWeights) -> None:
    weights = tiny_weights(scale=3)
    hr = luma(picture[:48, :36])  # 48x37 cut to multiples of 3
    bicubic = imresize(imresize(hr / 255, 1 / 3), 3)
    network = Model(weights, "numpy")(bicubic)
    expected = {}
    for method, plane in (("bicubic", bicubic), ("srcnn", network)):
        levels = np.clip(np.floor(plane.astype(np.float64) * 255 + 0.5), 0, 255).astype(np.uint8)
        cut = (hr[3:-3, 3:-3], levels[3:-3, 3:-3])
        expected[method] = {
            "psnr": psnr(*cut, data_range=255, crop_border=0),
            "ssim": ssim(*cut, data_range=255, crop_border=0),
        }
    result = evaluate(weights, folder, 3, engine="numpy")
    assert result.images[0].name == "colour"
    assert result.images[0].methods == expected
    assert (result.protocol, result.scale, result.model) == (AUTHORS, 3, "tiny-3-1-3-x3")
    assert (result.set, result.architecture, result.digest) == ("pictures", "3-1-3", weights.digest)


def test_a_grey_picture_is_its_own_luma(folder: Path, picture, tiny_weights: TinyWeights) -> None:
    grey = picture[::-1, :36, 1]
    levels = rounded(imresize(imresize(grey / 255, 1 / 2), 2))
    expected = psnr(grey, levels, data_range=255, crop_border=2)
    assert evaluate(tiny_weights(), folder, 2).images[1].methods["bicubic"]["psnr"] == expected


def test_rounding_is_half_up_and_keeps_what_is_no_number() -> None:
    plane = np.array([[-0.1, 0.5 / 255, 1.5 / 255, 2.49 / 255, 1.1]])
    assert rounded(plane).tolist() == [[0, 1, 2, 2, 255]]
    assert np.isnan(rounded(np.array([[np.nan]]))).all()


def test_models_by_file_and_as_objects_give_the_same(
    folder: Path, tmp_path: Path, tiny_weights: TinyWeights
) -> None:
    weights = tiny_weights()
    save_weights(weights, tmp_path / "tiny.safetensors")
    results = [
        srcnn.evaluate(model, folder, 2).to_json()
        for model in (tmp_path / "tiny.safetensors", weights, load_model(weights))
    ]
    assert results[0] == results[1] == results[2]


def test_a_set_is_found_by_its_name(
    folder: Path, tmp_path: Path, tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SRCNN_DATA", str(tmp_path))
    assert evaluate(tiny_weights(), "PICTURES", 2).set == "pictures"
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "Set5").symlink_to(folder, target_is_directory=True)
    for data in ("Set5", tmp_path / "sets" / "Set5", folder / ".." / "sets" / "Set5"):
        assert evaluate(tiny_weights(), data, 2).set == "Set5"
    monkeypatch.chdir(folder)
    assert evaluate(tiny_weights(), ".", 2).set == "pictures"
    with pytest.raises(DataError, match=r"expected a picture, a folder of pictures, or the name .* Set99"):
        evaluate(tiny_weights(), "Set99", 2)
    with pytest.raises(DataError, match=r"got missing\.png, which is not there"):
        evaluate(tiny_weights(), "missing.png", 2)
    monkeypatch.delenv("SRCNN_DATA")
    with pytest.raises(DataError, match="SRCNN_DATA"):
        evaluate(tiny_weights(), "pictures", 2)


def test_progress_and_equal_names(folder: Path, tiny_weights: TinyWeights, picture) -> None:
    write_picture(Picture(picture), folder / "grey.tif")
    seen: list[tuple[int, int]] = []
    result = evaluate(tiny_weights(), folder, 2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert [image.name for image in result.images] == ["colour", "grey.png", "grey.tif"]


@pytest.mark.parametrize("scale", [1, 0, -2, 2.5, float("nan"), float("inf")])
def test_a_scale_that_cannot_be_evaluated(folder: Path, tiny_weights: TinyWeights, scale: float) -> None:
    with pytest.raises(UsageError, match=r"whole scale of at (least 2|most 100)"):
        evaluate(tiny_weights(), folder, scale)


def test_what_the_check_of_a_set_calls_usable_can_be_measured(
    tmp_path: Path, picture: np.ndarray, tiny_weights: TinyWeights
) -> None:
    opaque = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    write_picture(Picture(opaque), tmp_path / "opaque.png")
    assert usable_pixels(opaque) is not None
    results = [evaluate(tiny_weights(), tmp_path, 2).mean]
    write_picture(Picture(picture), tmp_path / "opaque.png")
    results.append(evaluate(tiny_weights(), tmp_path, 2).mean)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("pixels", "says"),
    [
        (np.zeros((40, 40, 4), np.uint8), "bad.png has transparency; evaluation needs opaque"),
        (np.zeros((40, 40, 2), np.uint8), "opaque images"),
        (np.zeros((40, 40, 3), np.uint16), "8 bits.*bad.png of 16 bits"),
        (np.zeros((14, 40, 3), np.uint8), "cannot measure .*bad.png: expected at least 11x11"),
        (np.zeros((1, 40, 3), np.uint8), "cannot measure .*bad.png: expected an image of at least 2x2"),
    ],
)
def test_a_picture_that_cannot_be_measured_is_never_left_out(
    folder: Path, tiny_weights: TinyWeights, pixels: np.ndarray, says: str
) -> None:
    write_picture(Picture(pixels), folder / "bad.png")
    with pytest.raises(DataError, match=says) as error:
        evaluate(tiny_weights(), folder, 2)
    assert "\n" not in str(error.value)


def test_folders_that_are_none(folder: Path, tmp_path: Path, tiny_weights: TinyWeights) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageError, match="empty"):
        evaluate(tiny_weights(), tmp_path / "empty", 2)
    with pytest.raises(DataError, match="not there"):
        evaluate(tiny_weights(), tmp_path / "missing", 2)
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    with pytest.raises(DataError, match="no picture"):
        evaluate(tiny_weights(), folder / "notes.txt", 2)
    with pytest.raises(DataError, match="empty name"):
        evaluate(tiny_weights(), "", 2)


def test_a_network_for_something_else_is_refused(folder: Path, tiny_weights: TinyWeights) -> None:
    with pytest.raises(UsageError, match=r"to restore .* got tiny-3-1-3-x2, which is one to upscale"):
        evaluate(tiny_weights(), folder, protocol="jpeg")
    weights = tiny_weights()
    odd = replace(weights, card=replace(weights.card, color="lab"))
    with pytest.raises(UsageError, match="'lab' with 1"):
        evaluate(odd, folder, 2)


def test_one_picture_is_a_set_of_one(folder: Path, tiny_weights: TinyWeights) -> None:
    whole = evaluate(tiny_weights(), folder, 2)
    one = evaluate(tiny_weights(), folder / "grey.png", 2)
    assert one.images == whole.images[1:]
    assert (one.set, one.published) == ("grey.png", ())
