"""Which shipped weights serve a JPEG whose quality lies between two of theirs.

Usage: python tools/between_qualities.py [--data sets/] [--qualities 15,25,50]

Measured on pictures held out of the training sets, as their recipes hold them out: PSNR of the JPEG, and of
what each pair of neighbouring weights makes of it. Writes ``records/jpeg-qualities/held-out.json``, in which
rows of other qualities stay as long as they were made with the same weights.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from srcnn.atomic import write_bytes
from srcnn.data.dataset import SetRequest, load_pairs
from srcnn.data.pair import pairs_digest
from srcnn.degrade import jpeg
from srcnn.metrics import psnr
from srcnn.model import Model, load_model
from srcnn.training.recipe import load_recipe
from srcnn.zoo import restored_qualities

ROOT = Path(__file__).parents[1]
NAME = "9-5-5"
SIDE = 240
"""Of the centres that are measured, as during training."""
QUALITIES = (5, 8, *range(12, 19), *range(22, 28), *range(33, 37), *range(47, 51), 52, 70, 85, 90, 95)
RECORD = ROOT / "records" / "jpeg-qualities" / "held-out.json"

Pixels = npt.NDArray[np.uint8]


def held_out(data: Path | None) -> tuple[list[Pixels], str]:
    """8-bit luma of the centres of pictures that no restoring weights have learned from, and their hash."""
    rules = load_recipe(f"{NAME}-jpeg{restored_qualities(NAME)[0]}").data
    pairs = []
    for name in rules.hold_out_from:
        pairs += load_pairs(SetRequest(name, 1, every=rules.hold_out, rules=rules), data)
    return [_centre(pair.hr) for pair in pairs], pairs_digest(pairs)


def _centre(levels: npt.NDArray[Any]) -> Pixels:
    # From the 8x8 grid's own corner, so that a JPEG of the centre is the centre of the JPEG.
    rows, columns = (
        slice(start := max(0, (side - SIDE) // 2) // 8 * 8, start + min(side, SIDE)) for side in levels.shape
    )
    return levels[rows, columns].astype(np.uint8)


def around(quality: int, known: list[int]) -> list[int]:
    """The neighbouring qualities that there are weights for."""
    below, above = [k for k in known if k <= quality], [k for k in known if k >= quality]
    return sorted({*below[-1:], *above[:1]})


def row(quality: int, pictures: list[Pixels], nets: dict[int, Model]) -> dict[str, Any]:
    """PSNR of the JPEG and by the weights around its quality."""
    damaged = [jpeg(picture, quality) for picture in pictures]
    by = {k: [_restored(picture, nets[k]) for picture in damaged] for k in around(quality, list(nets))}
    return {
        "quality": quality,
        "jpeg": _mean(pictures, damaged),
        "restored": {str(k): _mean(pictures, results) for k, results in by.items()},
    }


def _restored(picture: Pixels, net: Model) -> Pixels:
    planes = net((picture / 255).astype(np.float32))
    return np.clip(np.floor(planes * 255 + 0.5), 0, 255).astype(np.uint8)


def _kept(pictures: str, digests: dict[str, str]) -> list[dict[str, Any]]:
    """Rows of the record that would come out the same today."""
    if not RECORD.exists():
        return []
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    if record["sha256"] != pictures:
        return []
    known = list(map(int, digests))

    def current(measured: dict[str, Any]) -> bool:
        used = {str(k) for k in around(measured["quality"], known)}
        same = all(record["weights"].get(k) == digests[k] for k in used)
        return same and used == set(measured["restored"])

    return [measured for measured in record["rows"] if current(measured)]


def _mean(pictures: list[Pixels], results: list[Pixels]) -> float:
    figures = [psnr(a, b, data_range=255, crop_border=0) for a, b in zip(pictures, results, strict=True)]
    return round(math.fsum(figures) / len(figures), 4)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder that holds the image sets [SRCNN_DATA]")
    parser.add_argument("--qualities", default=",".join(map(str, QUALITIES)))
    arguments = parser.parse_args()
    pictures, digest = held_out(arguments.data)
    nets = {k: load_model(f"{NAME}-jpeg{k}") for k in restored_qualities(NAME)}
    digests = {str(k): net.weights.digest for k, net in nets.items()}
    rows = {measured["quality"]: measured for measured in _kept(digest, digests)}
    for quality in map(int, arguments.qualities.split(",")):
        rows[quality] = row(quality, pictures, nets)
        print(rows[quality], flush=True)
    record = {
        "what": f"mean PSNR in dB of {len(pictures)} held-out pictures' luma, centres of {SIDE} pixels",
        "command": "python tools/between_qualities.py",
        "sha256": digest,
        "weights": digests,
        "rows": [rows[quality] for quality in sorted(rows)],
    }
    RECORD.parent.mkdir(exist_ok=True)
    write_bytes((json.dumps(record, indent=2) + "\n").encode(), RECORD)


if __name__ == "__main__":
    main()
