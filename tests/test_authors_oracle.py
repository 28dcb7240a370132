"""The authors' own weights must score here what the authors published, under their protocol.

Weights: the ``.mat`` files of the released test code (mmlab.ie.cuhk.edu.hk/projects/SRCNN.html, 2014 and
2015), for academic use only: read from ``SRCNN_WEIGHTS``, never part of the project. Protocol and figures:
Dong et al., TPAMI 2016, tables 2 and 3 and section 4; to the third decimal as the authors' weights gave them
under MATLAB's rgb2ycbcr, modcrop and imresize (symmetric borders).
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from srcnn.arch import parse_architecture
from srcnn.color import luma
from srcnn.degrade import bicubic_degradation, mod_crop
from srcnn.files import list_pictures, read_pixels
from srcnn.model import Model
from srcnn.weights import ModelCard, Weights

Pixels = npt.NDArray[np.uint8]
BICUBIC = {2: 33.661, 3: 30.392, 4: 28.421}
SRCNN = [
    ("9-5-5(ImageNet)", 2, 36.656),
    ("9-5-5(ImageNet)", 3, 32.749),
    ("9-5-5(ImageNet)", 4, 30.484),
    ("9-3-5(ImageNet)", 3, 32.654),
    ("9-1-5(ImageNet)", 3, 32.515),
    ("9-1-5(91 images)", 2, 36.342),
    ("9-1-5(91 images)", 3, 32.390),
    ("9-1-5(91 images)", 4, 30.081),
]
# Butterfly at x3, per image: a wrong layout that happens to keep the mean would not keep this.
BUTTERFLY_X3 = 27.95


@pytest.mark.parametrize(("scale", "published"), BICUBIC.items())
def test_bicubic_on_set5(data_root: Path, scale: int, published: float) -> None:
    assert np.mean(scores(data_root, scale, lambda bicubic: bicubic)) == pytest.approx(published, abs=0.002)


@pytest.mark.parametrize(("name", "scale", "published"), SRCNN)
def test_the_authors_weights_on_set5(
    data_root: Path, weights_root: Path, name: str, scale: int, published: float
) -> None:
    model = Model(authors_weights(weights_root, name, scale))
    psnr = scores(data_root, scale, model)
    assert np.mean(psnr) == pytest.approx(published, abs=0.005)
    if (name, scale) == ("9-5-5(ImageNet)", 3):
        assert psnr[2] == pytest.approx(BUTTERFLY_X3, abs=0.005)


def scores(data_root: Path, scale: int, network: Callable[..., npt.NDArray[np.floating]]) -> list[float]:
    """PSNR of each picture of Set5, in order of their names."""
    psnr = []
    for picture in set5(data_root):
        hr = mod_crop(picture, scale)
        bicubic = bicubic_degradation((hr / 255).astype(np.float32), scale)
        sr = np.clip(np.floor(network(bicubic).astype(np.float64) * 255 + 0.5), 0, 255)
        inside = slice(scale, -scale)
        mse = np.mean((sr - hr)[inside, inside] ** 2)
        psnr.append(float(10 * np.log10(255**2 / mse)))
    return psnr


@cache
def set5(data_root: Path) -> list[Pixels]:
    return [luma(read_pixels(path).astype(np.uint8)) for path in list_pictures(data_root / "test" / "Set5")]


def authors_weights(weights_root: Path, name: str, scale: int) -> Weights:
    """conv1 (f1^2, n1), conv2 (n1, f2^2, n2), conv3 (n2, f3^2): kernels column by column."""
    scipy_io = pytest.importorskip("scipy.io")
    arrays = scipy_io.loadmat(weights_root / "authors" / name / f"x{scale}.mat")
    architecture = parse_architecture(name.split("(")[0], border="replicate")
    flat = (
        arrays["weights_conv1"].T[:, None],  # (n1, 1, f1^2)
        arrays["weights_conv2"].transpose(2, 0, 1),  # (n2, n1, f2^2)
        arrays["weights_conv3"][None],  # (1, n2, f3^2)
    )
    kernels = tuple(
        # Reshaped row by row, a kernel written column by column comes out transposed.
        np.ascontiguousarray(array.reshape(shape).swapaxes(2, 3), np.float32)
        for array, shape in zip(flat, architecture.weight_shapes, strict=True)
    )
    biases = tuple(arrays[f"biases_conv{n}"].ravel().astype(np.float32) for n in (1, 2, 3))
    return Weights(kernels, biases, architecture, ModelCard(f"authors-{name}-x{scale}", scale))
