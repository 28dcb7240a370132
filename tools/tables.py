"""Write the tables of README.md and records/README.md from the records; ``--check`` only compares.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->``.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpus_tables import CORPUS_TABLES
from experiment_tables import (
    comparisons,
    engines,
    experiments,
    learning,
    memory,
    paired_folders,
    skyline,
    studies,
    t91,
    throughput,
)
from explained import conventions
from format_tables import formats, fuzzing, fuzzing_weights
from hardware_tables import HARDWARE_TABLES
from other_degradations import degradations
from recording import enlarging, mean_of, read_record, restoring_models, table
from service_tables import SERVICE_TABLES
from speed_tables import SPEED_TABLES
from training_tables import did_not_help, restore_trainings, speedruns, trainings
from twice_compressed import twice

from srcnn.atomic import write_bytes
from srcnn.evaluation import published, published_rows
from srcnn.evaluation.metric_table import figure_text
from srcnn.zoo import find_restorer

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    ROOT / "records" / "README.md",
    ROOT / "docs" / "howto" / "enlarge-huge-and-unusual-pictures.md",
    ROOT / "docs" / "howto" / "restore-jpegs.md",
    ROOT / "docs" / "howto" / "corpus.md",
    ROOT / "docs" / "howto" / "processes-and-gpus.md",
    ROOT / "docs" / "howto" / "train-as-the-paper.md",
    ROOT / "docs" / "howto" / "train-on-paired-folders.md",
    ROOT / "docs" / "howto" / "train-on-side-by-side-pairs.md",
    ROOT / "docs" / "howto" / "fpga.md",
    ROOT / "docs" / "howto" / "import-weights.md",
    ROOT / "docs" / "howto" / "web-as-a-service.md",
    ROOT / "docs" / "explanation" / "conventions.md",
    ROOT / "docs" / "explanation" / "native.md",
    ROOT / "docs" / "explanation" / "scale.md",
    ROOT / "docs" / "explanation" / "fixed-point.md",
    ROOT / "docs" / "reference" / "formats.md",
)
SETS = ("Set5", "Set14", "BSD200")
SCALES = (2, 3, 4)
PAPER = "srcnn 9-5-5"
NOTHING = {"psnr": None, "ssim": None}


def results() -> str:
    """PSNR and SSIM of bicubic, the paper and the shipped models, by set and scale."""
    models = sorted({name.rpartition("-x")[0] for name in enlarging()}, key=_kernels)
    header = ["set", "scale", "bicubic", "SRCNN 9-5-5, as published", *(f"ours, {m}" for m in models)]
    rows = [_result_row(data, scale, models) for data in SETS for scale in SCALES]
    return table(header, rows)


def restoring() -> str:
    """PSNR, SSIM and PSNR-B of JPEG, AR-CNN and the shipped weights on Classic5, by quality."""
    rows = []
    for name in sorted(
        restoring_models("jpeg", color=False),
        key=lambda name: read_record(name, "Classic5.json")["conventions"]["quality"],
    ):
        record = read_record(name, "Classic5.json")
        quality, mean = record["conventions"]["quality"], record["mean"]
        others = {row.method: row.figures for row in published_rows("Classic5", None, quality)}
        columns = [mean["jpeg"], others.get("ar-cnn", {}), mean["srcnn"]]
        gain = mean["srcnn"]["psnr"] - mean["jpeg"]["psnr"]
        rows.append([str(quality), *map(_triple, columns), f"{gain:+.2f} dB", name])
    return table(["quality", "JPEG", "AR-CNN, as published", "ours", "gain", "weights"], rows)


def restoring_color() -> str:
    """RGB PSNR of colour JPEGs, and what restoring luma alone and all planes gains, by quality and set."""
    rows = []
    for name in sorted(restoring_models("jpeg", color=True), key=_kernels):
        for data in ("Set5", "Set14"):
            record, luma = read_record(name, f"{data}.json"), mean_of(name, f"{data}-luma.json")
            jpeg = record["mean"]["jpeg"]["psnr"]
            gains = [mean["srcnn"]["psnr"] - jpeg for mean in (luma, record["mean"])]
            ratio = f"{gains[1] / gains[0]:.2f}" if min(gains) > 0 else "-"
            cells = [f"{jpeg:.2f}", *(f"{gain:+.2f} dB" for gain in gains), ratio]
            rows.append([str(record["conventions"]["quality"]), data, *cells, name])
    header = ["quality", "set", "JPEG, RGB PSNR", "luma alone", "all three planes", "ratio", "weights"]
    return table(header, rows)


def sharpening() -> str:
    """PSNR and SSIM of blurred pictures and of what the shipped weights make of them."""
    rows = []
    for name in restoring_models("blur"):
        for data in ("Set5", "Set14"):
            record = read_record(name, f"{data}.json")
            mean, sigma = record["mean"], record["conventions"]["sigma"]
            gain = mean["srcnn"]["psnr"] - mean["blurred"]["psnr"]
            rows.append(
                [data, f"{sigma:g}", _pair(mean["blurred"]), _pair(mean["srcnn"]), f"{gain:+.2f} dB", name]
            )
    return table(["set", "sigma", "blurred", "ours", "gain", "weights"], rows)


def between_qualities() -> str:
    """What the weights of the neighbouring qualities make of JPEGs between them, the better one in bold."""
    file = ROOT / "records" / "jpeg-qualities" / "held-out.json"
    if not file.exists():
        return table(["quality", "JPEG"], [])
    record = json.loads(file.read_text(encoding="utf-8"))
    known = list(record["weights"])
    rows = []
    for row in record["rows"]:
        by = row["restored"]
        chosen = find_restorer("9-5-5", row["quality"])
        cells = []
        for quality in known:
            cell = f"{by[quality]:.3f}" if quality in by else ""
            best = quality in by and by[quality] == max(*by.values(), row["jpeg"])
            taken = chosen is not None and chosen.stem == f"9-5-5-jpeg{quality}"
            cells.append((f"**{cell}**" if best else cell) + (" (taken)" if taken else ""))
        rows.append([str(row["quality"]), f"{row['jpeg']:.3f}", *cells])
    return table(["quality", "JPEG", *(f"jpeg{quality}" for quality in known)], rows)


TABLES = {
    "results": results,
    "trainings": trainings,
    "conventions": conventions,
    "degradations": degradations,
    "experiments": experiments,
    "studies": studies,
    "comparisons": comparisons,
    "paired_folders": paired_folders,
    "skyline": skyline,
    "t91": t91,
    "learning": learning,
    "throughput": throughput,
    "memory": memory,
    "engines": engines,
    "restoring": restoring,
    "restoring_color": restoring_color,
    "twice": twice,
    "between_qualities": between_qualities,
    "sharpening": sharpening,
    "restore_trainings": restore_trainings,
    "did_not_help": did_not_help,
    "speedruns": speedruns,
    "formats": formats,
    "fuzzing": fuzzing,
    "fuzzing_weights": fuzzing_weights,
    **CORPUS_TABLES,
    **SPEED_TABLES,
    **HARDWARE_TABLES,
    **SERVICE_TABLES,
}


def render(page: str) -> str:
    """The page with its tables made anew."""
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end of table -->)",
        lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}",
        page,
        flags=re.DOTALL,
    )


def _kernels(model: str) -> tuple[list[int], str]:
    return [int(size) for size in re.findall(r"\d+", model)], model


def _result_row(data: str, scale: int, models: list[str]) -> list[str]:
    means = [mean_of(f"{model}-x{scale}", f"{data}.json") for model in models]
    paper = {metric: published(data, scale, PAPER, metric, "authors") for metric in ("psnr", "ssim")}
    bicubic = next((mean["bicubic"] for mean in means if mean), NOTHING)
    columns = [bicubic, paper, *(mean.get("srcnn", NOTHING) for mean in means)]
    return [data, f"x{scale}", *(_pair(figures) for figures in columns)]


def _pair(figures: dict[str, Any]) -> str:
    psnr, ssim = figures["psnr"], figures["ssim"]
    return "-" if psnr is None else f"{psnr:.2f}" + ("" if ssim is None else f" / {ssim:.4f}")


def _triple(figures: Mapping[str, float]) -> str:
    metrics = ("psnr", "ssim", "psnr_b")
    return " / ".join(figure_text(metric, figures[metric]) for metric in metrics) if figures else "-"


def main() -> int:
    """Write or check every page; 1 when one is stale."""
    parser = argparse.ArgumentParser(description="Write the tables of the pages from the records.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a page is stale")
    check = parser.parse_args().check
    stale = []
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        if (made := render(page)) != page:
            stale.append(path.name)
            if not check:
                write_bytes(made.encode(), path)
    if check and stale:
        print(f"stale tables in {', '.join(stale)}; run: python tools/tables.py", file=sys.stderr)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
