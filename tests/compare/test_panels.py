from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import TinyWeights

from srcnn import upscale
from srcnn.color import luma
from srcnn.compare.comparison import Comparison
from srcnn.compare.crops import Crop
from srcnn.compare.panels import check_pictures, compare, compare_plain, magnify
from srcnn.degrade import mod_crop
from srcnn.errors import DataError, UsageError
from srcnn.evaluation import evaluate
from srcnn.evaluation.metric_table import caption
from srcnn.evaluation.protocols import AUTHORS
from srcnn.files import Picture, write_picture
from srcnn.model import Model
from srcnn.resize import imresize
from srcnn.restoration import restore


def _names(comparison: Comparison) -> list[str]:
    return [panel.name for panel in comparison.panels]


def test_columns_run_from_the_input_to_the_truth(comparison: Comparison) -> None:
    assert _names(comparison) == ["LR", "bilinear", "bicubic", "one", "<b>two</b>", "GT"]
    assert {panel.pixels.shape for panel in comparison.panels} == {(48, 36, 3)}
    assert comparison.title == "lines x2"
    assert (comparison.panels[0].detail, comparison.whole.name) == ("18x24", "GT")


@pytest.mark.parametrize("protocol", ["authors", "full-range", "colour-rgb", "hr-resized", "float-output"])
def test_figures_are_those_of_evaluate(good: Path, networks: dict[str, Model], protocol: str) -> None:
    made = compare(good, 3, {"one": networks["one"]}, protocol=protocol, metrics=("psnr", "ssim", "mse"))
    result = evaluate(
        networks["one"],
        good,
        3,
        protocol=protocol,
        baselines=("bilinear",),
        metrics=("psnr", "ssim", "mse"),
    )
    found = {panel.name: dict(panel.figures) for panel in made.methods}
    assert found == {
        "bilinear": result.mean["bilinear"],
        "bicubic": result.mean["bicubic"],
        "one": result.mean["srcnn"],
    }


@pytest.mark.parametrize("protocol", ["authors", "colour-ycbcr"])
def test_a_network_of_colours_is_shown_and_measured_as_evaluate_does(
    good: Path, tiny_weights: TinyWeights, protocol: str
) -> None:
    net = Model(tiny_weights(channels=3), engine="numpy")
    made = compare(good, 2, {"net": net}, protocol=protocol)
    assert dict(made.methods[-1].figures) == evaluate(net, good, 2, protocol=protocol).mean["srcnn"]
    assert made.methods[-1].pixels.shape == (48, 36, 3)


def test_restoration_is_compared_on_the_luma_that_was_damaged(good: Path, tiny_weights: TinyWeights) -> None:
    net = Model(_for_restoring(tiny_weights(scale=None)), engine="numpy")
    made = compare(good, None, {"net": net})
    assert _names(made) == ["jpeg", "net", "GT"]
    assert "quality 20" in made.description[0]
    assert {panel.pixels.shape for panel in made.panels} == {(48, 37)}
    coloured = compare(good, None, {"net": net}, protocol="jpeg-colour")
    assert {panel.pixels.shape for panel in coloured.panels} == {(48, 37, 3)}


def test_the_truth_is_the_picture_itself_cropped_to_the_scale(comparison: Comparison, picture) -> None:
    assert np.array_equal(comparison.whole.pixels, mod_crop(picture, 2))


def test_what_is_shown_in_colour_has_the_luma_that_is_measured(good: Path, networks) -> None:
    kept = {}
    evaluate(networks["one"], good, 2, keep=lambda name, method, pixels: kept.setdefault(method, pixels))
    made = compare(good, 2, {"one": networks["one"]})
    shown = next(panel.pixels for panel in made.panels if panel.name == "one")
    inside = (shown > 0).all(axis=-1) & (shown < 255).all(axis=-1)  # clipped colours have another luma
    difference = np.abs(luma(shown).astype(int) - kept["srcnn"].astype(int))
    assert inside.sum() > 500
    assert difference[inside].max() <= 1  # rounding to RGB and back


@pytest.mark.parametrize("label", ["bicubic", "one"])
def test_no_column_takes_the_place_of_another(good: Path, networks, label: str) -> None:
    for way in (compare, compare_plain):
        with pytest.raises(UsageError, match=f"two methods are named '{label}'"):
            way(good, 2, networks, outputs={label: str(good)})
        with pytest.raises(UsageError, match="two methods are named 'bicubic'"):
            way(good, 2, {"bicubic": networks["one"]})


def test_a_grey_picture_stays_grey(tmp_path: Path, networks, picture) -> None:
    write_picture(Picture(picture[..., 1]), tmp_path / "grey.png")
    made = compare(tmp_path / "grey.png", 2, networks)
    assert {panel.pixels.ndim for panel in made.panels} == {2}


def test_the_best_of_the_methods_is_known_by_what_its_metric_means(comparison: Comparison) -> None:
    methods = comparison.methods
    assert comparison.best("psnr") == max(panel.figures["psnr"] for panel in methods)
    assert comparison.best("mse") == min(panel.figures["mse"] for panel in methods)
    assert comparison.best("nqm") is None


def test_figures_are_said_with_their_unit() -> None:
    assert (caption("psnr", 28.0349), caption("ssim", 0.91234), caption("mse", 102.4)) == (
        "28.03 dB",
        "0.9123",
        "102.40",
    )
    assert caption("psnr", float("inf")) == "identical"
    # NQM is infinite where the eye sees no difference, and negative so where the reference shows nothing.
    assert (caption("nqm", float("inf")), caption("nqm", float("-inf"))) == ("inf dB", "-inf dB")


def test_notes_name_the_protocol_and_say_that_colour_is_not_measured(comparison: Comparison) -> None:
    assert "under the protocol authors:" in comparison.notes[0]
    assert any("bicubic in every method" in note for note in comparison.notes)


def test_of_plain_input_nothing_is_measured_and_methods_are_those_of_upscale(
    tmp_path: Path, networks
) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (9, 14, 3), np.uint8)
    write_picture(Picture(pixels), tmp_path / "small.png")
    made = compare_plain(tmp_path / "small.png", 2.5, {"one": networks["one"]})
    assert _names(made) == ["input", "bilinear", "bicubic", "one"]
    assert not any(panel.figures for panel in made.panels)
    assert made.size == (23, 35)
    assert np.array_equal(made.panels[-1].pixels, upscale(pixels, 2.5, model=networks["one"]))
    assert made.whole.name == "one"
    assert "nothing measured" in made.notes[0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparency_of_plain_input_is_laid_over_white(tmp_path: Path, dtype: Any) -> None:
    top = np.iinfo(dtype).max
    pixels: Any = np.zeros((8, 8, 4), dtype)
    pixels[:, :4, 3] = top  # black at the left, nothing at the right
    write_picture(Picture(pixels), tmp_path / "half.png")
    shown = compare_plain(tmp_path / "half.png", 2, {}).panels[0].pixels
    assert (shown[:, :8] == 0).all()
    assert (shown[:, 8:] == 255).all()


def test_plain_input_is_restored_without_a_scale(tmp_path: Path, picture, tiny_weights: TinyWeights) -> None:
    write_picture(Picture(picture), tmp_path / "poor.png")
    weights = tiny_weights(scale=None)
    net = Model(_for_restoring(weights), engine="numpy")
    made = compare_plain(tmp_path / "poor.png", None, {"net": net})
    assert _names(made) == ["input", "net"]
    assert np.array_equal(made.panels[1].pixels, restore(picture, model=net))
    assert len(magnify(made).crops) == 2


def _for_restoring(weights):
    return replace(weights, card=replace(weights.card, task="restore", degradation=("jpeg 20",)))


def test_another_programs_picture_is_a_column(tmp_path: Path, good: Path, networks, picture) -> None:
    made_by = tmp_path / "theirs.png"
    write_picture(Picture(mod_crop(picture, 2)), made_by)
    made = compare(good, 2, {}, outputs={"theirs": str(made_by)}, metrics=("psnr",))
    assert _names(made) == ["LR", "bilinear", "bicubic", "theirs", "GT"]
    assert made.panels[3].figures["psnr"] == float("inf")
    assert made.to_json()["methods"][-1] == {"name": "theirs", "psnr": None}


def test_one_file_is_no_result_of_several_pictures(tmp_path: Path, good: Path, picture) -> None:
    write_picture(Picture(picture), tmp_path / "other.png")
    for protocol in (None, AUTHORS):
        with pytest.raises(UsageError, match=r"a folder with a result for each of 2 pictures, got the file"):
            check_pictures([good, tmp_path / "other.png"], 2, protocol, outputs={"theirs": str(good)})


@pytest.mark.parametrize("grey", [True, False])
def test_grey_and_colour_side_by_side_are_shown_in_colour(tmp_path: Path, picture, grey: bool) -> None:
    source, theirs = tmp_path / "a.png", tmp_path / "theirs.png"
    write_picture(Picture(picture[..., 0] if grey else picture), source)
    large = imresize(picture, 2)
    write_picture(Picture(large if grey else large[..., 0]), theirs)
    made = compare_plain(source, 2, {}, outputs={"theirs": str(theirs)})
    assert {panel.pixels.shape for panel in made.panels} == {large.shape}
    assert len(magnify(made, count=1, side=16).crops) == 1


def test_an_output_of_another_size_is_refused_with_both_sizes(tmp_path: Path, good: Path, picture) -> None:
    wrong = tmp_path / "theirs.png"
    write_picture(Picture(picture[:20]), wrong)
    with pytest.raises(DataError, match=r"expected 36x48 pixels .*got 37x20 in .*theirs.png"):
        compare(good, 2, {}, outputs={"theirs": str(wrong)})
    with pytest.raises(DataError, match=r"expected 74x96 pixels .*theirs.png.*got 37x20"):
        compare_plain(good, 2, {}, outputs={"theirs": str(wrong)})


def test_a_picture_smaller_than_the_scale_is_refused_by_name(tmp_path: Path) -> None:
    write_picture(Picture(np.zeros((3, 3), np.uint8)), tmp_path / "dot.png")
    with pytest.raises(DataError, match=r"dot\.png"):
        compare(tmp_path / "dot.png", 4, {})


def test_crops_by_hand_are_kept_and_checked(comparison: Comparison) -> None:
    mine = (Crop(1, 2, 10, 5),)
    assert magnify(comparison, mine).crops == mine
    with pytest.raises(UsageError, match="within the 36x48 pixels of lines"):
        magnify(comparison, (Crop(30, 2, 10, 5),))
