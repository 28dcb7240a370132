"""Several processes share each batch; their number changes nothing but the order of additions."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from srcnn.data.pair import Pair
from srcnn.errors import UsageError
from srcnn.training.recipe import Recipe
from srcnn.training.run_folder import RunFolder
from srcnn.training.trainer import Trainer
from srcnn.weights import load_weights

RECIPE = """
name = "shared"
description = "one batch for several processes"
[network]
architecture = "3-1-3"
widths = [6, 4]
residual = true
[data]
train = ["Tiny"]
scale = 2
size = 16
hold_out = 3
[optimiser]
name = "{optimiser}"
loss = "{loss}"
rate = 1e-3
[run]
steps = 6
batch = 4
validate_every = 3
"""


@pytest.mark.parametrize(
    ("optimiser", "loss", "tolerance"),
    # Adam divides gradients by their size, which enlarges what rounding leaves of small ones. (Muon and SOAP
    # start from eigenvectors of a few gradients: there rounding alone makes another, equally good run.)
    [
        pytest.param("sgd", "sum", 1e-5, id="sgd"),
        pytest.param("sgd", "psnr", 1e-5, id="psnr", marks=pytest.mark.slow),
        pytest.param("adam", "mean", 1e-4, id="adam", marks=pytest.mark.slow),
    ],
)
def test_two_processes_equal_one(
    optimiser: str, loss: str, tolerance: float, tiny_sets: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "shared.toml"
    recipe.write_text(RECIPE.format(optimiser=optimiser, loss=loss))
    launchers = {
        "one": [sys.executable],
        "two": [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"],
    }
    for name, launcher in launchers.items():
        command = [*launcher, "-m", "srcnn", "train", str(recipe), "--out", str(tmp_path / name)]
        command += ["--data", str(tiny_sets), "--threads", "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout.count("weights and record are in") == 1
    one, two = (load_weights(RunFolder(tmp_path / name).weights) for name in launchers)
    for a, b in zip(one.kernels, two.kernels, strict=True):
        np.testing.assert_allclose(b, a, atol=tolerance)
    rows = [RunFolder(tmp_path / name).rows() for name in launchers]
    for key in ("loss", "train_mse", "psnr"):
        values = [[row[key] for row in run] for run in rows]
        assert values[1] == pytest.approx(values[0], rel=1e-3)


def test_a_batch_that_cannot_be_shared_is_refused(tiny_recipe: Callable[..., Recipe]) -> None:
    class _ThreeProcesses:
        is_global_zero = True
        world_size = 3

        def setup(self, *parts: Any) -> tuple[Any, ...]:
            return parts

    pair = Pair("p", np.zeros((20, 20), np.float32), np.zeros((20, 20), np.uint8))
    with pytest.raises(UsageError, match="3 processes can share equally, got 4"):
        Trainer(tiny_recipe(), [pair], _ThreeProcesses())  # type: ignore[arg-type]
