"""Results of the proofs of a design."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Status = Literal["equal", "differs", "skipped"]


@dataclass(frozen=True)
class Proof:
    """One comparison: what was compared, how it ended, and in how many words."""

    name: str
    status: Status
    detail: str


@dataclass(frozen=True)
class CheckResult:
    """All proofs of a design."""

    directory: Path
    proofs: tuple[Proof, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing that was tried differs."""
        return all(proof.status != "differs" for proof in self.proofs)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "directory": str(self.directory),
            "passed": self.passed,
            "proofs": [asdict(proof) for proof in self.proofs],
        }

    def __str__(self) -> str:
        width = max(len(proof.name) for proof in self.proofs)
        return "\n".join(f"{proof.name:{width}}  {proof.status:8}  {proof.detail}" for proof in self.proofs)
