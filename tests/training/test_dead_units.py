import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from srcnn.arch import parse_architecture
from srcnn.training.dead_units import dead_share, dead_units, peaks, revive
from srcnn.training.network import Srcnn, initialise
from srcnn.training.recipe import Recipe
from srcnn.training.run_folder import RunFolder
from srcnn.training.train import train
from srcnn.weights import load_weights

Build = Callable[..., Recipe]


def _network() -> Srcnn:
    network = Srcnn(parse_architecture("3-3-3", widths=(6, 5), channels=1, border="valid"))
    initialise(network, "he", torch.Generator().manual_seed(0))
    with torch.no_grad():
        network.convolutions[0].bias[2] = -100
        network.convolutions[1].bias[[0, 3]] = -1000
    return network


def _dead(network: Srcnn, pictures: torch.Tensor) -> list[list[int]]:
    with peaks(network) as found, torch.no_grad():
        for picture in pictures:
            network(picture[None])
    return [units.nonzero().flatten().tolist() for units in dead_units(found)]


def test_dead_units_are_found_and_revived_without_a_change_of_what_is_computed() -> None:
    network, pictures = _network(), torch.rand(3, 1, 20, 20, generator=torch.Generator().manual_seed(1))
    assert _dead(network, pictures) == [[2], [0, 3]]
    before = network(pictures).detach()
    with peaks(network) as found, torch.no_grad():
        network(pictures)
    assert dead_share(dead_units(found)) == pytest.approx(3 / 11)
    averages = {parameter: parameter.detach().clone() for parameter in network.parameters()}
    revive(network, averages, dead_units(found), torch.Generator().manual_seed(2))
    torch.testing.assert_close(network(pictures), before)
    first, middle = (_dead(network, pictures)[layer] for layer in (0, 1))
    assert first == []
    assert middle == []
    for parameter, average in averages.items():
        torch.testing.assert_close(average, parameter.detach())


def test_a_run_says_how_many_units_are_dead_and_revives_those_it_starts_with(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    network = {"architecture": "3-3-3", "residual": True}
    start = train(tiny_recipe(network=network), tmp_path / "start", data=tiny_sets)
    start.biases[1][[2, 3]] = -1000
    shares = {}
    for name, wanted in (("left", False), ("revived", True)):
        recipe = tiny_recipe(network=network, run={"revive": wanted})
        train(recipe, tmp_path / name, data=tiny_sets, init=start)
        rows = [json.loads(line) for line in RunFolder(tmp_path / name).log.read_text().splitlines()]
        shares[name] = [row["dead"] for row in rows]
    assert shares["left"] == [0.2, 0.2]
    assert shares["revived"] == [0.0, 0.0]
    revived = load_weights(tmp_path / "revived" / "weights.safetensors")
    assert np.abs(revived.kernels[2][:, [2, 3]]).min() > 0
