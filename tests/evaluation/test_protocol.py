from dataclasses import FrozenInstanceError, fields, replace
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from srcnn.errors import UsageError
from srcnn.evaluation import AUTHORS, Protocol


def test_the_line_says_every_convention():
    line = AUTHORS.describe()
    assert "\n" not in line
    for words in ("authors", "Y (BT.601)", "studio", "cropped", "bicubic", "symmetric", "not quantised"):
        assert words in line
    for words in ("rounded half up", "left out", "mean over images", "peak 255"):
        assert words in line


def test_another_convention_is_another_line():
    other = replace(AUTHORS, name="older MATLAB", resize_border="replicate")
    assert "replicated borders" in other.describe()
    assert "symmetric" not in other.describe()


def test_what_the_types_allow_can_be_made_and_said():
    for name, hint in get_type_hints(Protocol).items():
        if get_origin(hint) is Literal:
            for value in get_args(hint):
                assert replace(AUTHORS, **{name: value}).describe()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lr": "uint8"}, "expected a lr of float, got 'uint8'"),
        ({"resize_border": "zero"}, "symmetric or replicate"),
        ({"luma_range": "full"}, "luma_range of studio"),
        ({"metrics": ("psnr", "lpips")}, "psnr, ssim"),
        ({"metrics": ()}, "expected metrics"),
        ({"data_range": 0.0}, "data_range above 0"),
    ],
)
def test_a_convention_that_cannot_be_carried_out_makes_no_protocol(change, says):
    with pytest.raises(UsageError, match=says):
        replace(AUTHORS, **change)


def test_nothing_is_agreed_upon_by_default_or_changed_later():
    with pytest.raises(TypeError, match=f"{len(fields(Protocol)) - 1} required"):
        Protocol(name="mine")  # type: ignore[call-arg]
    with pytest.raises(FrozenInstanceError):
        AUTHORS.name = "mine"  # type: ignore[misc]
