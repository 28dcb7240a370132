"""Ship a finished run: measure it once on the test sets, write its record, put its weights into the zoo.

Usage: python tools/ship.py runs/modern-9-5-5-x3

Test sets are read here and nowhere else in a model's making, once it is finished. They are found under
``SRCNN_DATA``. Writes ``records/NAME/`` (recipe, log, record, an evaluation for each set),
``src/srcnn/zoo/NAME.safetensors``, whose card then holds the figures, and the hashes of all shipped weights.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from srcnn.atomic import write_bytes
from srcnn.errors import SrcnnError
from srcnn.evaluation import Evaluation, evaluate
from srcnn.evaluation.run import default_protocol
from srcnn.weights import load_weights, save_weights
from srcnn.zoo import SUMS, sums

ROOT = Path(__file__).parents[1]
ZOO = ROOT / "src" / "srcnn" / "zoo"
TEST_SETS = {"bicubic": ("Set5", "Set14", "BSD200"), "jpeg": ("Classic5",), "blurred": ("Set5", "Set14")}
"""Which sets tell how well a kind of damage is undone, by what the network is given."""
LICENCE = "MIT; trained on research image sets (see data), whose own terms ask for non-commercial use"


def ship(run: Path) -> None:
    """Measure, record and ship the run in the folder ``run``."""
    weights = load_weights(run / "weights.safetensors")
    name = weights.card.name
    record = ROOT / "records" / name
    record.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = dict(weights.card.figures)
    for data in TEST_SETS[default_protocol(weights, weights.card.scale).baseline]:
        result = evaluate(weights, data, weights.card.scale)
        write_bytes(_readable(result.to_json()).encode(), record / f"{data}.json")
        figures[data] = _card_figures(result)
        print(f"{name} {data}: {figures[data]}")
    for file in ("recipe.json", "record.json", "log.jsonl"):
        shutil.copyfile(run / file, record / file)
    card = replace(weights.card, figures=figures, licence=LICENCE)
    save_weights(replace(weights, card=card), ZOO / f"{name}.safetensors")
    write_bytes(sums(ZOO).encode(), ZOO / SUMS)


def _card_figures(result: Evaluation) -> dict[str, Any]:
    mean: Mapping[str, Mapping[str, float]] = result.mean
    protocol, given = result.protocol, result.protocol.baseline
    decimals = {"ssim": 5}
    return {
        "protocol": protocol.name,
        **({} if protocol.quality is None else {"quality": protocol.quality}),
        **({} if protocol.sigma is None else {"sigma": protocol.sigma}),
        **{metric: round(figure, decimals.get(metric, 4)) for metric, figure in mean["srcnn"].items()},
        given: round(mean[given]["psnr"], 4),
    }


def _readable(content: dict[str, Any]) -> str:
    # A line for each image: two hundred of them should stay a table and not become a novel.
    images = ",\n    ".join(json.dumps(_rounded(image)) for image in content.pop("images"))
    body = json.dumps(_rounded(content), indent=2)
    return body.removesuffix("\n}") + f',\n  "images": [\n    {images}\n  ]\n}}\n'


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure, record and ship a finished run.")
    parser.add_argument("run", type=Path, help="folder of a finished run")
    try:
        ship(parser.parse_args().run)
    except SrcnnError as error:
        sys.exit(f"ship: {error}")
