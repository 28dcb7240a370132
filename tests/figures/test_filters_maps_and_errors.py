"""Filters, feature maps and error maps."""

from pathlib import Path

import numpy as np
import pytest
from support import TinyWeights

pytest.importorskip("matplotlib", reason="figures need the figures extra")

from srcnn.cli.arguments import open_case
from srcnn.errors import DataError, UsageError
from srcnn.evaluation import AUTHORS
from srcnn.evaluation.case import Case
from srcnn.evaluation.measurement import baseline_methods, methods_of
from srcnn.figures.error_maps import draw_errors, error_maps
from srcnn.figures.filters_and_maps import by_variance, draw_filters, draw_maps, feature_maps, mosaic
from srcnn.figures.plot import apart, check_drawn, save_figure
from srcnn.metrics import mse
from srcnn.model import Model


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_figures_are_written_by_suffix_and_are_the_same_each_time(
    tmp_path: Path, tiny_weights: TinyWeights, suffix: str
) -> None:
    for name in ("one", "two"):
        save_figure(draw_filters(tiny_weights()), tmp_path / f"{name}{suffix}")
    content = (tmp_path / f"one{suffix}").read_bytes()
    assert content == (tmp_path / f"two{suffix}").read_bytes()
    assert content.startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix])


@pytest.mark.parametrize("name", ["figure.jpg", "figure", "missing/figure.png"])
def test_what_cannot_be_drawn_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="expected a f"):
        check_drawn(tmp_path / name)


def test_filters_are_ordered_by_variance_over_their_taps(tiny_weights: TinyWeights) -> None:
    weights = tiny_weights(channels=3)
    variances = [float(np.var(weights.kernels[0][number])) for number in by_variance(weights)]
    assert variances == sorted(variances, reverse=True)
    assert sorted(by_variance(weights)) == [0, 1, 2, 3]


def test_filters_are_drawn_for_each_channel_on_their_own_scale(tiny_weights: TinyWeights) -> None:
    weights = tiny_weights(channels=3)
    axes = draw_filters(weights).axes
    assert [axis.get_title() for axis in axes] == ["R", "G", "B"]
    drawn = np.stack([np.ma.filled(np.ma.asarray(axis.images[0].get_array()), np.nan) for axis in axes])
    first = drawn[:, :3, :3]
    wanted = weights.kernels[0][by_variance(weights)[0]]
    assert first == pytest.approx(wanted / np.abs(wanted).max())


@pytest.mark.parametrize("border", ["valid", "replicate", "zero"])
def test_maps_are_what_the_layers_return_for_what_evaluate_gives_the_network(
    picture, tiny_weights: TinyWeights, border: str
) -> None:
    net = Model(tiny_weights(border=border), engine="numpy")
    case = Case(picture, AUTHORS, 2, "lines")
    one, two = feature_maps(case, net)
    assert (len(one), len(two)) == (4, 3)
    assert min(one.min(), two.min()) == 0  # after the ReLU
    # The second layer is 1x1 and the third 3x3: carried on by hand, the maps give the network's own output.
    kernels, biases = net.weights.kernels, net.weights.biases
    order = np.argsort(by_variance(net.weights))
    carried = np.einsum("oi,ihw->ohw", kernels[1][:, :, 0, 0], one[order]) + biases[1][:, None, None]
    assert two == pytest.approx(np.maximum(carried, 0), abs=1e-5)
    output = net(case.resized(case.low("y"), case.size))
    inner = two[:, 1:-1, 1:-1] if border == "valid" else two
    padded = two if border == "valid" else np.pad(inner, ((0, 0), (1, 1), (1, 1)), mode="edge")
    last = sum(
        np.einsum("i,ihw->hw", kernels[2][0, :, y, x], padded[:, y : y + 48, x : x + 36])
        for y in range(3)
        for x in range(3)
    )
    rim = slice(1, -1)
    assert output[rim, rim] == pytest.approx((last + biases[2][0])[rim, rim], abs=1e-5)


def test_maps_are_drawn_with_a_panel_a_layer_and_silent_ones_are_counted() -> None:
    layers = [np.ones((4, 10, 10), np.float32), np.zeros((3, 10, 10), np.float32)]
    titles = [axis.get_title() for axis in draw_maps(layers, "title").axes]
    assert titles == ["layer 1: 4 maps", "layer 2: 3 maps, 3 of them silent"]


@pytest.mark.parametrize(
    ("count", "shape"), [(64, (8, 8)), (32, (4, 8)), (12, (3, 4)), (1, (1, 1)), (5, (1, 5))]
)
def test_tiles_stand_in_full_rows_with_gaps(count: int, shape: tuple[int, int]) -> None:
    planes = [np.full((2, 2), number, float) for number in range(count)]
    sheet = mosaic(planes)
    rows, columns = shape
    assert sheet.shape == (3 * rows - 1, 3 * columns - 1)
    kept = sheet[~np.isnan(sheet)]
    assert sorted(kept) == sorted(np.arange(count).repeat(4))
    assert sheet[0, 0] == 0
    assert sheet[-1, -1] == count - 1


def test_error_maps_have_the_error_that_is_measured(picture, tiny_weights: TinyWeights) -> None:
    case = Case(picture, AUTHORS, 2, "lines")
    net = Model(tiny_weights(), engine="numpy")
    maps = error_maps(case, methods_of(AUTHORS, ("bicubic",), {"net": net}))
    assert list(maps) == ["bicubic", "net"]
    for errors, figures in maps.values():
        inner = errors[2:-2, 2:-2]
        assert errors.shape == case.size
        assert figures["psnr"] == pytest.approx(10 * np.log10(255**2 / np.mean(inner**2)))
    assert mse(case.reference, case.reference, crop_border=0) == 0


def test_error_maps_share_one_scale(picture) -> None:
    case = Case(picture, AUTHORS, 2, "lines")
    figure = draw_errors(error_maps(case, baseline_methods(AUTHORS, ("nearest", "bicubic"))), "lines", "note")
    limits = {axis.images[0].get_clim() for axis in figure.axes if axis.images}
    assert len(limits) == 1


def test_labels_move_apart_and_no_further_than_needed() -> None:
    assert apart([0.1, 0.5, 0.9], 0.2) == [0.1, 0.5, 0.9]
    assert apart([0.5, 0.5], 0.2) == pytest.approx([0.4, 0.6])
    assert apart([0.3, 0.5, 0.5, 0.5], 0.1) == pytest.approx([0.3, 0.4, 0.5, 0.6])
    assert apart([], 0.1) == []


def test_a_picture_too_small_is_refused_by_name(tmp_path: Path) -> None:
    from srcnn.files import Picture, write_picture

    write_picture(Picture(np.zeros((2, 9), np.uint8)), tmp_path / "thin.png")
    with pytest.raises(DataError, match=r"thin\.png"):
        open_case(str(tmp_path / "thin.png"), AUTHORS, 3)
