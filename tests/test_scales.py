from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.errors import UsageError
from srcnn.scales import Size, output_size

SIDES = st.integers(1, 5000)


@given(height=SIDES, width=SIDES, wanted=st.integers(1, 20_000))
def test_what_is_asked_for_is_what_comes_and_proportions_are_kept(height: int, width: int, wanted: int):
    for size, side in (
        (Size(width=wanted), width),
        (Size(height=wanted), height),
        (Size(longest=wanted), max(height, width)),
    ):
        if wanted <= side:
            with pytest.raises(UsageError, match="does not make pictures smaller"):
                size.factor((height, width))
            continue
        new_height, new_width = output_size((height, width), size.factor((height, width)))
        assert {"width": new_width, "height": new_height, "longest": max(new_height, new_width)}[
            next(way for way in Size.WAYS if getattr(size, way) is not None)
        ] == wanted
        # The other side is off by what rounding it to a pixel takes.
        assert abs(new_height / height - new_width / width) <= 0.5001 * (1 / height + 1 / width)


@given(height=SIDES, width=SIDES, box=st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)))
def test_a_fit_touches_the_box_and_never_leaves_it(height: int, width: int, box: tuple[int, int]):
    size = Size(fit=box)
    if box[0] <= width or box[1] <= height:
        with pytest.raises(
            UsageError, match=f"smaller than {box[0]}x{box[1]} pixels.*got one of {width}x{height}"
        ):
            size.factor((height, width))
        return
    new_height, new_width = output_size((height, width), size.factor((height, width)))
    assert new_width <= box[0]
    assert new_height <= box[1]
    assert new_width == box[0] or new_height == box[1]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "expected one of scale, width, height, longest, fit, got none"),
        ({"scale": 2, "width": 100}, "got scale and width"),
        ({"width": 100, "height": 100, "fit": (1, 1)}, "got width and height and fit"),
        ({"scale": 1}, "above 1, got 1"),
        ({"width": 0}, "a width of 1 to"),
        ({"longest": 2**31}, "a longest of 1 to"),
        ({"fit": (100, -1)}, "a fit of 1 to"),
        ({"height": 1.5}, "a height of 1 to .* got 1.5"),
    ],
)
def test_sizes_that_cannot_be_meant(said: dict[str, Any], message: str):
    with pytest.raises(UsageError, match=message):
        Size(**said)


@pytest.mark.parametrize(
    ("size", "label"),
    [
        (Size(scale=2.5), "x2.5"),
        (Size(width=1920), "1920w"),
        (Size(height=1080), "1080h"),
        (Size(longest=4000), "4000"),
        (Size(fit=(1920, 1080)), "1920x1080"),
    ],
)
def test_labels_for_names_of_files(size: Size, label: str):
    assert size.label == label
