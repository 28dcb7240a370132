"""Folding: the pace that was asked for, with no more multipliers than it takes."""

import pytest
from hardware_fixtures import random_network
from hypothesis import given
from hypothesis import strategies as st

from srcnn.errors import UsageError
from srcnn.hardware.folding import Folding, LayerFolding, clocks_per_frame, plan_folding, plan_multipliers
from srcnn.hardware.report_sections import frames_section

PAPER = random_network([(9, 64, "valid"), (1, 32, "valid"), (5, 1, "valid")])


@given(
    st.lists(st.tuples(st.sampled_from((1, 3, 5, 9)), st.integers(1, 20)), min_size=1, max_size=3),
    st.integers(1, 3000),
)
def test_every_layer_keeps_the_pace_and_does_all_of_its_work(layers, clocks):
    network = random_network([*((kernel, width, "valid") for kernel, width in layers), (3, 1, "valid")])
    folding = plan_folding(network, clocks)
    assert folding.clocks_per_pixel <= max(clocks, *(layer.weights.size for layer in network.layers))
    for layer, fold in zip(network.layers, folding.layers, strict=True):
        assert fold.clocks_per_pixel <= clocks or fold.multipliers == 1
        assert fold.clocks_per_pixel * fold.multipliers >= layer.weights.size


def test_from_one_clock_a_pixel_to_one_multiplier_a_layer():
    whole = plan_folding(PAPER, 1)
    assert (whole.clocks_per_pixel, whole.multipliers) == (1, 9 * 9 * 64 + 64 * 32 + 5 * 5 * 32)
    least = plan_folding(PAPER, 9 * 9 * 64)
    assert (least.clocks_per_pixel, least.multipliers) == (9 * 9 * 64, 3)
    assert plan_folding(PAPER, 10**9) == least


def test_the_default_is_what_128_multipliers_can_do():
    # 8032 products a pixel in 64 clocks are 125.5 a clock.
    folding = plan_folding(PAPER)
    assert (folding.clocks_per_pixel, folding.multipliers) == (64, 128)
    assert plan_multipliers(PAPER, 128) == folding


@pytest.mark.parametrize("multipliers", [3, 10, 500, 1000, 20000])
def test_a_number_of_multipliers_is_kept_and_used(multipliers):
    folding = plan_multipliers(PAPER, multipliers)
    assert folding.multipliers <= multipliers
    if folding.clocks_per_pixel > 1:
        assert plan_folding(PAPER, folding.clocks_per_pixel - 1).multipliers > multipliers


def test_clocks_of_a_frame_follow_the_slowest_layer():
    # Layer 1 puts out 259 pixels a line for 255 of the picture, as the layers behind it pad nothing; its
    # window fills with 8 pixels, its line buffer with 8 lines of 267.
    assert clocks_per_frame(PAPER, plan_folding(PAPER, 64), 255, 255) == 8 * 267 + 259 * (8 + 259 * 64)


def test_the_first_pixels_and_lines_come_at_the_pace_of_the_layers_before_or_of_the_own_memory():
    network = random_network([(5, 5, "valid"), (3, 4, "valid"), (3, 1, "valid")])
    folds = (LayerFolding(5, 1, 5, 1, 1, 25), LayerFolding(3, 5, 4, 5, 4, 1), LayerFolding(3, 4, 1, 4, 1, 9))
    first, second = 4 + 28 * 5, 2 * 5 + 26 * 9  # a line of layer 1; of layer 2, whose window fills from it
    # Icarus Verilog counts 5613.
    assert clocks_per_frame(network, Folding(folds), 24, 20) == 2 * first + 22 * second
    own = random_network([(3, 3, "zero"), (1, 2, "zero"), (5, 3, "zero")], channels=3)
    # Layer 3: 4 pixels of a line and 4 lines of 28 are its border. Icarus Verilog counts 692.
    assert clocks_per_frame(own, plan_folding(own, 1), 24, 20) == 4 * 28 + 20 * (4 + 24)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: plan_folding(PAPER, 0), "at least 1 clock per pixel, got 0"),
        (lambda: plan_multipliers(PAPER, 2), "at least 3 multipliers"),
        (lambda: LayerFolding(9, 1, 64, 2, 64, 81), "1 to 1 in_lanes, got 2"),
        (lambda: LayerFolding(9, 1, 64, 1, 64, 27), "taps of 1, 9, 81 for a 9x9 kernel, got 27"),
    ],
)
def test_foldings_that_cannot_be(make, message):
    with pytest.raises(UsageError, match=message):
        make()


def test_frames_a_second_have_three_digits_at_least():
    counted = {name: int(1e8 / float(name)) for name in ("1234.5", "99.9", "10.0", "5.00", "0.00125")}
    rows = frames_section(PAPER, plan_folding(PAPER, 64), 100, counted).table.rows[-len(counted) :]
    assert [(row[0].removesuffix(", counted"), row[-1]) for row in rows] == [(name, name) for name in counted]
