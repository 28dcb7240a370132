"""What a worker does: change the pictures of a group and put them in their places, with a row for each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from srcnn.corpus.corpus_manifest import rows_table
from srcnn.corpus.picture_groups import Group
from srcnn.corpus.storage import Entry, Store
from srcnn.errors import StorageError
from srcnn.jobs.changed_bytes import bytes_job, output_of
from srcnn.jobs.outcome import JobResult
from srcnn.jobs.plan import Naming
from srcnn.jobs.restore_job import RestoreOptions
from srcnn.jobs.upscale_job import UpscaleOptions
from srcnn.jobs.worker import run_job
from srcnn.system import usable_cores

if TYPE_CHECKING:
    from pyarrow import Table

PictureWork = UpscaleOptions | RestoreOptions
TARGET = "target"
"""The ``kind`` of a failure that every other picture would meet too: nothing can be written."""

LOST = "WorkerDied"
"""The ``kind`` of a picture that takes its worker along."""
TRIES = 2
"""How often a picture may do that, when the pictures of its group are watched one by one."""


@dataclass(frozen=True)
class CorpusWork:
    """What is done to the pictures of a corpus; it can be sent to other machines.

    Attributes:
        source: where they are.
        target: where the outputs go, in the same tree.
        naming: what outputs are called.
        work: what is done to each; its ``max_memory`` is that of a worker.
        threads: cores of a worker; a machine has as many workers as fit.
        settings: the hash of the settings, for the rows.
    """

    source: Store
    target: Store
    naming: Naming
    work: PictureWork
    threads: int
    settings: str

    def name(self, source: str) -> str:
        """The output's name for a source's: it depends on nothing else."""
        path = PurePosixPath(source)
        return (path.parent / self.naming.name(Path(path.name))).as_posix()


class GroupChange:
    """Changes groups of pictures; the model is loaded once.

    Raises:
        UsageError: an unknown model or engine.
        WeightsError: weights that cannot be read.
    """

    def __init__(self, corpus: CorpusWork) -> None:
        self.corpus = corpus
        # The workers of this machine share its memory, if nothing else is said.
        workers = max(1, usable_cores() // corpus.threads) if corpus.work.max_memory is None else 1
        self._change = corpus.work.prepare(workers)

    def __call__(self, group: Group, given_up: Callable[[Entry], bool] = lambda entry: False) -> "Table":
        """Rows of the manifest, one for each picture, in order.

        ``given_up``, called before a picture is begun, says whether it has failed in this way too often.
        """
        return rows_table(self._rows(group, given_up))

    def _rows(self, group: Group, given_up: Callable[[Entry], bool]) -> Iterator[dict[str, Any]]:
        for entry, content, error in zip(group.entries, group.contents, group.errors, strict=True):
            target = self.corpus.name(entry.name)
            if given_up(entry):
                message = (
                    f"{entry.name}: its worker ended {TRIES} times, possibly out of memory; "
                    "use a smaller --max-memory"
                )
                yield self._row(entry, target, failed(entry, target, message, LOST))
                continue
            if error is not None:
                yield self._row(entry, target, failed(entry, target, error, "StorageError"))
                continue
            try:
                if content is None:
                    content = self.corpus.source.read(entry.name)
            except StorageError as error:
                yield self._row(entry, target, failed(entry, target, str(error), "StorageError"))
                continue
            try:
                yield self._one(entry, target, content)
            except StorageError as error:
                kind = TARGET if error.fatal else "StorageError"
                yield self._row(entry, target, failed(entry, target, str(error), kind), len(content))

    def _one(self, entry: Entry, target: str, content: bytes) -> dict[str, Any]:
        job = bytes_job(content, entry.name, PurePosixPath(target).suffix)
        result = run_job(self._change, job, lambda part: None)
        if result.error is not None:
            return self._row(entry, target, result, len(content))
        output = output_of(job)
        self.corpus.target.write(target, output)
        return self._row(entry, target, result, len(content), len(output))

    def _row(
        self, entry: Entry, target: str, result: JobResult, read: int = 0, written: int = 0
    ) -> dict[str, Any]:
        return result_row(entry, target, result, read, written, self.corpus.settings)


def failed(entry: Entry, target: str, message: str, kind: str) -> JobResult:
    """The result of a picture that failed outside of its job."""
    return JobResult(Path(entry.name), Path(target), error=message, kind=kind)


def result_row(
    entry: Entry, target: str, result: JobResult, read: int, written: int, settings: str
) -> dict[str, Any]:
    """A row of `manifest_schema`; ``read`` and ``written`` are bytes of the source and of the output."""
    return {
        "source": entry.name,
        "size": entry.size,
        "stamp": entry.stamp,
        "target": target,
        "status": result.status,
        "width": result.width,
        "height": result.height,
        "read": read,
        "written": written,
        "seconds": result.seconds,
        "kind": result.kind,
        "error": result.error,
        "notes": list(result.notes),
        "settings": settings,
    }
