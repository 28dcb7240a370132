"""Tables of trainings: of the shipped models, of what did not help, and of how soon a level was passed."""

import json
import tomllib
from typing import Any

from recording import RECORDS, enlarging, former, mean_of, read_record, restoring_models, table

SETS = ("Set5", "Set14", "BSD200")
FAILURES = RECORDS / "negative.toml"
SPEEDRUNS = RECORDS / "speedrun"


def trainings() -> str:
    """How each model that enlarges was trained, and what it reaches; those that were replaced as well."""
    header = ["date", "model", *SETS, "Set5 and Set14 with ensemble", *_COST, "change"]
    rows = []
    for name in sorted([*enlarging(), *former()], key=_kind_first):
        record = read_record(name, "record.json")
        means = [mean_of(name, f"{data}.json") for data in SETS]
        averaged = [mean_of(name, f"{data}-ensemble.json") for data in SETS[:2]]
        cells = [record["date"], _link(name), *map(_psnr, means), ", ".join(map(_psnr, averaged))]
        rows.append([*cells, *_cost(record), _change(record)])
    return table(header, rows)


def restore_trainings() -> str:
    """How each shipped model that restores was trained, and what it gains on held-out pictures."""
    rows = []
    for name in restoring_models():
        record = read_record(name, "record.json")
        held = record["validation"]
        gain = f"{held['bicubic']:.2f} to {held['psnr']:.2f}"
        rows.append([record["date"], _link(name), gain, *_cost(record), _change(record)])
    return table(["date", "model", "held-out pictures, dB", *_COST, "change"], rows)


def did_not_help() -> str:
    """What was tried and did not help, the latest first."""
    keys = ("date", "tried", "predicted", "measured", "budget", "verdict")
    tried = tomllib.loads(FAILURES.read_text(encoding="utf-8"))["tried"]
    rows = [[_cell(entry, key) for key in keys] for entry in reversed(tried)]
    return table([*keys], sorted(rows, key=lambda row: row[0], reverse=True))


def speedruns() -> str:
    """When the averaged weights of a recipe passed a level, seed by seed, and the spread at the end."""
    rows = []
    for path in sorted(SPEEDRUNS.glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        level, spread = record["level"], record["spread"]
        rows.append(
            [
                f"[{path.stem}](speedrun/{path.name})",
                f"{level['psnr']:.2f} dB, {level['set']} x{level['scale']}",
                ", ".join(_time(seed["passed"]) for seed in record["seeds"]),
                f"**{_time(record['median'])}**",
                *(_range(spread[kind]) for kind in ("test", "held_out")),
                _machine(record["machine"]),
                record["commit"][:7],
            ]
        )
    ends = ["at the end", "held out"]
    return table(["record", "level", "passed, by seed", "median", *ends, "on", "commit"], rows)


_COST = ["minutes", "on", "steps", "crops seen", "recipe", "commit"]


def _cost(record: dict[str, Any]) -> list[str]:
    return [
        f"{record['seconds'] / 60:.0f}",
        _machine(record["machine"]),
        f"{record['steps']:,}",
        f"{record['examples']:,}",
        record["recipe"]["name"],
        record["commit"][:7],
    ]


def _machine(machine: dict[str, Any]) -> str:
    used = f"{machine['threads']} of {machine['cores']} cores, {machine['processor']}"
    return f"{machine['gpu']}; {used}" if machine.get("gpu") else used


def _link(name: str) -> str:
    folder, _, model = name.rpartition("/")
    replaced = f"{model.rpartition('-')[0]}, replaced"
    return f"[{replaced if folder else model}]({name}/record.json)"


def _kind_first(name: str) -> tuple[str, str]:
    """Models under their names, the shipped one before those that it replaced."""
    folder, _, model = name.rpartition("/")
    return (model.rpartition("-")[0], model) if folder else (model, "")


def _change(record: dict[str, Any]) -> str:
    return record.get("change") or record["recipe"]["description"]


def _psnr(mean: dict[str, Any]) -> str:
    return f"{mean['srcnn']['psnr']:.2f}" if mean else "-"


def _cell(entry: dict[str, Any], key: str) -> str:
    text = " ".join(str(entry[key]).split())
    return f"[{text}]({entry['record']})" if key == "tried" and "record" in entry else text


def _time(seconds: float | None) -> str:
    return "not in this run" if seconds is None else f"{seconds / 60:.1f} min"


def _range(spread: dict[str, float]) -> str:
    return f"{spread['mean']:.3f} ({spread['min']:.3f} to {spread['max']:.3f})"
