from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from srcnn.data.pair import Pair
from srcnn.data.samplers import RandomCrops
from srcnn.training.patches import null_space, patch_moments, shrink_null_space
from srcnn.training.recipe import Recipe
from srcnn.training.train import train
from srcnn.weights import Weights, load_weights

Build = Callable[..., Recipe]


def test_what_patches_excite_stays_and_the_rest_goes() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(4, 1, 16, 16, generator=generator)
    smooth = nn.functional.interpolate(noise, scale_factor=4, mode="bicubic", align_corners=True)
    kernels = torch.randn(6, 1, 5, 5, generator=generator)
    before = nn.functional.conv2d(smooth, kernels)
    null = null_space(patch_moments([smooth], 5), 1e-5)
    cleaned = kernels.clone()
    shrink_null_space(cleaned, null, 1.0)
    after = nn.functional.conv2d(smooth, cleaned)
    assert (after - before).square().mean() < 1e-4 * before.square().mean()
    assert cleaned.norm() < 0.9 * kernels.norm()
    halfway = kernels.clone()
    shrink_null_space(halfway, null, 0.5)
    torch.testing.assert_close(halfway, (kernels + cleaned) / 2)


def _noise_gain(weights: Weights) -> float:
    """White noise that comes through the first layer, as a root mean square over its filters."""
    return float(np.sqrt(np.square(weights.kernels[0]).sum((1, 2, 3)).mean()))


@pytest.mark.parametrize("start", ["random", "given"])
def test_a_run_with_null_decay_ends_with_less_gain_of_noise_and_the_same_on_pictures(
    start: str, tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    network = {"architecture": "7-1-3", "residual": True}

    def run(name: str, decay: float, init: Weights | None) -> tuple[Weights, float]:
        recipe = tiny_recipe(network=network, optimiser={"null_decay": decay, "null_ridge": 1e-5})
        weights = train(recipe, tmp_path / name, data=tiny_sets, init=init)
        return weights, float(weights.card.figures["held-out"]["psnr"])

    init = run("init", 0.0, None)[0] if start == "given" else None
    noisy, psnr_noisy = run("noisy", 0.0, init)
    clean, psnr_clean = run("clean", 20.0, init)
    assert _noise_gain(clean) < 0.8 * _noise_gain(noisy)
    assert psnr_clean == pytest.approx(psnr_noisy, abs=0.1)
    assert load_weights(tmp_path / "clean" / "weights.safetensors").digest == clean.digest


def test_null_decay_needs_a_residual_and_shares_name_sets(tiny_recipe: Build) -> None:
    with pytest.raises(ValueError, match=r"null_decay .* needs network\.residual"):
        tiny_recipe(optimiser={"null_decay": 20.0})
    with pytest.raises(ValueError, match="must not exceed 1"):
        tiny_recipe(network={"residual": True}, optimiser={"null_decay": 2e3})
    with pytest.raises(ValueError, match=r"data\.shares names a set"):
        tiny_recipe(data={"shares": {"Other": 0.5}})
    with pytest.raises(ValueError, match=r"shares must not exceed 1"):
        tiny_recipe(data={"shares": {"Tiny": 0.5}, "sampling": "ordered"})


@pytest.mark.parametrize("shares", [(0.7, 0.2, 0.1), (0.05, 0.55, 0.3, 0.1)])
def test_shares_add_up_to_one_however_floats_round(tiny_recipe: Build, shares: tuple[float, ...]) -> None:
    names = [f"Set{number}" for number in range(len(shares))]
    by_name = dict(zip(names, shares, strict=True))
    tiny_recipe(data={"train": names, "hold_out_from": [], "shares": by_name})
    planes = np.zeros((16, 16), np.float32)
    pairs = [Pair(f"{name}/a", planes, planes) for name in names]
    sampler = RandomCrops(pairs, size=9, margin=0, augment=False, seed=0, shares=by_name)
    assert sampler.batch(4)[0].shape == (4, 1, 9, 9)


@pytest.mark.parametrize("change", [{"whiten": True}, {"null_decay": 20.0}])
def test_patches_of_the_first_kernel_need_inputs_as_large(tiny_recipe: Build, change: dict[str, Any]) -> None:
    network = {"architecture": "9-1-5", "border": "replicate", "residual": True}
    with pytest.raises(ValueError, match=r"patches of 9 pixels; data\.size must be at least that, got 8"):
        tiny_recipe(network=network, data={"size": 8}, optimiser={"name": "muon", "rate": 1e-3, **change})


def test_a_clean_network_is_a_start_for_further_training(
    tiny_recipe: Build, tiny_sets: Path, tmp_path: Path
) -> None:
    network = {"architecture": "7-1-3", "residual": True}
    recipe = tiny_recipe(network=network, optimiser={"null_decay": 20.0, "null_ridge": 1e-5})
    first = train(recipe, tmp_path / "first", data=tiny_sets)
    carrier = first.kernels[0][0, 0]
    assert carrier[3, 3] < 0.9  # no identity any more
    assert carrier.sum() == pytest.approx(1, abs=1e-2)
    short = tiny_recipe(
        network=network,
        optimiser={"null_decay": 20.0, "null_ridge": 1e-5, "rate": 1e-9},
        run={"steps": 1, "validate_every": 1},
    )
    second = train(short, tmp_path / "second", data=tiny_sets, init=first)
    figures = [float(weights.card.figures["held-out"]["psnr"]) for weights in (first, second)]
    assert figures[1] == pytest.approx(figures[0], abs=0.02)
