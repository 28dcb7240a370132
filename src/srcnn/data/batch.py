"""Work on many files where one bad file does not stop the rest."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from srcnn.atomic import make_folder
from srcnn.errors import DataError, SrcnnError, UsageError, reason
from srcnn.parallel import map_in_order
from srcnn.types import Progress


@dataclass(frozen=True)
class FileResult:
    """The files written for one source, or why nothing was."""

    source: Path
    targets: tuple[Path, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class Attempt:
    """``work`` on one file, its expected errors in the result; can be sent to another process."""

    work: Callable[[Path], tuple[Path, ...]]

    def __call__(self, source: Path) -> FileResult:
        """Run it."""
        try:
            return FileResult(source, self.work(source))
        except SrcnnError as error:
            message = str(error)
        except OSError as error:
            message = f"cannot write for {source}: {reason(error)}"
        return FileResult(source, error=message if source.name in message else f"{source}: {message}")


def attempt_all(
    work: Callable[[Path], tuple[Path, ...]],
    sources: Sequence[Path],
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> list[FileResult]:
    """``work``, which returns the files it wrote, on each source; results in order."""
    return list(map_in_order(Attempt(work), sources, processes, progress))


def prepare_folder(out: Path, *inputs: Path) -> Path:
    """Make the folder ``out`` if need be.

    Raises:
        UsageError: it is one of the ``inputs``, which are never written to.
        DataError: it cannot be made or written to.
    """
    if any(out.resolve() == path.resolve() for path in inputs):
        raise UsageError(f"expected an output folder other than the inputs, got {out}")
    return make_folder(out, DataError)


def check_none_exists(targets: Iterable[Path]) -> None:
    """Raise UsageError, before any work, where outputs exist."""
    present = [target for target in targets if os.path.lexists(target)]
    if present:
        more = f" and {len(present) - 1} more already exist" if len(present) > 1 else " already exists"
        raise UsageError(f"{present[0]}{more}; use --overwrite")


def check_stems(sources: Sequence[Path]) -> None:
    """Raise DataError where two inputs would be written under one name."""
    seen: dict[str, Path] = {}
    for source in sources:
        if source.stem.lower() in seen:
            raise DataError(
                f"expected one picture for each stem, got {seen[source.stem.lower()]} and {source}; "
                "rename or remove one"
            )
        seen[source.stem.lower()] = source
