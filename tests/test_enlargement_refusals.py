"""What `upscale` refuses, before any work."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support import identity

from srcnn.enlargement import upscale
from srcnn.errors import ImageError, UsageError
from srcnn.weights import ModelCard

KINDS = ("uint8", "uint16", "float32")
CHANNELS = (None, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"passes": 0}, "1 to 16 passes"),
        ({"passes": 17}, "1 to 16 passes"),
        ({"back_projection": -1}, "0 to 100"),
        ({"back_projection": 101}, "0 to 100"),
    ],
)
def test_passes_and_steps_that_cannot_be_meant(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        upscale(np.zeros((4, 4), np.uint8), 2, model=identity(), **arguments)


def test_weights_that_restore_do_not_enlarge(picture: np.ndarray) -> None:
    restoring = replace(identity(), card=ModelCard("unblurred", None, task="restore"))
    with pytest.raises(UsageError, match="a model that enlarges, got unblurred, which is one to restore"):
        upscale(picture, 2, model=restoring)


@pytest.mark.parametrize("scale", [0, 1, -2, 0.5, math.nan, math.inf])
def test_scales_that_do_not_enlarge(scale: float) -> None:
    with pytest.raises(UsageError, match="finite scale above 1"):
        upscale(np.zeros((4, 4), np.uint8), scale, model=identity())


def test_scales_beyond_any_picture() -> None:
    with pytest.raises(UsageError, match="pixels a side"):
        upscale(np.zeros((4, 4), np.uint8), 1e300, model=identity())


@pytest.mark.parametrize("scale", ["3", None, 2j, [2]])
def test_scales_that_are_no_number(scale: Any) -> None:
    float32: Any = np.float32(1.5)
    with pytest.raises(UsageError, match="finite scale above 1, got"):
        upscale(np.zeros((4, 4), np.uint8), scale, model=identity())
    assert upscale(np.zeros((4, 4), np.uint8), float32, model=identity()).shape == (6, 6)


@pytest.mark.parametrize("option", ["model", "passes", "back_projection", "tile"])
def test_options_of_the_wrong_kind(option: str) -> None:
    arguments: dict[str, Any] = {"model": identity()} | {option: 1.5}
    with pytest.raises(UsageError, match=r"got.*1\.5"):
        upscale(np.zeros((4, 4), np.uint8), 2, **arguments)


@pytest.mark.parametrize("picture", [[[0, 1], [1, 0]], None, "photo.png"])
def test_what_is_no_array(picture: Any) -> None:
    with pytest.raises(UsageError, match=f"NumPy array, got {type(picture).__name__}"):
        upscale(picture, 2, model=identity())


def test_a_result_beyond_any_memory_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        with pytest.raises(
            ImageError, match=r"30000000x20000000 pixels, which needs 785,823\.\d GB; .*smaller"
        ):
            upscale(np.zeros((200, 300), np.uint8), 1e5, model=identity())

    refuse()
    # Where the system does not say how much it has, what it gives decides.
    monkeypatch.setattr("srcnn.system.usable_memory", lambda: None)
    refuse()


def test_memory_counts_the_floats_between_steps_and_those_of_back_projection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = np.zeros((10, 10), np.uint8)

    def with_memory(count: int, scale: float, options: dict[str, Any]) -> None:
        monkeypatch.setattr("srcnn.system.usable_memory", lambda: count)
        upscale(picture, scale, model=identity(), **options)

    # 10 -> 40 -> 160 pixels a side: the floats of the first step are held beside the bytes of the second.
    for needed, scale, options in (
        (10**2 + 40**2, 4, {}),
        (4 * 40**2 + 160**2, 16, {}),
        (10**2 + 40**2 + 3 * 4 * 40**2, 4, {"back_projection": 1}),
    ):
        with_memory(needed, scale, options)
        with pytest.raises(ImageError, match="expected a picture that fits into"):
            with_memory(needed - 1, scale, options)


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros(4, np.uint8), r"\(H, W\)"),
        (np.zeros((4, 4, 5), np.uint8), "shape"),
        (np.zeros((0, 4), np.uint8), "at least 1x1"),
        (np.zeros((4, 4), np.int32), "int32"),
        (np.zeros((4, 4), bool), "bool"),
        (np.full((4, 4), 1.5, np.float32), "divide or clip"),
        (np.full((4, 4), np.nan, np.float32), "nan"),
    ],
)
def test_arrays_that_are_no_picture(picture: np.ndarray, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        upscale(picture, 2, model=identity())


def test_weights_of_an_unknown_colour() -> None:
    with pytest.raises(UsageError, match="'lab'"):
        upscale(np.zeros((4, 4), np.uint8), 2, model=identity(3, "lab"))
