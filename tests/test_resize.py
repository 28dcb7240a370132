from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.errors import UsageError
from srcnn.files import read_pixels
from srcnn.resize import KERNELS, Kernel, ResizeBorder, imresize


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_matlab_made_lr_images_to_the_bit(data_root: Path, scale: int) -> None:
    # LR made by MATLAB's imresize(HR, 1/scale, 'bicubic') on uint8 RGB, by a version that clamps at borders;
    # the files are named as in the data of SelfExSR (Huang et al., CVPR 2015).
    pairs = sorted((data_root / "matlab" / "Set5" / f"SRF_{scale}").glob("*_HR.png"))
    assert len(pairs) == 5
    for hr in pairs:
        lr = read_pixels(hr.with_name(hr.name.replace("_HR", "_LR")))
        ours = imresize(read_pixels(hr), 1 / scale, border="replicate")
        assert ours.shape == lr.shape
        assert np.count_nonzero(ours != lr) == 0


def by_definition(line: np.ndarray, out: int, scale: float) -> list[float]:
    """One axis, sample by sample, as Keys' formula reads; mirrored at the edges."""

    def cubic(x: float) -> float:
        x = abs(x)
        if x <= 1:
            return 1.5 * x**3 - 2.5 * x**2 + 1
        return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0.0

    n, shrink, samples = len(line), min(scale, 1.0), []
    for i in range(out):
        centre = (i + 0.5) / scale - 0.5
        reach = range(int(centre - 2 / shrink) - 2, int(centre + 2 / shrink) + 3)
        weights = [cubic((centre - j) * shrink) for j in reach]
        values = [line[j % (2 * n) if j % (2 * n) < n else 2 * n - 1 - j % (2 * n)] for j in reach]
        samples.append(sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights))
    return samples


@given(
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    scale=st.sampled_from([2, 3, 4, 1.7, 0.5, 1 / 3, 0.31]),
)
def test_bicubic_is_keys_formula(height: int, width: int, scale: float) -> None:
    image = np.random.default_rng(height).random((height, width))
    resized = imresize(image, scale)
    columns = np.array([by_definition(row, resized.shape[1], scale) for row in image])
    both = np.array([by_definition(column, resized.shape[0], scale) for column in columns.T]).T
    assert np.abs(resized - both).max() < 1e-12


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    scale=st.sampled_from([2, 3, 1.37, 0.5, 0.4]),
    kind=st.sampled_from(["uint8", "uint16", "float32", "float64"]),
    channels=st.sampled_from([None, 1, 3]),
    data=st.data(),
)
def test_a_window_is_cut_from_the_whole_to_the_bit(
    height: int, width: int, scale: float, kind: str, channels: int | None, data: st.DataObject
) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    image = np.random.default_rng(width).random(shape) * (1 if kind.startswith("float") else 255)
    image = image.astype(kind)
    whole = imresize(image, scale)
    window = []
    for side in whole.shape[:2]:
        start = data.draw(st.integers(0, side - 1))
        window.append(slice(start, data.draw(st.integers(start + 1, side))))
    part = imresize(image, scale, window=(window[0], window[1]))
    assert part.dtype == image.dtype
    assert np.array_equal(part, whole[window[0], window[1]])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("border", ["symmetric", "replicate"])
@pytest.mark.parametrize("scale", [0.37, 1.0, 2.5])
def test_a_flat_picture_stays_flat(kernel: Kernel, border: ResizeBorder, scale: float) -> None:
    for flat in (np.full((7, 9, 3), 201, np.uint8), np.full((7, 9), 60001, np.uint16)):
        resized = imresize(flat, scale, kernel=kernel, border=border)
        assert (resized == flat.flat[0]).all()


def test_scale_one_changes_nothing() -> None:
    image = np.random.default_rng(0).random((6, 5, 2))
    for kernel in KERNELS:
        assert np.abs(imresize(image, 1.0, kernel=kernel) - image).max() < 1e-15


def test_integers_are_rounded_half_up_and_clipped_in_both_passes() -> None:
    edge = np.zeros((8, 8), np.uint8)
    edge[:, 4:] = 255
    floats = imresize(edge.astype(np.float64), 2)
    assert floats.min() < 0 < 255 < floats.max()  # cubic overshoots
    assert np.array_equal(imresize(edge, 2), np.clip(np.floor(floats + 0.5), 0, 255))
    noise = np.random.default_rng(0).integers(0, 256, (9, 9)).astype(np.uint8)
    tall = np.clip(np.floor(imresize(noise.astype(float), shape=(18, 9)) + 0.5), 0, 255)
    both = np.clip(np.floor(imresize(tall, shape=(18, 18)) + 0.5), 0, 255)
    assert np.array_equal(imresize(noise, 2), both)
    assert not np.array_equal(np.floor(imresize(noise.astype(float), 2) + 0.5), both)


def test_shape_and_scale() -> None:
    image = np.zeros((7, 10), np.float32)
    assert imresize(image, 1 / 3).shape == (3, 4)  # ceil, as MATLAB
    assert imresize(image, shape=(5, 30)).shape == (5, 30)
    assert imresize(image, 2, shape=(13, 20)).shape == (13, 20)


def test_antialiasing_is_for_shrinking() -> None:
    image = np.random.default_rng(0).random((12, 12))
    assert np.array_equal(imresize(image, 3, antialias=False), imresize(image, 3))
    assert not np.allclose(imresize(image, 1 / 3, antialias=False), imresize(image, 1 / 3))


def test_what_cannot_be_meant() -> None:
    image = np.zeros((4, 4))
    for scale in (0, -1, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="positive scale"):
            imresize(image, scale)
    with pytest.raises(UsageError, match="got neither"):
        imresize(image)
    with pytest.raises(UsageError, match="at least 1x1"):
        imresize(image, shape=(0, 4))
    with pytest.raises(UsageError, match="expected a kernel"):
        imresize(image, 2, kernel="cubic")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("shape", "first"), [((50, 12), 1), ((12, 50), 0)])
def test_whole_numbers_are_rounded_after_the_side_with_the_smaller_scale(
    shape: tuple[int, int], first: int
) -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 30), np.uint8)
    between = (image.shape[0], shape[1]) if first else (shape[0], image.shape[1])
    assert np.array_equal(imresize(image, shape=shape), imresize(imresize(image, shape=between), shape=shape))
