"""The contract, against Python's own integers and fractions."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hardware_fixtures import random_network, random_pictures
from hypothesis import given
from hypothesis import strategies as st

from srcnn.arch import Border
from srcnn.errors import UsageError
from srcnn.fixed_point import FixedLayer, FixedNetwork, run_layers, run_network
from srcnn.fixed_point.arithmetic import accumulate, exact_dtype, requantize
from srcnn.fixed_point.fixed_network import ROUNDINGS, Rounding
from srcnn.hardware.plain_integers import run_plainly
from srcnn.tiling import cut_tiles

MIXED: list[tuple[int, int, Border]] = [(5, 3, "valid"), (3, 2, "zero"), (3, 4, "replicate"), (1, 1, "valid")]


def one_weight(shift: int, out_bits: int = 8, weight: int = 1) -> FixedLayer:
    return FixedLayer(
        border="valid",
        weights=np.full((1, 1, 1, 1), weight, np.int64),
        biases=np.zeros(1, np.int64),
        shifts=np.array([shift]),
        weight_bits=8,
        in_bits=8,
        out_bits=out_bits,
        acc_fractions=np.array([shift]),
    )


@given(
    st.integers(-(2**40), 2**40),
    st.integers(0, 40),
    st.sampled_from((8, 10, 12, 16)),
    st.sampled_from(ROUNDINGS),
)
def test_outputs_are_rounded_and_saturated_as_fractions_say(acc, shift, bits, rounding: Rounding):
    exact = max(Fraction(acc, 2**shift), Fraction(0))
    expected = {
        "half-even": round(exact),
        "half-up": (exact + Fraction(1, 2)).__floor__(),
        "truncate": exact.__floor__(),
    }[rounding]
    got = requantize(np.array([[[acc]]]), one_weight(shift, bits), rounding)
    assert got == min(expected, 2**bits - 1)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("channels", [1, 3])
def test_numpy_gives_what_python_integers_give(rounding, channels):
    layers = [*MIXED[:3], (1, channels, MIXED[3][2])]
    network = random_network(layers, channels=channels, rounding=rounding, activation_bits=10)
    for planes in random_pictures([(1, 1), (7, 4), (3, 9)], channels).values():
        plain = list(run_plainly(network, planes.tolist()))
        for (acc, out), (plain_acc, plain_out) in zip(run_layers(network, planes), plain, strict=True):
            assert np.array_equal(acc, plain_acc)
            assert np.array_equal(out, plain_out)


@given(st.integers(0, 2**32 - 1), st.sampled_from((8, 12, 16)))
def test_the_bound_is_reached_and_not_exceeded(seed, bits):
    layer = random_network([(3, 4, "valid"), (1, 1, "valid")], weight_bits=bits, seed=seed).layers[0]
    for channel, kernel in enumerate(layer.weights):
        sign = np.sign(layer.biases[channel]) or 1
        worst = np.where(np.sign(kernel) == sign, layer.in_max, 0)
        reached = abs(int(accumulate(worst, layer)[channel, 0, 0]))
        same_sign = np.abs(kernel[np.sign(kernel) == sign]).sum() * layer.in_max
        assert reached == abs(layer.biases[channel]) + same_sign <= layer.bounds[channel]
    # A channel whose weights have one sign reaches all of it, and the width proved holds it but no bit less.
    positive = replace(layer, weights=np.abs(layer.weights), biases=np.abs(layer.biases))
    full = accumulate(np.full((1, 3, 3), layer.in_max), positive)[:, 0, 0]
    assert np.array_equal(full, positive.bounds)
    assert 2 ** (positive.acc_bits - 2) <= full.max() < 2 ** (positive.acc_bits - 1)


def test_float32_sums_only_where_they_are_exact():
    small = one_weight(0)
    assert exact_dtype(small) is np.float32
    layer = replace(small, biases=np.array([2**24 - 256]))  # the bound is 2^24 - 1
    assert layer.acc_bits == 25
    assert exact_dtype(layer) is np.float32
    assert accumulate(np.full((1, 1, 1), 255), layer) == 2**24 - 1
    layer = replace(small, biases=np.array([2**24]))
    assert exact_dtype(layer) is np.float64
    assert accumulate(np.full((1, 1, 1), 1), layer) == 2**24 + 1
    with pytest.raises(UsageError, match="2\\^53"):
        exact_dtype(replace(small, biases=np.array([2**53])))


@pytest.mark.parametrize("side", [3, 8])
def test_tiles_equal_the_whole(side):
    network = random_network(MIXED)
    planes = random_pictures([(17, 13)])["0-17x13"]
    whole = run_network(network, planes)
    for tile in cut_tiles(13, 17, side, network.halo):
        part = run_network(network, planes[:, tile.source[0], tile.source[1]], tile.edges)
        assert np.array_equal(part[:, tile.inner[0], tile.inner[1]], whole[:, tile.out[0], tile.out[1]])


def test_networks_that_do_not_fit_are_refused():
    layer = one_weight(3)
    for change, message in (
        ({"weights": np.full((1, 1, 1, 1), -128)}, "at most 127 for 8 bits"),
        ({"shifts": np.array([-1])}, "shifts of 0 to 47"),
        ({"shifts": np.array([48])}, "shifts of 0 to 47"),
        ({"biases": np.zeros(2, np.int64)}, "a bias and a shift"),
    ):
        with pytest.raises(UsageError, match=message):
            replace(layer, **change)
    with pytest.raises(UsageError, match="layer 2 to take 1 channels of 10 bits"):
        FixedNetwork("x", (replace(layer, out_bits=10), layer))
    with pytest.raises(UsageError, match="8-bit planes"):
        FixedNetwork("x", (replace(layer, out_bits=10),))
    with pytest.raises(UsageError, match="rounding"):
        FixedNetwork("x", (layer,), "up")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="uint8"):
        run_network(FixedNetwork("x", (layer,)), np.zeros((1, 3, 3)))  # type: ignore[arg-type]
