"""Cold start to written file: 512x512 to 1536x1536, with peak memory.

Each contender is a fresh process that reads a PNG, enlarges it three times and writes a PNG: bicubic alone
(this package's, in a script without a command line), ``srcnn upscale`` with a network that returns its input,
which is bicubic too, ``srcnn upscale``, and torch eager, as most published code runs a network, with the same
weights on the whole picture at once. The best of several runs counts; they take turns, so that whatever else
the machine does meets all of them alike. Modules are compiled before, as an installation does it.

    python benchmarks/upscale_cold.py [--model 9-5-5] [--runs 5] [--json]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from srcnn.arch import parse_architecture
from srcnn.text_table import markdown_table
from srcnn.weights import ModelCard, Weights, save_weights

SIDE, SCALE = 512, 3

BICUBIC = """
import sys
import numpy as np
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.resize import imresize
source, target, scale, _ = sys.argv[1:]
enlarged = imresize(read_pixels(source).astype(np.float32), int(scale))
write_picture(Picture(np.clip(enlarged + 0.5, 0, 255).astype(np.uint8)), target)
"""

TORCH = """
import sys
import numpy as np
import torch
from srcnn.color import rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.files import Picture, read_pixels, write_picture
from srcnn.resize import imresize
from srcnn.weights import load_weights
source, target, scale, weights_path = sys.argv[1:]
weights = load_weights(weights_path)
enlarged = imresize(rgb_to_ycbcr((read_pixels(source) / 255).astype(np.float32)), int(scale))
with torch.inference_mode():
    y = torch.from_numpy(np.ascontiguousarray(enlarged[..., 0]))[None, None]
    y = torch.nn.functional.pad(y, (weights.architecture.halo,) * 4, mode="replicate")
    for number, (kernel, bias) in enumerate(zip(weights.kernels, weights.biases)):
        y = torch.nn.functional.conv2d(y, torch.from_numpy(kernel), torch.from_numpy(bias))
        if number < len(weights.kernels) - 1:
            y = torch.relu(y)
enlarged[..., 0] = y[0, 0].numpy()
rgb = np.clip(ycbcr_to_rgb(enlarged), 0, 1) * 255 + 0.5
write_picture(Picture(rgb.astype(np.uint8)), target)
"""

LAUNCHER = """
import json, os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
started = time.perf_counter()
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - started
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""
"""Starts a contender. Its parent has to be small: Linux counts what that has had as the process's own."""


@dataclass
class Result:
    """The best of several runs: wall and processor seconds, and the largest resident memory in MiB."""

    name: str
    wall: float
    processor: float
    peak: float
    times_bicubic: float = 1.0


def picture(side: int = SIDE) -> npt.NDArray[np.uint8]:
    """(side, side, 3): rings, ramps and some noise, so that PNG has the work of a photograph."""
    rows, columns = np.mgrid[0:side, 0:side]
    rings = 60 * np.cos((rows - 200) ** 2 / 900 + (columns - 300) ** 2 / 900)
    rgb = np.stack([128 + rings, 64 + rows / 4 + rings / 2, 32 + columns / 3], axis=-1)
    rgb += np.random.default_rng(0).normal(0, 3, rgb.shape)
    return np.clip(rgb, 0, 255).astype(np.uint8)


def returns_its_input() -> Weights:
    """One layer of one weight."""
    architecture = parse_architecture("1", widths=(), channels=1)
    one, zero = np.ones((1, 1, 1, 1), np.float32), np.zeros(1, np.float32)
    return Weights((one,), (zero,), architecture, ModelCard("identity", SCALE))


def compiling_into(folder: str) -> dict[str, str]:
    """An environment in which modules are compiled once, into ``folder``."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def run_once(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MiB of one process."""
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(launcher, stdout=subprocess.PIPE, env=environment, check=True)
    code, wall, processor, peak = json.loads(done.stdout)
    if code:
        raise SystemExit(f"expected {command[:3]} to succeed, got exit status {code}")
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return wall, processor, peak * unit / 2**20


def measure(commands: dict[str, list[str]], runs: int, folder: str) -> list[Result]:
    """The best of ``runs`` for each command, taken in turns; modules are compiled into ``folder``."""
    environment = compiling_into(folder)
    times = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            found = run_once(command, environment)
            if number:  # the first compiles
                times[name].append(found)
    results = [
        Result(name, *(min(column) for column in zip(*rows, strict=True))) for name, rows in times.items()
    ]
    for result in results:
        result.times_bicubic = result.wall / results[0].wall
    return results


def table(results: list[Result]) -> str:
    """A Markdown table."""
    side = f"{SIDE}x{SIDE} to {SIDE * SCALE}x{SIDE * SCALE}"
    rows = [
        [r.name, f"{r.wall:.2f}", f"{r.processor:.2f}", f"{r.peak:.0f}", f"{r.times_bicubic:.2f}"]
        for r in results
    ]
    return markdown_table([side, "wall s", "processor s", "peak MiB", "to bicubic"], rows, words=range(5))


def main() -> None:
    """Measure and print."""
    from srcnn.files import Picture, write_picture
    from srcnn.zoo import find_model

    parser = argparse.ArgumentParser(description="Cold upscaling, time and peak memory.")
    parser.add_argument("--model", default="9-5-5", help="a name from `srcnn models`, or a .safetensors file")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    is_file = arguments.model.endswith(".safetensors")
    weights = arguments.model if is_file else str(find_model(arguments.model, SCALE))
    with tempfile.TemporaryDirectory() as folder:
        source, target = str(Path(folder) / "in.png"), str(Path(folder) / "out.png")
        write_picture(Picture(picture()), source)
        identity = str(Path(folder) / "identity.safetensors")
        save_weights(returns_its_input(), identity)
        files = [source, target, str(SCALE), weights]
        upscale = [sys.executable, "-m", "srcnn", "upscale", source, "-o", target, "--scale", str(SCALE)]
        upscale += ["--overwrite", "--model"]
        commands = {
            "bicubic alone": [sys.executable, "-c", BICUBIC, *files],
            "srcnn upscale, network that returns its input": [*upscale, identity],
            "srcnn upscale": [*upscale, weights],
            "torch eager": [sys.executable, "-c", TORCH, *files],
        }
        results = measure(commands, arguments.runs, str(Path(folder) / "compiled"))
    print(json.dumps([asdict(r) for r in results]) if arguments.json else table(results))


if __name__ == "__main__":
    main()
