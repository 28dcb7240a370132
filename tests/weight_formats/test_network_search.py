"""Checkpoints as people keep them: whatever lies beside the layers, the network comes out, or one line."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srcnn.errors import WeightsError
from srcnn.weight_formats.array_names import flatten
from srcnn.weight_formats.layers import RawNetwork
from srcnn.weight_formats.network_search import network_of

SHAPES = ((4, 1, 9, 9), (5, 4, 1, 1), (1, 5, 5, 5))

BUFFERS = {
    "n_averaged": np.array(7),
    "num_updates": np.array([3]),
    "decay": np.array(0.999, np.float32),
    "window": np.ones((1, 1, 11, 11), np.float32),
    "mean": np.ones((1, 1, 1, 1), np.float32),
    "std": np.ones(1, np.float32),
    "loss_fn.window": np.ones((1, 1, 11, 11), np.float32),
    "loss_fn.gaussian.weight": np.ones((1, 1, 11, 11), np.float32),
    "criterion.vgg.features.0.weight": np.ones((64, 3, 3, 3), np.float32),
    "criterion.vgg.features.0.bias": np.ones(64, np.float32),
    "criterion.weight": np.ones(1, np.float32),
    "ssim.kernel": np.ones((1, 1, 11, 11), np.float32),
    "kernel": np.ones((1, 1, 3, 3), np.float32),
    "psnr.total": np.array(1.0),
    "edge.weight": np.ones((1, 1, 3, 3), np.float32),
    "mask": np.ones((1, 1, 33, 33), bool),
}
"""What is no layer: counters of averaged models, buffers of losses and metrics, windows, means."""

NAMES = [
    "conv{n}.weight conv{n}.bias",
    "features.{n}.0.weight features.{n}.0.bias",
    "w{n} b{n}",
    "conv{n}/kernel:0 conv{n}/bias:0",
]


def layers(names: str = NAMES[0], *, seed: int = 0, bias: bool = True, prefix: str = "") -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found = {}
    for n, shape in enumerate(SHAPES):
        kernel, offset = (prefix + part.format(n=n) for part in names.split())
        found[kernel] = rng.random(shape, np.float32)
        if bias:
            found[offset] = rng.random(shape[0], np.float32)
    return found


def network_or_message(arrays: dict[str, Any]) -> RawNetwork | str:
    try:
        return network_of(arrays)
    except WeightsError as error:
        return str(error)


def is_network(read: RawNetwork, expected: dict[str, Any]) -> bool:
    kernels = [array for array in expected.values() if array.ndim == 4]
    biases = [array for array in expected.values() if array.ndim == 1]
    got = [layer.bias for layer in read.layers if layer.bias is not None]
    return all(
        len(one) == len(other) and all(map(np.array_equal, one, other))
        for one, other in (([layer.kernel for layer in read.layers], kernels), (got, biases))
    )


@settings(deadline=None, max_examples=150)
@given(
    names=st.sampled_from(NAMES),
    prefix=st.sampled_from(["", "module.", "model.", "module.net."]),
    bias=st.booleans(),
    extras=st.sets(st.sampled_from(sorted(BUFFERS)), max_size=5),
    before=st.booleans(),
    depth=st.lists(st.sampled_from(["state_dict", "generator", "params", "best"]), max_size=3),
    optimiser=st.booleans(),
)
def test_what_is_no_layer_neither_becomes_one_nor_stops_the_import(
    names, prefix, bias, extras, before, depth, optimiser
):
    # Without biases, a stray kernel of the layers' own word cannot be told from one of them.
    bias = bias or "edge.weight" in extras or ("kernel" in extras and "kernel" in names)
    network = layers(names, bias=bias, prefix=prefix)
    beside = {name: BUFFERS[name] for name in sorted(extras)}
    checkpoint: dict[str, Any] = {**beside, **network} if before else {**network, **beside}
    for key in depth:
        checkpoint = {"epoch": 3, key: checkpoint}
    if optimiser:
        state = {0: {"exp_avg": network[next(iter(network))]}}
        checkpoint = {"optim": [{"state": state, "param_groups": [{"lr": 1e-4}]}], "nested": checkpoint}
    read = network_of(flatten(checkpoint, np.ndarray))
    assert is_network(read, network)
    floats = [name for name in extras if BUFFERS[name].ndim and BUFFERS[name].dtype == np.float32]
    assert bool(read.notes) == bool(floats)


@settings(deadline=None, max_examples=100)
@given(
    place=st.sampled_from(["", "model.", "other.", "model.deep."]),
    shape=st.sampled_from(
        [(1, 1, 3, 3), (5, 1, 9, 9), (1, 4, 5, 5), (10, 5, 1, 1), (4, 4, 3, 3), (1, 1, 1, 1)]
    ),
    bias=st.booleans(),
    position=st.integers(0, 6),
)
def test_a_layer_too_many_is_left_out_with_a_note_or_refused(place, shape, bias, position):
    network = layers(prefix="model.")
    extra = {f"{place}extra.weight": np.full(shape, 0.5, np.float32)}
    if bias:
        extra[f"{place}extra.bias"] = np.full(shape[0], 0.5, np.float32)
    items = list(network.items())
    checkpoint = dict([*items[:position], *extra.items(), *items[position:]])
    read = network_or_message(checkpoint)
    if isinstance(read, str):
        assert "\n" not in read
        return
    if is_network(read, network):
        assert any("extra" in note for note in read.notes)
        return
    # With a bias, beside the others and in the chain, it cannot be told from a layer.
    assert bias
    assert place in ("model.", "model.deep.")
    assert shape in ((1, 1, 3, 3), (1, 1, 1, 1), (4, 4, 3, 3))


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("params.", "params_ema.", 1),
        ("state_dict/", "state_dict_ema/", 1),
        ("online_model.", "ema_model.", 1),
        ("model.", "model_ema.", 1),
        ("state_dict/", "best/", 0),
    ],
)
def test_of_two_copies_the_averaged_or_the_usual_one(first, second, taken):
    copies = [layers(prefix=first), layers(prefix=second, seed=1)]
    read = network_of({**copies[0], **copies[1]})
    assert is_network(read, copies[taken])
    assert "is taken, not the one in" in read.notes[0]


def test_averages_under_names_without_dots():
    ema = layers("conv{n}weight conv{n}bias", prefix="model_ema.")
    checkpoint = {**layers(prefix="model.", seed=1), **ema, "model_ema.decay": np.array(0.9)}
    assert is_network(network_of(checkpoint), ema)


def test_several_networks_are_refused_unless_they_are_equal():
    with pytest.raises(WeightsError, match=r"expected one network, got several: first, second"):
        network_of({**layers(prefix="first."), **layers(prefix="second.", seed=1)})
    assert is_network(network_of({**layers(prefix="a."), **layers(prefix="b.")}), layers())


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"bn.running_mean": np.zeros(4, np.float32)}, r"got bn\.running_mean"),
        ({"act.weight": np.zeros(1, np.float32)}, r"got act\.weight \(1,\)"),
        ({"fc.weight": np.zeros((4, 4), np.float32)}, r"got fc\.weight"),
        ({"conv9.bias": np.zeros(4, np.float32)}, r"got conv9\.bias"),
        ({"sub_mean.weight": np.zeros((1, 1, 1, 1), np.float32)}, r"got sub_mean\.weight"),
        ({"conv0.weight_g": np.zeros((4, 1, 1, 1), np.float32)}, r"got conv0\.weight_g"),
        ({"alpha": np.zeros(4, np.float32)}, "got alpha"),
    ],
)
def test_what_changes_the_result_is_refused(extra, message):
    with pytest.raises(WeightsError, match=message):
        network_of({**layers(), **extra})


@pytest.mark.parametrize(
    "split",
    [("weight_g", "weight_v"), ("parametrizations.weight.original0", "parametrizations.weight.original1")],
)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_kernels_in_parts_are_named_where_the_rest_is_no_network(split, number):
    network = layers()
    kernel = network.pop(f"conv{number}.weight")
    size, direction = (f"conv{number}.{part}" for part in split)
    network |= {size: np.ones((len(kernel), 1, 1, 1), np.float32), direction: kernel}
    with pytest.raises(WeightsError, match=f"expected whole kernels, got parts of them: {size}, {direction}"):
        network_of(network)


def test_a_picture_called_original_is_no_part_of_a_kernel():
    network = {**layers(), "original": np.ones((9, 9), np.float32)}
    del network["conv1.bias"]
    with pytest.raises(WeightsError, match=r"expected a bias in conv1"):
        network_of(network)


def test_a_missing_bias_is_named():
    network = layers()
    del network["conv1.bias"]
    with pytest.raises(WeightsError, match="expected a bias in conv1, as in the other layers"):
        network_of(network)


def test_a_layer_without_its_bias_is_not_left_out_where_the_others_fit_without_it():
    network = layers()
    inner = {"conv0b.weight": np.ones((4, 4, 3, 3), np.float32)}
    items = list(network.items())
    with pytest.raises(WeightsError, match="expected a bias in conv0b, as in the other layers"):
        network_of(dict([*items[:2], *inner.items(), *items[2:]]))


def test_a_filter_over_planes_without_bias_is_left_out_with_a_note():
    read = network_of({**layers(), "edge.weight": np.ones((1, 1, 3, 3), np.float32)})
    assert is_network(read, layers())
    assert read.notes == ("left out: edge.weight, without a bias where the other layers have one",)


def test_kernels_as_keras_and_flax_have_them():
    network = layers("layers/{n}/kernel layers/{n}/bias")
    turned = {name: a.transpose(2, 3, 1, 0) if a.ndim == 4 else a for name, a in network.items()}
    assert is_network(network_of(turned), network)


def test_an_order_that_names_do_not_tell_comes_from_the_channels():
    network = layers()
    renamed = {name.translate(str.maketrans("012", "201")): array for name, array in network.items()}
    assert is_network(network_of(renamed, ordered=False), network)
    with pytest.raises(WeightsError, match="1 or 3 planes into conv0"):
        network_of(dict(sorted(renamed.items())))
    twice = {"b": SHAPES[0], "a": (4, 4, 1, 1), "c": (4, 4, 1, 1), "d": (1, 4, 5, 5)}
    with pytest.raises(WeightsError, match="names or channels that tell the order"):
        network_of({f"{n}.weight": np.zeros(shape) for n, shape in twice.items()}, ordered=False)


def test_dictionaries_without_end():
    inner: dict[str, Any] = {}
    for _ in range(40):
        inner = {"a": inner, "b": inner}
    with pytest.raises(WeightsError, match="levels of dictionaries"):
        flatten(inner, np.ndarray)
