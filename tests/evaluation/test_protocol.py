from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from srcnn.errors import UsageError
from srcnn.evaluation import (
    AUTHORS,
    BLUR,
    JPEG,
    METRICS,
    PROTOCOLS,
    Protocol,
    at_quality,
    find_protocol,
    protocol_of,
)
from srcnn.evaluation.explanation import changes
from srcnn.evaluation.protocols import WHY
from srcnn.weights import ModelCard


def test_the_line_says_every_convention():
    line = AUTHORS.describe()
    assert "\n" not in line
    for words in ("authors", "Y rounded", "BT.601", "studio", "cropped", "bicubic", "symmetric"):
        assert words in line
    for words in ("not quantised", "rounded half up", "left out", "mean over images", "peak 255"):
        assert words in line
    assert "JPEG of the 8-bit Y by Pillow, quality 10" in JPEG.describe()
    assert "LR" not in JPEG.describe()
    assert "Gaussian blur of the 8-bit Y, rounded to 8 bits, sigma 1.6;" in BLUR.describe()


def test_every_protocol_is_another_line_and_says_where_it_is_met():
    lines = {protocol.describe().partition(": ")[2] for protocol in PROTOCOLS.values()}
    assert len(lines) == len(PROTOCOLS)
    assert set(WHY) == set(PROTOCOLS)
    for name, protocol in PROTOCOLS.items():
        assert find_protocol(name) is protocol
        assert name == protocol.name
        assert bool(changes(protocol)) == (name not in ("authors", "jpeg", "blur"))


def test_the_difference_in_words():
    assert changes(PROTOCOLS["no-shave"]) == "no pixels left out at the sides"
    assert changes(PROTOCOLS["opencv"]) == (
        "LR cubic as OpenCV's (a = -0.75, no antialiasing); replicated borders"
    )
    assert "quality 40" in changes(at_quality(JPEG, 40))


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(UsageError, match=r"authors \(the paper.*opencv \(.*got 'matlab'") as error:
        find_protocol("matlab")
    assert all(f"{name} (" in str(error.value) for name in PROTOCOLS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lr": "uint4"}, "expected a lr of float or uint8 or none, got 'uint4'"),
        ({"lr": "none"}, "expected a lr of float or uint8, got 'none'"),
        ({"resize_border": "zero"}, "symmetric or replicate"),
        ({"resize_border": "cut-off"}, "symmetric or replicate, got 'cut-off'"),
        ({"degradation": "pillow"}, "resize_border of cut-off, got 'symmetric'"),
        ({"luma_range": "limited"}, "luma_range of studio or full"),
        ({"luma_range": "full", "channel": "rgb"}, "luma_range of studio, got 'full'"),
        ({"degradation": "jpeg"}, "crop of none, got 'modulo'"),
        ({"degradation": "fog"}, "degradation of bicubic or .* or blur, got 'fog'"),
        ({"sigma": 1.0}, "sigma above 0 for blur, and none elsewhere"),
        ({"crop": "none"}, "crop of modulo or resized"),
        ({"quality": 10}, "quality of 1 to 100 for JPEG, and none elsewhere"),
        ({"metrics": ("psnr", "lpips")}, "metrics out of psnr, ssim, .*got 'psnr, lpips'"),
        ({"metrics": ()}, "expected metrics"),
        ({"data_range": 0.0}, "data_range above 0"),
    ],
)
def test_a_convention_that_cannot_be_carried_out_makes_no_protocol(change: dict[str, Any], says: str):
    with pytest.raises(UsageError, match=says):
        replace(AUTHORS, **change)


@pytest.mark.parametrize("quality", [0, 101, -1, None])
def test_jpeg_needs_a_quality(quality):
    with pytest.raises(UsageError, match="quality of 1 to 100"):
        at_quality(JPEG, quality)


@pytest.mark.parametrize("sigma", [0, -1.6, float("nan"), float("inf"), None])
def test_a_blur_needs_a_width(sigma):
    with pytest.raises(UsageError, match="sigma above 0"):
        replace(BLUR, sigma=sigma)
    with pytest.raises(UsageError, match="quality of 1 to 100 for JPEG, and none elsewhere"):
        at_quality(BLUR, 10)


@pytest.mark.parametrize(
    ("degradation", "expected"),
    [
        (("jpeg 30",), at_quality(JPEG, 30)),
        (("blur 2.5", "round"), replace(BLUR, sigma=2.5)),
    ],
)
def test_weights_are_measured_on_what_they_restore(degradation, expected):
    card = ModelCard("mine", scale=None, task="restore", degradation=degradation)
    assert protocol_of(card) == expected
    assert protocol_of(ModelCard("mine", scale=2)) is AUTHORS


@pytest.mark.parametrize("degradation", [(), ("noise 5",), ("blur 1", "jpeg 20"), ("blur 1.6 7", "round")])
def test_another_damage_needs_a_protocol_by_name(degradation):
    card = ModelCard("mine", scale=None, task="restore", degradation=degradation)
    with pytest.raises(UsageError, match=r"got mine .*; name a protocol"):
        protocol_of(card)


def test_jpeg_of_one_plane_has_no_colour():
    with pytest.raises(UsageError, match="expected a degradation"):
        replace(JPEG, channel="rgb")
    assert replace(PROTOCOLS["jpeg-colour"], channel="rgb").describe()


def test_every_metric_can_be_asked_for():
    assert replace(AUTHORS, metrics=tuple(METRICS)).metrics == tuple(METRICS)


def test_nothing_is_agreed_upon_by_default_or_changed_later():
    with pytest.raises(TypeError, match=f"{len(fields(Protocol)) - 1} required"):
        Protocol(name="mine")  # type: ignore[call-arg]
    with pytest.raises(FrozenInstanceError):
        AUTHORS.name = "mine"  # type: ignore[misc]
