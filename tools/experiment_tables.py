"""Tables of runs whose weights are not shipped, from ``records/experiments/`` and ``records/studies/``.

See `keep.py` and `tables.py`.
"""

import json
from pathlib import Path
from typing import Any

from recording import table

RECORDS = Path(__file__).parents[1] / "records"
EXPERIMENTS = RECORDS / "experiments"
STUDIES = RECORDS / "studies"
SETS = ("Set5", "Set14")
CURVES = {"the authors' recipe": "paper-9-1-5-x3", "starting as bicubic, Adam": "adam-9-1-5-x3"}
"""What a column of the learning table is called, and the record it is from."""


def experiments() -> str:
    """Every kept run: what it learned, on held-out pictures and where measured on test sets, and its cost."""
    return _runs(EXPERIMENTS)


def studies() -> str:
    """The trainings that answer the paper's studies, in the same columns."""
    return _runs(STUDIES)


def comparisons() -> str:
    """The variants of each experiment side by side."""
    rows = []
    for path in sorted(EXPERIMENTS.rglob("table.json")):
        content = _read(path)
        for row in content["rows"]:
            gain = row["psnr"] - row["bicubic"]
            cells = [f"{row['psnr']:.3f}", f"{gain:+.3f}", f"{row['steps']:,}", f"{row['seconds'] / 60:.1f}"]
            rows.append([content["name"], row["variant"], f"{row['bicubic']:.3f}", *cells])
    return table(["experiment", "variant", "bicubic, dB", "network, dB", "gain", "steps", "minutes"], rows)


def paired_folders() -> str:
    """What the pairs in two folders taught, epoch by epoch."""
    return _epochs("paired-folders")


def skyline() -> str:
    """What the pairs side by side taught, epoch by epoch."""
    return _epochs("skyline-restore")


def t91() -> str:
    """T91 with a slight blur from scratch: what each scale reached, and two passes of x2."""
    header = [
        "recipe",
        "epochs",
        "stopped after and resumed",
        "watched, dB",
        *(f"{data}, dB" for data in SETS),
    ]
    rows = []
    for folder in sorted(EXPERIMENTS.glob("t91-*")):
        record = _read(folder / "record.json")
        held, run = record["validation"], record["recipe"]["run"]
        stops = ", ".join(f"{part['step']:,}" for part in record["resumed"]) or "-"
        cells = [str(run["epochs"]), f"{stops} of {record['steps']:,} steps"]
        rows.append([folder.name, *cells, f"{held['bicubic']:.2f} to {held['psnr']:.2f}", *_both(folder, "")])
        if (folder / f"{SETS[0]}-twice.json").exists():
            rows.append([f"{folder.name} in two passes", "", "", "", *_both(folder, "-twice")])
    return table(header, rows)


def _both(folder: Path, ending: str) -> list[str]:
    paths = [folder / f"{data}{ending}.json" for data in SETS]
    means = [_read(path)["mean"] if path.exists() else None for path in paths]
    return [f"{m['bicubic']['psnr']:.2f} to {m['srcnn']['psnr']:.2f}" if m else "-" for m in means]


def _epochs(name: str) -> str:
    record, log = _read(EXPERIMENTS / name / "record.json"), _log(name)
    steps = record["steps"] / record["recipe"]["run"]["epochs"]
    rows = []
    for row in log:
        epoch = row["step"] / steps
        if abs(epoch - round(epoch)) > 0.01 or (log[-1] is not row and round(epoch) not in (1, 2, 5, 10)):
            continue
        cells = [f"{row['examples']:,}", f"{row['train_psnr']:.2f}", f"{row['psnr']:.2f}", _gain(row)]
        rows.append([f"{epoch:.0f}", *cells])
    return table(["epoch", "sub-images seen", "training, dB", "watched, dB", "over LR"], rows)


def learning() -> str:
    """PSNR over bicubic as crops are seen, doubling from row to row: the authors' recipe and Adam."""
    logs = {title: _log(name) for title, name in CURVES.items() if (EXPERIMENTS / name).exists()}
    if not logs:
        return table(["crops seen", *CURVES], [])
    rows, seen = [], 64_000
    while seen <= max(log[-1]["examples"] for log in logs.values()):
        rows.append([f"{seen:,}", *(_gain_at(log, seen) for log in logs.values())])
        seen *= 2
    rows.append(["at the end", *(_end(log) for log in logs.values())])
    rows.append(["passes bicubic", *(_crossing(log) for log in logs.values())])
    return table(["crops seen", *logs], rows)


def throughput() -> str:
    """How many times faster our training is than the common PyTorch way, and what keeping memory brings."""
    rows = []
    for path in sorted((RECORDS / "benchmarks").glob("training_throughput*.json")):
        record = _read(path)
        units = ", ".join(record["machine"]["matrix_units"])
        computed = f"bf16 ({units})" if units else "fp32 (AVX2)"
        rows += [
            [r["of"], r["to"], computed, f"{r['median']:.2f} ({r['least']:.2f} to {r['most']:.2f})"]
            for r in record["ratios"]
        ]
    return table(["training", "beside", "modern recipes in", "label pixels a processor second"], rows)


def engines() -> str:
    """The native engine beside other runtimes: time, ratio, accuracy and memory, from one run."""
    path = RECORDS / "benchmarks" / "engines.json"
    rows = [
        [
            f"{run['model']}, {run['threads']} thread{'s'[: run['threads'] != 1]}",
            row["name"],
            f"{row['ms_per_megapixel']:.0f}",
            "{median:.2f} ({least:.2f} to {most:.2f})".format(**row["times_ours"]),
            f"{row['levels_from_float64']:.5f}",
            f"{row['peak_mib']:.0f}",
        ]
        for run in (_read(path)["runs"] if path.exists() else [])
        for row in run["rows"]
    ]
    header = ["network", "engine", "ms a megapixel", "times native", "grey levels from float64", "MiB more"]
    return table(header, rows)


def memory() -> str:
    """What ``srcnn upscale`` holds in memory of its own for large pictures, and how long it works."""
    path = RECORDS / "benchmarks" / "upscale_memory.json"
    record = _read(path) if path.exists() else {"model": "", "rows": []}
    rows = [
        [
            f"{row['width']}x{row['height']}",
            f"{row['anonymous']} MiB",
            " and ".join(file.removeprefix("scratch file of ") for file in row["scratch"]) or "none",
            f"{row['processor'] / 60:.1f}",
            "equal to the bit" if row["part_is_exact"] else "DIFFERS",
        ]
        for row in record["rows"]
    ]
    header = [
        f"picture, x2, {record['model']}",
        "memory at most",
        "scratch files",
        "processor minutes",
        "a part alone",
    ]
    return table(header, rows)


def _runs(home: Path) -> str:
    header = ["record", "watched, dB", "gain", *SETS, "steps", "crops seen", "minutes", "on", "commit"]
    return table(header, [_row(path.parent, home) for path in sorted(home.rglob("record.json"))])


def _row(folder: Path, home: Path) -> list[str]:
    record, name = _read(folder / "record.json"), folder.relative_to(RECORDS).as_posix()
    held, machine = record["validation"], record["machine"]
    return [
        f"[{folder.relative_to(home).as_posix()}]({name}/record.json)",
        f"{held['bicubic']:.2f} to {held['psnr']:.2f}",
        f"{held['psnr'] - held['bicubic']:+.2f}",
        *(_measured(folder / f"{data}.json") for data in SETS),
        f"{record['steps']:,}",
        f"{record['examples']:,}",
        f"{record['seconds'] / 60:.0f}",
        f"{machine['threads']} of {machine['cores']} cores, {machine['processor']}",
        record["commit"][:7],
    ]


def _measured(path: Path) -> str:
    return f"{_read(path)['mean']['srcnn']['psnr']:.2f}" if path.exists() else "-"


def _gain_at(log: list[dict[str, Any]], seen: int) -> str:
    # The last validation up to there: an earlier one says less than was reached, never more.
    past = [row for row in log if row["examples"] <= seen]
    if not past or log[-1]["examples"] < seen:
        return "-"
    return _gain(past[-1])


def _end(log: list[dict[str, Any]]) -> str:
    row = log[-1]
    return f"{_gain(row)} after {row['examples']:,} in {row['seconds'] / 60:.0f} minutes"


def _crossing(log: list[dict[str, Any]]) -> str:
    for number, row in enumerate(log):
        if row["psnr"] > row["bicubic"]:
            first = f"between {log[number - 1]['examples']:,} and " if number else "before "
            seconds = row["seconds"]
            took = f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
            return f"{first}{row['examples']:,} crops, {took}"
    return "not in this run"


def _gain(row: dict[str, Any]) -> str:
    return f"{row['psnr'] - row['bicubic']:+.2f} dB"


def _log(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (EXPERIMENTS / name / "log.jsonl").read_text("utf-8").splitlines()]


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
