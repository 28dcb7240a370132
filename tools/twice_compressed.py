"""What to do with JPEGs that were saved twice, or cropped in between: which quality to restore by.

Usage: python tools/twice_compressed.py [--data sets/]

Colour pictures held out of training, RGB PSNR of the damaged picture and of the restored one, by the quality
that the file tells and by that of the first, worse saving. Writes ``records/jpeg-qualities/twice.json``.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from recording import RECORDS, table

import srcnn
from srcnn.atomic import write_bytes
from srcnn.data.sets import find_set
from srcnn.degrade import jpeg
from srcnn.files import list_pictures, read_pixels
from srcnn.metrics import psnr
from srcnn.weights import load_weights
from srcnn.zoo import find_restorer

RECORD = RECORDS / "jpeg-qualities" / "twice.json"
NAME = "9-5-5"
EVERY = 10
"""Every so many pictures of a set were held out of training."""
SIDE = 192
CUT = (3, 5)
"""Rows and columns cut off between two savings: no multiple of JPEG's 8."""
CASES: dict[str, tuple[int, bool, int | None]] = {
    "20": (20, False, None),
    "20, then 90": (20, False, 90),
    "20, cropped, then 90": (20, True, 90),
    "20, cropped, saved without loss": (20, True, None),
    "40, then 20": (40, False, 20),
    "20, cropped, then 20": (20, True, 20),
}
"""First quality, whether it was cropped after that, and second quality, by the words of the table."""


def measure(case: tuple[int, bool, int | None], pictures: list[Any]) -> dict[str, float]:
    """Mean PSNR in dB as it is, and restored by each quality that may be named."""
    first, cropped, second = case
    sums: dict[str, float] = {}
    qualities = sorted({first, second or first})
    for picture in pictures:
        damaged = jpeg(picture, first)
        if cropped:
            damaged, picture = (np.ascontiguousarray(p[CUT[0] :, CUT[1] :]) for p in (damaged, picture))
        damaged = damaged if second is None else jpeg(damaged, second)
        results = {"as it is": damaged} | {str(q): srcnn.restore(damaged, q, model=NAME) for q in qualities}
        for label, result in results.items():
            sums[label] = sums.get(label, 0) + psnr(picture, result, data_range=255, crop_border=0)
    return {label: round(total / len(pictures), 3) for label, total in sums.items()}


def twice() -> str:
    """The record as a table."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    rows = []
    for row in record["rows"]:
        before = row["psnr"]["as it is"]
        gains = {q: p - before for q, p in row["psnr"].items() if q != "as it is"}
        restored = ", ".join(f"quality {q}: {gain:+.2f} dB" for q, gain in gains.items())
        rows.append([row["saved"], f"{before:.2f}", restored])
    return table(["saved with quality", "RGB PSNR, dB", "restored as"], rows)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--data", type=Path, help="folder that holds the image sets [SRCNN_DATA]")
    data = parser.parse_args().data
    pictures = []
    for name in ("General-100", "DIV2K-test-x4"):
        files = list_pictures(find_set(name, data))[::EVERY]
        pictures += [read_pixels(path)[:SIDE, :SIDE] for path in files]
    rows = []
    for saved, case in CASES.items():
        rows.append({"saved": saved, "psnr": measure(case, pictures)})
        print(rows[-1], flush=True)
    used = {q for first, _, second in CASES.values() for q in (first, second or first)}
    paths = {q: find_restorer(NAME, q, color=True) for q in sorted(used)}
    record = {
        "what": f"mean RGB PSNR in dB of {len(pictures)} held-out pictures, the first {SIDE} pixels a side",
        "command": "python tools/twice_compressed.py --data sets/",
        "weights": {str(q): load_weights(path).digest for q, path in paths.items() if path},
        "rows": rows,
    }
    write_bytes((json.dumps(record, indent=2) + "\n").encode(), RECORD)


if __name__ == "__main__":
    main()
