"""What a check of training data found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DataReport:
    """A report for people and, with `to_json`, for scripts.

    Attributes:
        title: what was checked.
        lines: the facts in words.
        facts: the facts as JSON values.
        problems: what would stop a training, a line each.
        notes: what would not stop it, but is worth knowing.
    """

    title: str
    lines: tuple[str, ...]
    facts: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The facts, ``problems`` and ``notes`` as JSON values."""
        return {**self.facts, "problems": list(self.problems), "notes": list(self.notes)}

    def __str__(self) -> str:
        found = [f"problem: {line}" for line in self.problems] + [f"note: {line}" for line in self.notes]
        return "\n  ".join([self.title, *self.lines, *found])
