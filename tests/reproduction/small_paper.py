"""A paper in small: made-up pictures under the names of its sets, and trainings of tiny networks."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from support import make_tiny_weights

from srcnn.weights import save_weights

LOG = {"examples": 32, "psnr": 30.0, "train_psnr": 29.0, "bicubic": 28.5}
RECORD = {
    "steps": 1500,
    "seconds": 180.0,
    "recipe": {"run": {"batch": 32}, "data": {"train": ["T91"]}},
}
SETS = {"Set5": ("baby", "bird", "butterfly_GT", "head", "woman"), "Set14": ("man", "ppt3")}


@dataclass(frozen=True)
class Small:
    """Folders of image sets, of trainings, and for measurements."""

    data: Path
    runs: Path
    store: Path


def make_sets(root: Path) -> None:
    """`SETS` as smooth random pictures, as large as MS-SSIM needs them."""
    random = np.random.default_rng(5)
    for name, stems in SETS.items():
        folder = root / name
        folder.mkdir(parents=True)
        for stem in stems:
            coarse = random.integers(0, 256, (12, 12, 3), np.uint8)
            fine = Image.fromarray(coarse).resize((174, 172), Image.Resampling.BICUBIC)
            fine.save(folder / f"{stem}.png")


def make_run(folder: Path, channels: int = 1, seed: int = 0) -> Path:
    """A finished training of a tiny network at x3."""
    folder.mkdir(parents=True)
    weights = make_tiny_weights(scale=3, channels=channels, seed=seed)
    save_weights(weights, folder / "weights.safetensors")
    (folder / "record.json").write_text(json.dumps(RECORD), encoding="utf-8")
    lines = [json.dumps(LOG), json.dumps({**LOG, "examples": 64, "psnr": 30.5})]
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
