"""Outputs that exist already: refuse, keep or replace them, or resume the run that wrote them.

A journal in the folder of the outputs says which were begun and finished, from what and how. A line is
written before each job: the output's name, a digest of the settings, and the file that was there before.
Outputs are renamed into place whole, so one that is there now and was not there then was written by that job,
even if no other line follows. A second line, when the job is done, says what it wrote, so that a file that
was changed later is not taken for it. A job that failed has a line too: what was known before holds again.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from srcnn import __version__
from srcnn.atomic import lock
from srcnn.errors import ImageError, UsageError, os_errors_as
from srcnn.jobs.outcome import JobResult
from srcnn.jobs.plan import STREAM, Job
from srcnn.weights import Weights
from srcnn.zoo import is_file_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Existing = Literal["refuse", "skip", "overwrite"]
"""What to do about outputs that exist."""
_NO_PIXELS = ("tile", "threads", "max_memory", "max_pixels")
"""Options that change no pixel."""
DONE_BEFORE = "done before with the same settings"
EXISTS = "the output exists"
CHANGED = "changed before with other settings"
NAME = ".srcnn-journal.jsonl"
Print = tuple[int, int] | None
"""Size in bytes and time of the last change of a file; None without one."""


@dataclass(frozen=True)
class _Entry:
    settings: str
    source: Print
    before: Print
    after: Print = None
    earlier: "_Entry | None" = None
    """What was known of the output when the job began."""

    def wrote(self, output: Print) -> bool:
        """Whether the file ``output`` is what the job wrote."""
        return output is not None and (output == self.after if self.after else output != self.before)

    def at(self, output: Print) -> "_Entry | None":
        """What holds while the output is this file: if the job left it as it was, what was known before."""
        entry: _Entry | None = self
        while entry is not None and entry.after is None and entry.before == output:
            entry = entry.earlier
        return entry


class Journal:
    """The journals of the folders that jobs write to.

    Args:
        roots: the folders; those that do not exist have no journal yet.
        settings: what the pixels of a result depend on, as JSON values.
    """

    def __init__(self, roots: Iterable[Path], settings: Mapping[str, Any]) -> None:
        self._settings = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
        self._entries = {root: _read(root / NAME) for root in roots}
        self._files: dict[Path, FileIO] = {}

    def is_done(self, job: Job) -> bool:
        """Whether the output exists, written with these settings from the source as it is now."""
        entry = self._entry(job)
        return (
            entry is not None
            and entry.wrote(_print(job.target))
            and entry.settings == self._settings
            and (job.in_place or entry.source == _print(job.source))
        )

    def wrote(self, job: Job) -> bool:
        """Whether a run with this journal wrote the output that exists, with whatever settings."""
        entry = self._entry(job)
        return entry is not None and entry.wrote(_print(job.target))

    def begin(self, job: Job) -> None:
        """To be called before each job."""
        entry = _Entry(self._settings, _print(job.source), _print(job.target))
        self._write(job, {"settings": entry.settings, "source": entry.source, "before": entry.before})

    def finish(self, job: Job) -> None:
        """To be called after each job that succeeded."""
        self._write(job, {"after": _print(job.target)})

    def fail(self, job: Job) -> None:
        """To be called after each job that failed, perhaps since the disk is full: then nothing is noted."""
        with suppress(OSError):
            self._write(job, {"failed": _print(job.target)})

    @contextmanager
    def opened(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Open for these jobs; without any, nothing is written.

        Raises:
            ImageError: another run uses one of the folders, or has since `Journal` read its journal; or that
                cannot be written.
        """
        try:
            for root in {job.root: None for job in jobs if job.target != STREAM}:
                self._open(root)
            yield
        finally:
            for file in self._files.values():
                file.close()
            self._files.clear()

    def remove(self, jobs: Iterable[Job]) -> None:
        """Delete the journals of a run that did all of ``jobs``: there is nothing to resume.

        One that knew outputs of other jobs when the run began is of other runs too, and stays. To be called
        while they are `opened`, so that nobody has one of them open by then.
        """
        known = {root: set(entries) for root, entries in self._entries.items()}
        for job in jobs:
            known.get(job.root, set()).discard(_name(job))
        for root, others in known.items():
            file = None if others else self._files.pop(root, None)
            if file is None:
                continue
            if os.name == "nt":  # where no file is removed that is open
                file.close()
            (root / NAME).unlink(missing_ok=True)
            file.close()

    def _open(self, root: Path) -> None:
        with os_errors_as(ImageError, f"cannot write {root / NAME}"):
            root.mkdir(parents=True, exist_ok=True)
            self._files[root] = FileIO(root / NAME, "a")
        if not lock(self._files[root]):
            raise ImageError(f"another run is writing to {root}; wait for its end")
        # Since this run settled what is left to do; a run that ended may have removed what was opened here.
        if _read(root / NAME) != self._entries[root] or not _is_at(self._files[root], root / NAME):
            raise ImageError(f"another run has just written to {root}; start this one again")

    def _entry(self, job: Job) -> _Entry | None:
        entry = self._entries.get(job.root, {}).get(_name(job))
        return entry and entry.at(_print(job.target))

    def _write(self, job: Job, line: dict[str, Any]) -> None:
        file = self._files.get(job.root)
        if file is not None:
            # What was written last may have been cut off in the middle of a line.
            file.write(("\n" + json.dumps({"target": _name(job), **line}) + "\n").encode())


def _is_at(file: FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def known_outputs(root: Path) -> set[Path]:
    """Files that the journal of a folder knows as outputs."""
    return {root / name for name in _read(root / NAME)}


def _read(path: Path) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return entries
    for text in lines:
        try:
            line = json.loads(text)
            name = line["target"]
            entry = _entry_after(line, entries.get(name))
        except (ValueError, KeyError, TypeError, IndexError):
            continue  # cut off in the middle
        if entry is None:
            entries.pop(name, None)
        else:
            entries[name] = entry
    return entries


def _entry_after(line: Mapping[str, Any], entry: _Entry | None) -> _Entry | None:
    """What is known of an output after one more line about it."""
    if "after" in line:
        return entry and replace(entry, after=_pair(line["after"]), earlier=None)
    if "failed" in line:
        # A job whose process died may have written its output all the same.
        return entry.earlier if entry and _pair(line["failed"]) == entry.before else entry
    return _Entry(line["settings"], _pair(line["source"]), _pair(line["before"]), earlier=entry)


def _pair(value: Any) -> Print:
    return None if value is None else (int(value[0]), int(value[1]))


def _name(job: Job) -> str:
    return Path(os.path.relpath(job.target, job.root)).as_posix()


def _print(path: Path) -> Print:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns


def settings_of(command: str, options: "DataclassInstance") -> dict[str, Any]:
    """What the pixels of a result depend on, as JSON values; a model by its content, unless it has a name."""
    model: str | os.PathLike[str] | Weights = getattr(options, "model")  # noqa: B009 - of any dataclass
    if isinstance(model, Weights):
        card = model.card  # what it says of pixels counts like the arrays
        name = f"{model.digest} {card.task} {card.color} {card.luma_range} {card.input_range}"
    else:
        name = _digest(Path(model)) if is_file_name(os.fspath(model)) else os.fspath(model)
    settings = asdict(replace(options, model=name))
    used = {key: value for key, value in settings.items() if key not in _NO_PIXELS}
    return {"command": command, "version": __version__, **used}


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return str(path)  # loading it says why


def settle(
    jobs: Sequence[Job], existing: Existing, journal: Journal | None
) -> tuple[list[Job], list[JobResult]]:
    """Jobs that are left to do, and results for those that are skipped.

    Args:
        jobs: all of them.
        existing: what to do about an output that exists.
        journal: of the resumed run: what it wrote of the same pictures with the same settings is kept, and
            what it wrote otherwise is written again, whatever ``existing`` says. Only in place, where that
            would change a picture a second time, ``existing`` decides.

    Raises:
        UsageError: an output exists, or a picture was changed in place, and ``existing`` refuses that.
    """
    done = [job for job in jobs if journal is not None and journal.is_done(job)]
    stale = {job for job in jobs if journal is not None and journal.wrote(job)}
    present = [job for job in jobs if job not in stale and _exists(job)]
    if existing == "refuse" and present:
        exist = "exist" if len(present) > 1 else "exists"
        if journal is not None:
            raise UsageError(
                f"{_first(present)} already {exist}, not as the resumed run wrote it; "
                "use --skip-existing or --overwrite"
            )
        raise UsageError(f"{_first(present)} already {exist}; use --skip-existing, --overwrite or --resume")
    changed = [job for job in jobs if job.in_place and job in stale.difference(done)]
    if existing == "refuse" and changed:
        raise UsageError(
            f"already changed in place, with other settings or another version: {_first(changed)}; "
            "use --skip-existing to keep it, or --overwrite to change it again"
        )
    reasons = dict.fromkeys(present, EXISTS) | dict.fromkeys(changed, CHANGED) if existing == "skip" else {}
    reasons |= dict.fromkeys(done, DONE_BEFORE)
    skipped = [JobResult(job.source, job.target, skipped=reasons[job]) for job in jobs if job in reasons]
    return [job for job in jobs if job not in reasons], skipped


def _first(jobs: Sequence[Job]) -> str:
    return f"{jobs[0].target}{f' and {len(jobs) - 1} more' if len(jobs) > 1 else ''}"


def _exists(job: Job) -> bool:
    if job.in_place or job.target == STREAM:
        return False
    # A folder by the name of an output can be neither kept nor replaced: writing it is what fails.
    return os.path.lexists(job.target) and not job.target.is_dir()
