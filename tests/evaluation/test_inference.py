"""How a network is used: luma ranges, passes, ensemble, back-projection."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import TinyWeights
from test_authors_oracle import authors_weights

from srcnn.color import luma
from srcnn.enlargement import upscale
from srcnn.errors import UsageError
from srcnn.evaluation import AUTHORS, PROTOCOLS, NetworkUse, evaluate
from srcnn.evaluation.case import Case
from srcnn.evaluation.inference import apply_network
from srcnn.model import Model
from srcnn.resize import imresize
from srcnn.weights import Weights

# The authors' 9-5-5 on Set5 with the mean over eight flips and rotations, and with three steps of
# back-projection on top; x2, x3, x4 in PSNR.
ENSEMBLE = {2: 36.83, 3: 32.90, 4: 30.63}
PROJECTED = {2: 36.88, 3: 32.93, 4: 30.68}


def check_on_set5(data_root: Path, weights_root: Path, scale: int, use: NetworkUse, figure: float) -> None:
    weights = authors_weights(weights_root, "9-5-5(ImageNet)", scale)
    result = evaluate(weights, data_root / "test" / "Set5", scale, use=use, metrics=["psnr"])
    assert result.mean["srcnn"]["psnr"] == pytest.approx(figure, abs=0.01)


def test_ensemble_and_back_projection_at_x3(data_root: Path, weights_root: Path) -> None:
    check_on_set5(data_root, weights_root, 3, NetworkUse(ensemble=True, back_projection=3), PROJECTED[3])


@pytest.mark.slow
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_what_each_is_worth(data_root: Path, weights_root: Path, scale: int) -> None:
    check_on_set5(data_root, weights_root, scale, NetworkUse(ensemble=True), ENSEMBLE[scale])
    projected = NetworkUse(ensemble=True, back_projection=3)
    check_on_set5(data_root, weights_root, scale, projected, PROJECTED[scale])


def test_two_passes_of_the_authors_x2(data_root: Path, weights_root: Path) -> None:
    # Above one pass of their x4, 30.484.
    weights = authors_weights(weights_root, "9-5-5(ImageNet)", 2)
    result = evaluate(weights, data_root / "test" / "Set5", 4, use=NetworkUse(passes=2), metrics=["psnr"])
    assert result.mean["srcnn"]["psnr"] == pytest.approx(30.509, abs=0.005)


@pytest.fixture
def grey(picture) -> np.ndarray:
    return luma(picture)[:48, :32]


def full(weights: Weights) -> Weights:
    return replace(weights, card=replace(weights.card, luma_range="full"))


def result_of(pixels: np.ndarray, weights: Weights, use: NetworkUse, name: str = "authors", scale: int = 2):
    return apply_network(Case(pixels, PROTOCOLS[name], scale), Model(weights), use)[0]


def test_luma_is_converted_to_the_cards_range_and_back(picture, tiny_weights: TinyWeights) -> None:
    studio = tiny_weights()
    bicubic = Case(picture, AUTHORS, 2).baseline()
    for_the_network = (bicubic * 255 - 16) / 219
    expected = (Model(studio)(for_the_network).astype(np.float64) * 219 + 16) / 255
    np.testing.assert_allclose(result_of(picture, full(studio), NetworkUse()), expected, atol=1e-6)
    as_is = result_of(picture, full(studio), NetworkUse(luma="as-is"))
    np.testing.assert_array_equal(as_is, result_of(picture, studio, NetworkUse()))
    assert np.abs(as_is - expected).max() > 1e-3


def test_the_other_way_round_too(picture, tiny_weights: TinyWeights) -> None:
    weights = tiny_weights()
    bicubic = Case(picture, PROTOCOLS["full-range"], 2).baseline()
    expected = (Model(weights)((bicubic * 219 + 16) / 255).astype(np.float64) * 255 - 16) / 219
    result = result_of(picture, weights, NetworkUse(), "full-range")
    np.testing.assert_allclose(result, expected, atol=1e-6)
    same = result_of(picture, full(weights), NetworkUse(), "full-range")
    np.testing.assert_array_equal(same, Model(weights)(bicubic))


def test_a_grey_picture_has_no_range(grey, tiny_weights: TinyWeights) -> None:
    weights = tiny_weights()
    np.testing.assert_array_equal(
        result_of(grey, full(weights), NetworkUse()), result_of(grey, weights, NetworkUse())
    )


def test_levels_of_255_are_the_models_business(picture, tiny_weights: TinyWeights) -> None:
    weights = tiny_weights()
    scaled = Weights(
        weights.kernels,
        tuple(bias * 255 for bias in weights.biases),
        weights.architecture,
        replace(weights.card, input_range=255.0),
    )
    np.testing.assert_allclose(
        result_of(picture, scaled, NetworkUse()), result_of(picture, weights, NetworkUse()), atol=1e-5
    )


def test_two_passes_by_hand(grey, tiny_weights: TinyWeights) -> None:
    net = Model(tiny_weights())
    low = imresize(grey / 255, 1 / 4)
    once = np.clip(net(imresize(low, 2)), 0, 1)
    expected = net(imresize(once, 2))
    result = result_of(grey, net.weights, NetworkUse(passes=2), scale=4)
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(
        result_of(grey, net.weights, NetworkUse(), scale=8),
        result_of(grey, net.weights, NetworkUse(passes=2), scale=8),
    )


def test_back_projection_by_hand(grey, tiny_weights: TinyWeights) -> None:
    weights = tiny_weights()
    low = imresize(grey / 255, 1 / 2)
    high = Model(weights)(imresize(low, 2))
    for _ in range(2):
        high = high + imresize(low - imresize(high, 1 / 2), 2).astype(np.float32)
    np.testing.assert_array_equal(result_of(grey, weights, NetworkUse(back_projection=2)), high)


def test_the_whole_zoo_of_uses_is_said_and_counted(
    tiny_weights: TinyWeights, tmp_path: Path, picture
) -> None:
    use = NetworkUse(luma="as-is", ensemble=True, passes=2, back_projection=3)
    line = use.describe(4, "full")
    assert line == (
        "network: 2 passes; luma as it is; mean over 8 flips and rotations; each 3 back-projection steps"
    )
    assert NetworkUse().describe(4, "full") == "network: one pass; luma in the card's range, full"
    assert NetworkUse().describe(8, "studio").startswith("network: 2 passes")
    from srcnn.files import Picture, write_picture

    write_picture(Picture(picture), tmp_path / "a.png")
    result = evaluate(tiny_weights(), tmp_path, 2, use=use)
    assert line in str(result).splitlines()
    assert result.to_json()["use"] == {
        "luma": "as-is",
        "ensemble": True,
        "passes": 2,
        "back_projection": 3,
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"luma": "both"}, "by the card or as-is, got 'both'"),
        ({"passes": 0}, "1 to 16 passes"),
        ({"passes": 99}, "1 to 16 passes"),
        ({"back_projection": -1}, "0 to 100 back-projection steps"),
    ],
)
def test_uses_that_cannot_be_meant(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        NetworkUse(**arguments)


@pytest.mark.parametrize(("scale", "passes"), [(2, 1), (3, 2), (4, 2)])
@pytest.mark.parametrize("back_projection", [0, 2])
def test_what_is_measured_is_what_upscale_makes(
    grey: np.ndarray, tiny_weights: TinyWeights, scale: int, passes: int, back_projection: int
) -> None:
    # Away from black and white, where `upscale` clips and an evaluation need not.
    case = Case((64 + grey[:48, :24] // 2).astype(np.uint8), AUTHORS, scale)
    net = Model(tiny_weights())
    use = NetworkUse(passes=passes, back_projection=back_projection, ensemble=True)
    measured, _ = apply_network(case, net, use)
    options = {"passes": passes, "back_projection": back_projection, "ensemble": True}
    made = upscale(case.low("y").astype(np.float32), scale, model=net, **options)
    np.testing.assert_allclose(np.clip(measured, 0, 1), made, atol=2e-6)
