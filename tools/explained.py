"""One network under every protocol: the record behind docs/explanation/conventions.md.

Usage: python tools/explained.py [--set Set5] [--scale 3] [--model 9-5-5]

Measures what ``srcnn evaluate SET --scale N --model NAME --explain`` prints, and writes
``records/conventions/SET-xN.json``.
"""

import argparse
import json
from typing import Any

from recording import RECORDS, present_name, table

from srcnn.atomic import write_bytes
from srcnn.evaluation.explanation import changes, explain
from srcnn.evaluation.protocols import PROTOCOLS
from srcnn.evaluation.result import Evaluation

FOLDER = RECORDS / "conventions"
METHODS = ("bicubic", "srcnn")


def conventions() -> str:
    """The record of Set5 at x3 as a table: what each protocol makes of one network's PSNR."""
    record = json.loads((FOLDER / "Set5-x3.json").read_text(encoding="utf-8"))
    first = record["rows"][0]["mean"]
    rows = []
    for row in record["rows"]:
        name = row["protocol"] + (", luma as-is" if row["luma"] == "as-is" else "")
        cells = []
        for method in METHODS:
            psnr, change = row["mean"][method]["psnr"], row["mean"][method]["psnr"] - first[method]["psnr"]
            cells += [f"{psnr:.2f}", f"{change:+.2f}" if row is not record["rows"][0] else ""]
        rows.append([name, *cells, changes(PROTOCOLS[row["protocol"]])])
    model = present_name(record["model"], record["digest"])
    return table(["protocol", "bicubic", "change", model, "change", "what it changes"], rows)


def _row(result: Evaluation) -> dict[str, Any]:
    assert result.use is not None
    means = {
        method: {metric: round(result.mean[method][metric], 6) for metric in ("psnr", "ssim")}
        for method in METHODS
    }
    return {"protocol": result.protocol.name, "luma": result.use.luma, "mean": means}


def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--set", default="Set5", help="image set, under SRCNN_DATA")
    parser.add_argument("--scale", type=int, default=3)
    parser.add_argument("--model", default="9-5-5", help="name of the weights without their scale")
    arguments = parser.parse_args()
    data, scale, model = arguments.set, arguments.scale, arguments.model
    evaluations = explain(model, data, scale).evaluations
    facts = evaluations[0].to_json()
    record = {
        "command": f"srcnn evaluate {data} --scale {scale} --model {model} --explain --json",
        **{key: facts[key] for key in ("set", "scale", "model", "digest")},
        "rows": [_row(evaluation) for evaluation in evaluations],
    }
    write_bytes((json.dumps(record, indent=2) + "\n").encode(), FOLDER / f"{data}-x{scale}.json")


if __name__ == "__main__":
    main()
