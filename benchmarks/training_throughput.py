"""Label pixels trained per processor second: our recipe beside the common PyTorch way, turn by turn.

The common way is what most SRCNN repositories do: 33 x 33 sub-images read one by one from HDF5, zero
padding, fp32, batches of 16, Adam with a smaller rate for the last layer. Both train 9-5-5 at x3. The
authors' recipe for 9-1-5 is measured too. On processors without bf16 ours are in fp32 too. Each contender
is a process of its own, since keeping freed memory is a setting of a whole process; ours are measured with
it, as `srcnn train` runs, and without.

Processor seconds of all threads count, not those on the clock, so that other work on the machine blurs
little.

Usage: python benchmarks/training_throughput.py [--rounds 5] [--threads 1] [--json]
"""

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from lightning_fabric import Fabric
from torch import nn
from torch.utils.data import DataLoader, Dataset

from srcnn.data.pair import Pair
from srcnn.degrade import bicubic_degradation
from srcnn.training.process import keep_freed_memory
from srcnn.training.provenance import machine
from srcnn.training.recipe import load_recipe
from srcnn.training.trainer import Trainer

SECONDS = 3.0
"""Processor seconds of each turn."""
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


def computes_bf16() -> bool:
    """Whether this processor has instructions for it that oneDNN uses."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def our_way(name: str) -> Callable[[], int]:
    """A step of a recipe; returns the label pixels it trained on."""
    random = np.random.default_rng(0)
    pairs = []
    for number in range(20):
        hr = random.integers(0, 256, (300, 450), np.uint8)
        pairs.append(Pair(f"{number}", bicubic_degradation((hr / 255).astype(np.float32), 3), hr))
    recipe = load_recipe(name, [] if computes_bf16() else ["run.precision=fp32"])
    run = Trainer(recipe, pairs, Fabric(devices=1))
    side = recipe.data.size - 2 * recipe.network.build().halo

    def step() -> int:
        run.advance()
        return recipe.run.batch * side**2

    return step


CONTENDERS: dict[str, tuple[str | None, bool]] = {
    "common PyTorch way": (None, False),
    "modern-9-5-5-x3": ("modern-9-5-5-x3", True),
    "modern-9-5-5-x3, memory given back": ("modern-9-5-5-x3", False),
    "paper-9-1-5-x3": ("paper-9-1-5-x3", True),
    "paper-9-1-5-x3, memory given back": ("paper-9-1-5-x3", False),
}
"""Recipe, None being the common way; and whether freed memory is kept."""


def contend(pipe: Connection, name: str, threads: int) -> None:
    """The process of one contender: whenever told to, it takes a turn and answers with its speed."""
    recipe, kept = CONTENDERS[name]
    if kept:
        keep_freed_memory()
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        step = our_way(recipe) if recipe else common_way(Path(folder))
        step()
        pipe.send(None)
        while pipe.recv():
            pipe.send(pixels_per_second(step))


def pixels_per_second(step: Callable[[], int]) -> float:
    """Label pixels a processor second over one turn."""
    begun, pixels = time.process_time(), 0
    while time.process_time() - begun < SECONDS:
        pixels += step()
    return pixels / (time.process_time() - begun)


def measure(rounds: int, threads: int) -> dict[str, list[float]]:
    """Speeds of every contender, a turn a round each."""
    context = multiprocessing.get_context("spawn")
    pipes: dict[str, Connection] = {}
    processes = []
    for name in CONTENDERS:
        pipes[name], theirs = context.Pipe()
        processes.append(context.Process(target=contend, args=(theirs, name, threads), daemon=True))
        processes[-1].start()
        pipes[name].recv()
    speeds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, pipe in pipes.items():
            pipe.send(True)
            speeds[name].append(pipe.recv())
    for pipe in pipes.values():
        pipe.send(False)
    for process in processes:
        process.join()
    return speeds


def compared(speeds: dict[str, list[float]], one: str, other: str) -> dict[str, float]:
    """How many times faster ``one`` is than ``other``: median, least and most of the rounds."""
    ratios = sorted(a / b for a, b in zip(speeds[one], speeds[other], strict=True))
    return {"median": statistics.median(ratios), "least": ratios[0], "most": ratios[-1]}


def report(speeds: dict[str, list[float]]) -> dict[str, Any]:
    """Ratios and speeds with the machine they hold for."""
    common, *ours = CONTENDERS
    pairs = [(ours[0], common), (ours[0], ours[1]), (ours[2], ours[3])]
    return {
        "what": "label pixels trained a processor second; each ratio is from turns taken in the same rounds",
        "machine": {**machine(), "matrix_units": _matrix_units()},
        "ratios": [{"of": one, "to": other, **compared(speeds, one, other)} for one, other in pairs],
        "million_pixels_per_second": {name: statistics.median(s) / 1e6 for name, s in speeds.items()},
    }


def _matrix_units() -> list[str]:
    """What this processor has for bf16; the ratios hang on it."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return []
    return [name for name in ("amx_bf16", "avx512_bf16") if name in flags]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Label pixels trained, against the common way.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    found = report(measure(arguments.rounds, arguments.threads))
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    for name, speed in found["million_pixels_per_second"].items():
        print(f"{name:36} {speed:6.3f} million label pixels a processor second")
    for ratio in found["ratios"]:
        spread = f"from {ratio['least']:.2f} to {ratio['most']:.2f}"
        print(f"{ratio['of']} to {ratio['to']}: {ratio['median']:.2f} ({spread})")


if __name__ == "__main__":
    main()
