"""From weights to integers: what is kept, what it costs, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from support import TinyWeights, identity

from srcnn.engines import create_engine
from srcnn.errors import UsageError
from srcnn.fixed_point import Widths, default_inputs, parse_widths, quantize, run_network
from srcnn.fixed_point.calibration import drawn_pairs
from srcnn.fixed_point.fixed_network import WIDTHS
from srcnn.model import load_model
from srcnn.tiling import ALL_EDGES
from srcnn.weights import Weights


def in_float(weights: Weights, planes: np.ndarray) -> np.ndarray:
    level = weights.card.input_range / 255
    result = create_engine(weights, "numpy").run((planes * level).astype(np.float32), ALL_EDGES) / level
    return np.clip(np.rint(result), 0, 255)


def noise(seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, 23, 31), np.uint8)


@pytest.mark.parametrize("bits", WIDTHS)
def test_a_channel_that_passes_pixels_loses_none(bits):
    """Shipped networks carry the picture through such a channel: steps of 2 levels there are fatal."""
    weights = identity()
    network = quantize(weights, [noise()], Widths(bits, bits)).network
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert np.array_equal(run_network(network, levels), levels)


@pytest.mark.parametrize("border", ["valid", "zero", "replicate"])
def test_16_bits_are_float_but_for_ties(tiny_weights: TinyWeights, border):
    weights = tiny_weights("5-3-3", (6, 4), border=border)
    network = quantize(weights, [noise(1)], Widths(16, 16)).network
    apart = np.abs(run_network(network, noise(2)) - in_float(weights, noise(2)))
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.01


def test_the_range_of_the_input_changes_nothing(tiny_weights: TinyWeights):
    weights = tiny_weights("3-1-3")
    in_levels = replace(
        weights,
        biases=tuple(bias * np.float32(255) for bias in weights.biases),
        card=replace(weights.card, input_range=255.0),
    )
    first, second = (quantize(w, default_inputs(weights.card, 1)).network for w in (weights, in_levels))
    assert np.abs(run_network(first, noise()).astype(int) - run_network(second, noise())).max() <= 1


def test_8_bits_of_a_shipped_network_cost_less_than_a_tenth_of_a_db():
    weights = load_model("9-1-5-x3").weights
    pairs = drawn_pairs(weights.card, 1)
    network = quantize(weights, [given for given, _ in pairs[2:]], Widths(8, 8)).network

    def psnr(planes: np.ndarray, truth: np.ndarray) -> float:
        return 10 * np.log10(255**2 / np.square(planes.astype(float) - truth).mean())

    for given, truth in pairs[:2]:  # not calibrated on
        assert psnr(in_float(weights, given), truth) - psnr(run_network(network, given), truth) < 0.1


def test_channels_that_do_nothing_and_weights_of_all_sizes(tiny_weights: TinyWeights):
    weights = tiny_weights("3-1-3", (4, 3))
    kernels = [kernel.copy() for kernel in weights.kernels]
    biases = [bias.copy() for bias in weights.biases]
    kernels[0][1] = 0  # never anything but its bias
    biases[0][1] = -1  # and that is cut off
    kernels[0][2] *= 1e-9
    kernels[0][3] *= 300
    kernels[1][:, 3] /= 300
    weights = replace(weights, kernels=tuple(kernels), biases=tuple(biases))
    network = quantize(weights, [noise(1)], Widths(16, 16, accumulator=48)).network
    assert np.abs(run_network(network, noise(2)) - in_float(weights, noise(2))).max() <= 1


@pytest.mark.parametrize("bias", [100 / 255, -127.9 / 255])
def test_small_weights_beside_a_large_bias_leave_room_for_their_sum(tiny_weights: TinyWeights, bias: float):
    weights = tiny_weights("3-1-3", (4, 3))
    kernels, biases = ([values.copy() for values in each] for each in (weights.kernels, weights.biases))
    kernels[0][1], biases[0][1] = 4e-4, bias
    weights = replace(weights, kernels=tuple(kernels), biases=tuple(biases))
    network = quantize(weights, [noise(1)], Widths(16, 8, accumulator=32)).network
    assert all(layer.acc_bits <= 32 for layer in network.layers)


def test_what_cannot_be_is_refused_in_one_line(tiny_weights: TinyWeights):
    weights = tiny_weights()
    with pytest.raises(UsageError, match="at least one picture"):
        quantize(weights, [])
    with pytest.raises(UsageError, match=r"expected \(1, H, W\) uint8 planes to calibrate on"):
        quantize(weights, [np.zeros((3, 9, 9), np.uint8)])
    with pytest.raises(UsageError, match=r"at most 32 bits, got 36 in layer 2.*48 bits"):
        quantize(tiny_weights("9-1-5", (64, 32)), [noise()], Widths(16, 16, accumulator=32))
    huge = replace(weights, kernels=tuple(kernel * 1000 for kernel in weights.kernels))
    with pytest.raises(UsageError, match="finer than a grey level"):
        quantize(huge, [noise()], Widths(8, 8))
    for text in ("9", "w8", "8.5", "w8a7", "w8a12a8", "int"):
        with pytest.raises(UsageError):
            parse_widths(text)
    for options in ({"accumulator": 40}, {"rounding": "up"}, {"weights": 0}):
        with pytest.raises(UsageError):
            Widths(**options)  # type: ignore[arg-type]


def test_widths_as_they_are_written():
    assert parse_widths("") == Widths(12, 12)
    assert parse_widths("int8") == parse_widths("8") == parse_widths("W8A8") == Widths(8, 8)
    assert str(parse_widths("w8a12")) == "W8A12"


def test_drawn_pictures_are_the_same_every_day(tiny_weights: TinyWeights):
    import hashlib

    card = replace(tiny_weights().card, scale=None, task="restore")
    digest = hashlib.sha256(b"".join(planes.tobytes() for planes in default_inputs(card, 1))).hexdigest()
    assert digest[:16] == "a8223432df3ca4a2"
