"""Label pixels trained per second: our recipe beside the common PyTorch way, turn by turn in one process.

The common way is what most SRCNN repositories do: 33 x 33 sub-images read one by one from HDF5, zero
padding, fp32, batches of 16, Adam with a smaller rate for the last layer. Both train 9-5-5 at x3.

Usage: python benchmarks/training_throughput.py [--rounds 5] [--threads N]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import torch
from lightning_fabric import Fabric
from torch import nn
from torch.utils.data import DataLoader, Dataset

from srcnn.data.pairs import Pair
from srcnn.degrade import bicubic_degradation
from srcnn.training.recipe import load_recipe
from srcnn.training.run import Run

SECONDS = 5.0
"""Of each turn."""
SUBIMAGES = 2048


class _Hdf5(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Opens the file for every sub-image, as the common repository does."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __len__(self) -> int:
        return SUBIMAGES

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        with h5py.File(self._path) as file:
            lr, hr = (np.asarray(file[name][index]) for name in ("lr", "hr"))  # type: ignore[index]
        return torch.from_numpy(lr / np.float32(255))[None], torch.from_numpy(hr / np.float32(255))[None]


def common_way(folder: Path) -> Callable[[], int]:
    """A step of the common way; returns the label pixels it trained on."""
    random = np.random.default_rng(0)
    path = folder / "sub-images.h5"
    with h5py.File(path, "w") as file:
        for name in ("lr", "hr"):
            file[name] = random.uniform(0, 255, (SUBIMAGES, 33, 33)).astype(np.float32)
    network = nn.Sequential(
        nn.Conv2d(1, 64, 9, padding=4),
        nn.ReLU(inplace=True),
        nn.Conv2d(64, 32, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.Conv2d(32, 1, 5, padding=2),
    )
    groups = [
        {"params": network[0].parameters()},
        {"params": network[2].parameters()},
        {"params": network[4].parameters(), "lr": 1e-5},
    ]
    optimiser = torch.optim.Adam(groups, lr=1e-4)

    def batches() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        while True:
            yield from DataLoader(_Hdf5(path), batch_size=16, shuffle=True)

    source = batches()

    def step() -> int:
        inputs, labels = next(source)
        loss = nn.functional.mse_loss(network(inputs), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return labels.numel()

    return step


def our_way(_: Path) -> Callable[[], int]:
    """A step of the recipe ``modern-9-5-5-x3``; returns the label pixels it trained on."""
    random = np.random.default_rng(0)
    pairs = []
    for number in range(20):
        hr = random.integers(0, 256, (300, 450), np.uint8)
        pairs.append(Pair(f"{number}", bicubic_degradation((hr / 255).astype(np.float32), 3), hr))
    recipe = load_recipe("modern-9-5-5-x3")
    run = Run(recipe, pairs, Fabric(devices=1))
    side = recipe.data.size - 2 * recipe.network.build().halo

    def step() -> int:
        run.advance()
        return recipe.run.batch * side**2

    return step


def pixels_per_second(step: Callable[[], int]) -> float:
    """Label pixels a second over one turn."""
    begun, pixels = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        pixels += step()
    return pixels / (time.perf_counter() - begun)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Label pixels trained per second, against the common way.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        ways = {"common": common_way(Path(folder)), "srcnn": our_way(Path(folder))}
        for step in ways.values():
            step()
        rounds = [
            {name: pixels_per_second(step) for name, step in ways.items()} for _ in range(arguments.rounds)
        ]
    for name in ways:
        print(
            f"{name:8} {statistics.median(r[name] for r in rounds) / 1e6:6.3f} million label pixels a second"
        )
    ratios = sorted(r["srcnn"] / r["common"] for r in rounds)
    print(f"ratio    {statistics.median(ratios):6.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
