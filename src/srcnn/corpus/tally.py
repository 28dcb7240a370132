"""What has become of the pictures so far: counts, rates, the time left, failures by kind."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyarrow import Table


@dataclass
class Tally:
    """Sums over the rows of a run; its size does not depend on their number.

    Attributes:
        total: pictures to do; ``size`` is that of their files in bytes.
        skipped: pictures done before with the same settings.
        others: files in the source that are no pictures.
        done: pictures done in this run; ``failed`` those that failed.
        pixels: of the outputs.
        read: bytes of the sources that are done or failed; ``written`` those of the outputs.
        busy: seconds that workers took for them, added up.
        kinds: how often each kind of failure came.
        first: its first message.
        manifest: where the rows are.
    """

    total: int
    size: int
    skipped: int = 0
    others: int = 0
    done: int = 0
    failed: int = 0
    pixels: int = 0
    read: int = 0
    written: int = 0
    busy: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    manifest: str = ""
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def seconds(self) -> float:
        """Since the first picture was begun."""
        return (time.monotonic() if self.ended is None else self.ended) - self.started

    @property
    def pictures_per_second(self) -> float:
        """Done or failed in this run."""
        return (self.done + self.failed) / max(self.seconds, 1e-9)

    @property
    def megapixels_per_second(self) -> float:
        """Of outputs."""
        return self.pixels / 1e6 / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far, by bytes, where they are known, or pictures; None before the first result."""
        part = self.read / self.size if self.size else (self.done + self.failed) / max(self.total, 1)
        return self.seconds * (1 - part) / part if part else None

    def add(self, rows: "Table") -> None:
        """Count rows of a manifest."""
        for row in rows.select(
            ["status", "kind", "error", "read", "width", "height", "written", "seconds"]
        ).to_pylist():
            self.read += row["read"]
            self.busy += row["seconds"]
            if row["status"] == "done":
                self.done += 1
                self.pixels += row["width"] * row["height"]
                self.written += row["written"]
            else:
                self.failed += 1
                self.kinds[row["kind"]] += 1
                self.first.setdefault(row["kind"], row["error"])

    def to_json(self) -> dict[str, Any]:
        """JSON values: what ``--json`` prints."""
        return {
            "done": self.done,
            "skipped": self.skipped,
            "failed": self.failed,
            "others": self.others,
            "seconds": round(self.seconds, 3),
            "worker_seconds": round(self.busy, 3),
            "pictures_per_second": round(self.pictures_per_second, 3),
            "megapixels_per_second": round(self.megapixels_per_second, 3),
            "bytes_read": self.read,
            "bytes_written": self.written,
            "failures": [
                {"kind": kind, "count": count, "first": self.first[kind]}
                for kind, count in self.kinds.most_common()
            ],
            "manifest": self.manifest,
        }
