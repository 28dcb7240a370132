"""Tables of ``srcnn web``: load, kills and broken uploads, from ``records/benchmarks/``."""

import json
from collections import Counter
from typing import Any

from recording import RECORDS, table

BENCHMARKS = RECORDS / "benchmarks"


def service_load() -> str:
    """The service under load, and beside the command."""
    record = _read("service.json")
    answers = _answers(record["answers"])
    rows = [
        [f"answers to {record['requests']} requests of {record['clients']} clients", answers],
        [
            "health, 99 of 100 answers within",
            f"{record['health_p99']} ms ({record['health_p99_idle']} ms without load)",
        ],
        [
            "memory of all its processes, at most",
            f"{record['peak']} MB ({record['idle']} MB without load)",
        ],
        [
            "workers alive at the end, replaced",
            f"{record['workers_alive']}, {record['workers_replaced']}",
        ],
        ["pictures a second, to those of `srcnn upscale`", f"{record['ratio']:.2f}"],
        [
            "pictures in a second of processor, to those of `srcnn upscale`",
            f"{record['processor_ratio']:.2f}",
        ],
    ]
    return table(["under load", "measured"], rows)


def service_kills() -> str:
    """What kills leave, and what was answered before them."""
    record = _read("service_kills.json")
    rows = [
        ["answers before the kills", _answers(record["answers"], lost="cut off, as their clients see")],
        ["files on disk after the kills, before the next start", str(record["files_after_kills"])],
        ["of these after the next start", str(record["files_after_starts"])],
        ["workers that outlive their service", str(record["workers_that_live_on"])],
    ]
    return table([f"killed {record['kills']} times", "found"], rows)


def service_checks() -> str:
    """What the service makes of broken uploads and of requests made from its own description."""
    uploads, requests = _read("fuzz_uploads.json"), _read("schemathesis.json")
    outcomes = sum((Counter(counts) for counts in uploads["counts"].values()), Counter[str]())
    rows = [
        [
            f"{uploads['files']:,} broken pictures (`tools/fuzz`)",
            f"{outcomes['read']:,} done, {outcomes['refused']:,} refused in words, "
            f"{len(uploads['findings'])} server errors",
        ],
        [
            f"{requests['requests']:,} requests made from `/openapi.json` (schemathesis)",
            f"{requests['failures']} failures",
        ],
    ]
    return table(["sent", "answered"], rows)


def _answers(counts: dict[str, int], lost: str = "lost") -> str:
    words = {"right": "right", "refused": "broken pictures refused", "went away": "clients that went away"}
    return ", ".join(
        f"{count} {lost if kind == 'lost' else words.get(kind, kind)}" for kind, count in counts.items()
    )


def _read(file: str) -> dict[str, Any]:
    return json.loads((BENCHMARKS / file).read_text(encoding="utf-8"))


SERVICE_TABLES = {
    "service_load": service_load,
    "service_kills": service_kills,
    "service_checks": service_checks,
}
