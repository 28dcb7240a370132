"""Other people's weights, imported from their own files, must score what is known of them.

Weights: ``SRCNN_WEIGHTS`` (never part of the project; the authors' are for academic use only). Figures of the
authors' files: Dong et al., TPAMI 2016, to the third decimal as their weights gave them under MATLAB's
rgb2ycbcr, modcrop and imresize. Figures of the others: measured on the same protocol, to a tenth of a decibel
where they were taken on slightly smaller areas; a network for full-range luma gets studio range as it is.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from srcnn.evaluation import evaluate
from srcnn.model import Model
from srcnn.weight_formats import export_weights, import_weights
from srcnn.weight_formats.conventions import ORIGINS
from srcnn.weights import Weights

pytest.importorskip("scipy")

AUTHORS = [
    # file, scale, Set5 PSNR and SSIM, Set14 PSNR and SSIM
    ("9-5-5(ImageNet)", 2, 36.656, 0.9542, 32.454, 0.9067),
    ("9-5-5(ImageNet)", 3, 32.749, 0.9090, 29.292, 0.8215),
    ("9-5-5(ImageNet)", 4, 30.484, 0.8628, 27.502, 0.7513),
    ("9-3-5(ImageNet)", 3, 32.654, 0.9087, 29.237, 0.8197),
    ("9-1-5(ImageNet)", 3, 32.515, 0.9056, 29.131, 0.8165),
    ("9-1-5(91 images)", 2, 36.342, None, 32.176, None),
    ("9-1-5(91 images)", 3, 32.390, None, 29.003, None),
    ("9-1-5(91 images)", 4, 30.081, None, 27.202, None),
]
PER_IMAGE = {
    2: {"baby": 38.54, "bird": 40.91, "butterfly": 32.75, "head": 35.72, "woman": 35.36},
    3: {"baby": 35.25, "bird": 35.48, "butterfly": 27.95, "head": 33.71, "woman": 31.36},
    4: {"baby": 33.13, "bird": 32.52, "butterfly": 25.45, "head": 32.44, "woman": 28.88},
}
OTHERS = [
    # file, origin, scale, figure, within
    ("fuyongXu/best.pth", "fuyongXu", 3, 32.660, 0.001),
    ("yukia18/srcnn_weight.hdf5", "yukia18", 3, 30.337, 0.001),
    ("jartap99/srcnn_915_lr0.0001_epochs300-400.h5", "jartap99", 3, 30.5, 0.1),
    ("Ling1304/SRCNN_x3.pth", "Ling1304", 3, 30.8, 0.1),
    ("Ling1304/SRCNN_model_2000.pth", "Ling1304", 2, 33.7, 0.1),
    ("kymikim0401/model.pth", "kymikim0401", 2, 33.0, 0.1),
    ("kymikim0401/model.pth", "kymikim0401", 3, 30.7, 0.1),
    ("kymikim0401/model.pth", "kymikim0401", 4, 28.4, 0.1),
    ("nikitaoltyan/checkpoint.pth", "nikitaoltyan", 2, 33.3, 0.1),
    ("nikitaoltyan/checkpoint.pth", "nikitaoltyan", 3, 30.3, 0.1),
    ("nikitaoltyan/checkpoint.pth", "nikitaoltyan", 4, 28.5, 0.1),
]


def authors_file(root: Path, name: str, scale: int) -> Path:
    return root / "authors" / name / f"x{scale}.mat"


@pytest.mark.parametrize(("name", "scale", "psnr", "ssim", "_psnr14", "_ssim14"), AUTHORS)
def test_the_authors_files_on_set5(data_root, weights_root, name, scale, psnr, ssim, _psnr14, _ssim14):
    weights = import_weights(authors_file(weights_root, name, scale))
    assert weights.card.scale == scale
    result = evaluate(weights, data_root / "test" / "Set5", scale)
    assert result.mean["srcnn"]["psnr"] == pytest.approx(psnr, abs=0.005)
    if ssim is not None:
        assert result.mean["srcnn"]["ssim"] == pytest.approx(ssim, abs=0.00005)
    if name == "9-5-5(ImageNet)":
        for image in result.images:
            assert image.methods["srcnn"]["psnr"] == pytest.approx(
                PER_IMAGE[scale][image.name.removesuffix("_GT")], abs=0.0051
            )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scale", "_psnr5", "_ssim5", "psnr", "ssim"), AUTHORS)
def test_the_authors_files_on_set14(data_root, weights_root, name, scale, _psnr5, _ssim5, psnr, ssim):
    weights = import_weights(authors_file(weights_root, name, scale))
    mean = evaluate(weights, data_root / "test" / "Set14", scale).mean["srcnn"]
    assert mean["psnr"] == pytest.approx(psnr, abs=0.005)
    if ssim is not None:
        assert mean["ssim"] == pytest.approx(ssim, abs=0.00005)


@pytest.mark.parametrize(("file", "origin", "scale", "psnr", "within"), OTHERS)
def test_other_implementations_on_set5(data_root, weights_root, file, origin, scale, psnr, within):
    pytest.importorskip("torch" if file.endswith("pth") else "h5py")
    weights = import_weights(weights_root / file, origin=origin, luma_range="studio")
    result = evaluate(weights, data_root / "test" / "Set5", scale)
    assert result.mean["srcnn"]["psnr"] == pytest.approx(psnr, abs=within)


def test_a_caffe_model_and_the_mat_made_from_it_are_the_same(data_root, weights_root):
    folder = weights_root / "Junhyun-Nam-Olin"
    caffe, mat = (import_weights(folder / f"train_y_full{end}") for end in (".caffemodel", "_x3.mat"))
    assert caffe.digest == mat.digest
    assert import_weights(folder / "train_y_full.caffemodel", transpose=False).digest != mat.digest
    assert evaluate(caffe, data_root / "test" / "Set5", 3).mean["srcnn"]["psnr"] == pytest.approx(
        32.104, abs=0.001
    )


def test_three_planes(weights_root):
    weights = import_weights(weights_root / "Junhyun-Nam-Olin" / "train_rgb_full_x3.mat")
    assert (weights.architecture.channels, weights.card.color, weights.card.scale) == (3, "rgb", 3)
    # A wrong order of its axes would not carry an even grey through.
    grey = np.full((3, 20, 20), 0.5, np.float32)
    np.testing.assert_allclose(Model(weights)(grey)[:, 8:12, 8:12], 0.5, atol=0.02)


@cache
def every_file(root: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in root.rglob("*.*") if path.is_file() and path.suffix != ".md"))


def test_every_file_goes_out_and_in_again_bit_for_bit(weights_root, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("h5py")
    files = every_file(weights_root)
    assert len(files) == 18
    for file in files:
        origin = file.parent.name if file.parent.name in ORIGINS else None
        weights = import_weights(file, origin=origin)
        for suffix in ("pth", "h5", "mat"):
            if suffix == "mat" and weights.card.input_range != 1:
                continue  # its biases are divided
            done = export_weights(weights, tmp_path / f"x.{suffix}")
            read = import_weights(done.path)
            assert arrays(read) == arrays(weights), file
        assert "within" in export_weights(weights, tmp_path / "x.onnx").checked


def arrays(weights: Weights) -> list[bytes]:
    return [array.tobytes() for array in (*weights.kernels, *weights.biases)]


def test_what_the_wrong_border_costs(data_root, weights_root):
    """As published: zeros at the edges of the authors' weights, Set5: 28.39 at x2, 29.97 at x3."""
    weights = import_weights(authors_file(weights_root, "9-5-5(ImageNet)", 2), border="zero")
    result = evaluate(weights, data_root / "test" / "Set5", 2)
    assert result.mean["srcnn"]["psnr"] == pytest.approx(28.39, abs=0.01)
