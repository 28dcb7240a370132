"""Outputs that are there already: refuse, keep, or replace them, or go on where a run was cut off."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from srcnn.errors import ImageError, UsageError
from srcnn.jobs.outcome import JobResult
from srcnn.jobs.plan import STREAM, Job

Existing = Literal["refuse", "skip", "overwrite"]
DONE_BEFORE = "done before with the same settings"
EXISTS = "the output exists"
CHANGED = "changed before with other settings"


# JOINED: Which outputs were begun and finished, from what and how: what a run that was cut off goes on from. A line is written before each job: the output's name, a digest of the settings, and what file was there before. Outputs are renamed into place whole, so one that is there now and was not there then was made by that job, even if nothing was written after. A second line, when the job is done, says

NAME = ".srcnn-journal.jsonl"
Print = tuple[int, int] | None
"""Size in bytes and time of the last change of a file; None where there is none."""


@dataclass(frozen=True)
class _Entry:
    settings: str
    source: Print
    before: Print
    after: Print = None

    def made(self, output: Print) -> bool:
        """Whether the file that is there is what the job made."""
        return output is not None and (output == self.after if self.after else output != self.before)


class Journal:
    """The journals of the folders that jobs write to.

    Args:
        roots: the folders; those that do not exist have no journal yet.
        settings: what the pixels of a result depend on, as JSON values.
    """

    def __init__(self, roots: Iterable[Path], settings: Mapping[str, Any]) -> None:
        self._settings = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
        self._entries = {root: _read(root / NAME) for root in roots}
        self._files: dict[Path, IO[str]] = {}

    def is_done(self, job: Job) -> bool:
        """Whether the output is there, made by these settings from what the source is now."""
        entry = self._entry(job)
        return (
            entry is not None
            and entry.made(_print(job.target))
            and entry.settings == self._settings
            and (job.in_place or entry.source == _print(job.source))
        )

    def made(self, job: Job) -> bool:
        """Whether the output that is there was made by a run with this journal, however."""
        entry = self._entry(job)
        return entry is not None and entry.made(_print(job.target))

    def begin(self, job: Job) -> None:
        """To be called before each job."""
        entry = _Entry(self._settings, _print(job.source), _print(job.target))
        self._write(job, {"settings": entry.settings, "source": entry.source, "before": entry.before})

    def finish(self, job: Job) -> None:
        """To be called after each job that succeeded."""
        self._write(job, {"after": _print(job.target)})

    @contextmanager
    def opened(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Ready to write about these jobs; about none, nothing is written.

        Raises:
            ImageError: another run is at work in one of the folders, or its journal cannot be written.
        """
        try:
            for root in {job.root: None for job in jobs if job.target != STREAM}:
                self._open(root)
            yield
        finally:
            for file in self._files.values():
                file.close()
            self._files.clear()

    def remove(self) -> None:
        """Leave no journal behind: all is done and nobody wants to go on."""
        for root in self._entries:
            (root / NAME).unlink(missing_ok=True)

    def _open(self, root: Path) -> None:
        try:
            root.mkdir(parents=True, exist_ok=True)
            self._files[root] = (root / NAME).open("a", encoding="utf-8")
        except OSError as error:
            raise ImageError(f"cannot write {root / NAME}: {error.strerror or error}") from error
        if not _lock(self._files[root]):
            raise ImageError(f"expected no other run in {root}, got one that is at work; wait for its end")
        # What was written last may have been cut off in the middle of a line.
        self._files[root].write("\n")

    def _entry(self, job: Job) -> _Entry | None:
        return self._entries.get(job.root, {}).get(_name(job))

    def _write(self, job: Job, line: dict[str, Any]) -> None:
        file = self._files.get(job.root)
        if file is not None:
            file.write(json.dumps({"target": _name(job), **line}) + "\n")
            file.flush()


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
            if "after" in line:
                entry = entries[name]
                entries[name] = _Entry(entry.settings, entry.source, entry.before, _pair(line["after"]))
            else:
                entries[name] = _Entry(line["settings"], _pair(line["source"]), _pair(line["before"]))
        except (ValueError, KeyError, TypeError):
            continue  # cut off in the middle
    return entries


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


def _lock(file: IO[str]) -> bool:
    """Keep other runs out until the file is closed; where the system cannot, nobody is kept out."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def settle(
    jobs: Sequence[Job], existing: Existing, journal: Journal | None
) -> tuple[list[Job], list[JobResult]]:
    """Jobs that are left to do, and results for those that are skipped.

    Args:
        jobs: all of them.
        existing: what to do about an output that is there.
        journal: of the run that is gone on with: what it made of the same pictures with the same settings is
            kept, and what it made otherwise is made anew, whatever ``existing`` says. In place alone, where
            that would change a picture a second time, ``existing`` is about that.

    Raises:
        UsageError: there is an output, or a picture changed in place, and nobody said what to do about it.
    """
    done = [job for job in jobs if journal is not None and journal.is_done(job)]
    stale = {job for job in jobs if journal is not None and journal.made(job)}
    there = [job for job in jobs if job not in stale and _is_there(job)]
    if existing == "refuse" and there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        found = f"{there[0].target}{more}"
        if journal is not None:
            raise UsageError(
                f"expected outputs that the run to go on with made, got {found}, which it did not make or "
                "which changed since; add --skip-existing to keep them, or --overwrite to replace them"
            )
        raise UsageError(
            f"expected outputs that do not exist yet, got {found}; add --skip-existing to keep them, "
            "--overwrite to replace them, or --resume to go on with a run that was cut off"
        )
    changed = [job for job in jobs if job.in_place and job in stale.difference(done)]
    if existing == "refuse" and changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise UsageError(
            f"expected the settings, and the version, that {changed[0].target}{more} were changed with in "
            "place before, got others; add --skip-existing to keep them, or --overwrite to change them again"
        )
    reasons = dict.fromkeys(there, EXISTS) | dict.fromkeys(changed, CHANGED) if existing == "skip" else {}
    reasons |= dict.fromkeys(done, DONE_BEFORE)
    skipped = [JobResult(job.source, job.target, skipped=reasons[job]) for job in jobs if job in reasons]
    return [job for job in jobs if job not in reasons], skipped


def _is_there(job: Job) -> bool:
    if job.in_place or job.target == STREAM:
        return False
    # A folder by the name of an output can be neither kept nor replaced: writing it is what fails.
    return os.path.lexists(job.target) and not job.target.is_dir()
