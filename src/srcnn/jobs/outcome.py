"""The result of each job, and of all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Status = Literal["done", "skipped", "failed"]

Advance = Callable[[float], None]
"""Called with the part of a job that is done, 0 to 1."""


@dataclass(frozen=True)
class JobResult:
    """The result of a job.

    Attributes:
        source: the picture.
        target: the output.
        seconds: from reading to writing.
        width: of the output in pixels, 0 without one; ``height`` likewise.
        notes: deliberate changes, such as 16 bits becoming 8.
        error: why it failed, else None.
        kind: the class of the error that was raised, else None.
        skipped: why it was not done, else None.
    """

    source: Path
    target: Path
    seconds: float = 0.0
    width: int = 0
    height: int = 0
    notes: tuple[str, ...] = ()
    error: str | None = None
    skipped: str | None = None
    kind: str | None = None

    @property
    def status(self) -> Status:
        """``done``, ``skipped`` or ``failed``."""
        if self.error is not None:
            return "failed"
        return "done" if self.skipped is None else "skipped"

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "source": str(self.source),
            "target": str(self.target),
            "status": self.status,
            "width": self.width,
            "height": self.height,
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
            "skipped": self.skipped,
            "error": self.error,
        }


@dataclass(frozen=True)
class Outcome:
    """The results of all jobs.

    Attributes:
        results: one a picture, in the order of the plan; fewer after an interruption.
        others: files in the folders that are no pictures.
        seconds: of the whole run.
        interrupted: the run was ended before all was done.
    """

    results: Sequence[JobResult]
    others: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    def count(self, status: Status) -> int:
        """How many pictures were done, skipped or failed."""
        return sum(result.status == status for result in self.results)

    def to_json(self) -> dict[str, Any]:
        """JSON values: what ``--json`` prints and ``--report`` writes."""
        return {
            "done": self.count("done"),
            "skipped": self.count("skipped"),
            "failed": self.count("failed"),
            "others": self.others,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "results": [result.to_json() for result in self.results],
        }
