"""Tables of ``srcnn batch`` and of devices, from ``records/benchmarks/`` and ``records/devices/``.

See `tables.py`. What a large corpus costs is computed here from what a picture and a name were measured to
cost, and from list prices.
"""

import json
import statistics
from typing import Any

from recording import RECORDS, table

BENCHMARKS = RECORDS / "benchmarks"
CORPORA = (10**6, 10**7, 10**8, 10**9)
SCAN = ("2048x2048 JPEG", "9-5-5")
"""The picture and the network of the tables of a large corpus."""
_CORES = 1000
_NAMES_PER_LIST = 1000


def batch() -> str:
    """``srcnn batch`` beside ``srcnn upscale --workers 2``, and two nodes and processes beside one."""
    record = _read("batch_throughput.json")
    bases = {"command": "srcnn upscale --workers 2", "nodes": "one node", "processes": "one process"}
    rows = []
    for part, base in bases.items():
        found = record.get(part, {"ratios": {}})
        for name, ratio in found["ratios"].items():
            pace = statistics.median(found["pictures_per_second"][name])
            cells = [
                f"{found['pictures']:,}",
                f"{pace:.2f}",
                "{median:.2f} ({least:.2f} to {most:.2f})".format(**ratio),
                base,
            ]
            workers = f"{statistics.median(found['at_work'][name]):.2f}" if "at_work" in found else ""
            rows.append([_NAMES.get(name, name), *cells, workers])
    return table(
        ["what", "pictures", "pictures/s", "times", "beside", "workers at a picture, on average"], rows
    )


_NAMES = {
    "upscale": "srcnn upscale --workers 2",
    "batch": "srcnn batch",
    "batch without its start": "srcnn batch, without Ray's start",
}


def driver() -> str:
    """The memory of the driver as pictures come in."""
    record = _read("batch_throughput.json")
    rows = [[f"{row['done']:,}", f"{row['mib']:.0f}"] for row in record.get("driver", ())]
    return table(["pictures done", "MiB of the driver's own"], rows)


def costs() -> str:
    """Processor seconds of a core for a picture, by what they are spent on."""
    rows = []
    for row in _read("corpus_costs.json").get("pictures", ()):
        times = [f"{row[part] * 1000:,.0f}" for part in ("read", "enlarge", "write", "whole")]
        sizes = [f"{row[part] / 1000:,.0f}" for part in ("bytes_read", "bytes_written")]
        rows.append([row["picture"], row["model"], *times, *sizes])
    header = ["picture, x2", "network", "reading, ms", "enlarging, ms", "writing, ms", "together, ms"]
    return table([*header, "kB in", "kB out"], rows)


def scale() -> str:
    """Core hours, money and requests of corpora of scans."""
    rows = []
    record, prices = _read("corpus_costs.json"), _read("list_prices.json")
    for count in CORPORA if record and prices else ():
        scan = _scan(record)
        hours = count * _core_seconds(record) / 3600
        put = count * scan["bytes_written"] / 1e9
        requests = count * (prices["get"] + prices["put"] + prices["list"] / _NAMES_PER_LIST)
        rows.append(
            [
                f"{count:,}",
                _rounded(hours),
                _duration(hours / _CORES),
                f"${_rounded(hours * prices['core_hour'])}",
                f"${_rounded(requests)}",
                f"{_rounded(put / 1000)} TB",
                f"${_rounded(put * prices['gigabyte_month'])}",
                f"${_rounded(put * prices['gigabyte_out'])}",
            ]
        )
    header = ["pictures", "core hours", f"on {_CORES:,} cores", "cores", "requests", "outputs"]
    return table([*header, "a month of outputs", "if they leave the region"], rows)


def driver_scale() -> str:
    """What the driver, one process, has to do for corpora of so many names."""
    rows = []
    record = _read("corpus_costs.json")
    for count in CORPORA if record else ():
        known, storage = record["driver"], record["storage"]
        rows.append(
            [
                f"{count:,}",
                _duration(count * (known["list"] + storage["list"]) / 3600),
                f"{_rounded(count * known['bytes_held'] / 1e9)} GB",
                f"{_rounded(count * known['bytes_in_manifest'] / 1e9)} GB",
                _duration(count * known["row"] / 3600),
                _duration(count * known["resume"] / 3600),
            ]
        )
    header = [
        "names",
        "listing a bucket",
        "memory for it",
        "manifest",
        "taking in rows",
        "reading the manifest",
    ]
    return table(header, rows)


def devices() -> str:
    """Every engine on every device: pace, share of the roofline, accuracy."""
    rows = []
    for path in sorted((RECORDS / "devices").glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        for run in record["runs"]:
            for row in run["rows"]:
                rows.append([record["device"], run["model"], run["size"], *_device_cells(row)])
    if not rows:
        return "None yet: no GPU was at hand."
    header = ["device", "network", "picture", "engine", "numbers", "MP/s", "MP/s on the device"]
    return table([*header, "of the roofline", "levels from float64"], rows)


def ceilings() -> str:
    """What each device was measured to reach at most, in the same run."""
    rows = []
    for path in sorted((RECORDS / "devices").glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if "ceilings" not in record:
            continue
        known = dict(record["ceilings"])
        copy = known.pop("copy")
        products = ", ".join(f"{name} {value / 1e12:.3g}" for name, value in known.items())
        versions = ", ".join(f"{name} {value}" for name, value in record["versions"].items())
        rows.append([record["device"], products, f"{copy / 1e9:,.0f}", versions])
    if not rows:
        return "None were kept."
    return table(["device", "matrix product, TFLOP/s", "copy, GB/s", "versions"], rows)


def _device_cells(row: dict[str, Any]) -> list[str]:
    cells = [row["name"], row["precision"]]
    if "reason" in row:
        return [*cells, "-", "-", "-", row["reason"].partition(": ")[2]]
    figures = {
        "megapixels_per_second": ",.0f",
        "network_megapixels_per_second": ",.0f",
        "share_of_roofline": ".0%",
        "levels_from_float64": ".5f",
    }
    return cells + [f"{row[name]:{form}}" if name in row else "-" for name, form in figures.items()]


def _scan(record: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in record["pictures"] if (row["picture"], row["model"]) == SCAN)


def _core_seconds(record: dict[str, Any]) -> float:
    return _scan(record)["whole"] + record["storage"]["get"] + record["storage"]["put"]


def _read(file: str) -> dict[str, Any]:
    """A record; empty where it is missing."""
    path = BENCHMARKS / file
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _rounded(value: float) -> str:
    """Two digits: these are estimates."""
    return f"{float(f'{value:.2g}'):,.0f}" if value >= 10 else f"{value:.2g}"


def _duration(hours: float) -> str:
    for limit, unit, length in ((1 / 60, "s", 1 / 3600), (1, "min", 1 / 60), (48, "h", 1)):
        if hours < limit:
            return f"{_rounded(hours / length)} {unit}"
    return f"{_rounded(hours / 24)} days"


CORPUS_TABLES = {
    "batch": batch,
    "driver": driver,
    "costs": costs,
    "scale": scale,
    "driver_scale": driver_scale,
    "devices": devices,
    "ceilings": ceilings,
}
