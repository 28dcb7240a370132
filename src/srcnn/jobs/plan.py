"""Which picture goes where; nothing is read or written yet."""

import os
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from srcnn.errors import ImageError, UsageError
from srcnn.files import PICTURE_SUFFIXES, check_suffix
from srcnn.jobs.finding import Found, find, is_picture, stands_for_itself
from srcnn.jobs.naming import Naming

StrPath = str | os.PathLike[str]
STREAM = Path("-")
"""Standard input as a source, standard output as a target."""


@dataclass(frozen=True)
class Job:
    """One picture to read and the file to write.

    Attributes:
        source: the picture, or `STREAM`.
        target: the output, or `STREAM`.
        root: the folder of the outputs, from which the target's place in the tree is counted.
        in_place: the target is the source.
        suffix: names the format of a stream, with its dot.
    """

    source: Path
    target: Path
    root: Path
    in_place: bool = False
    suffix: str = ""


@dataclass(frozen=True)
class Plan:
    """All jobs, and how many ``others``, files that are no pictures, lie among them in the folders."""

    jobs: tuple[Job, ...]
    others: int = 0


def plan_jobs(
    inputs: Sequence[StrPath],
    out: StrPath | None,
    naming: Naming,
    *,
    recursive: bool = False,
    in_place: bool = False,
    known: Container[Path] = (),
) -> Plan:
    """Which picture goes where.

    One input and an ``out`` with a picture's suffix: that file; ``-`` is standard input, and as ``out``
    standard output, in the format that ``naming`` says. Otherwise ``out`` is a folder (an existing
    one, one that ends in a slash, or a name without suffix), and ``naming`` calls the outputs; with
    ``recursive`` and for patterns they lie in the same tree of folders as the inputs.

    Args:
        inputs: pictures, folders, and patterns such as ``scans/**/*.tif``.
        out: see above; None in place.
        naming: what outputs are called.
        recursive: look into the folders of folders.
        in_place: outputs take the place of their inputs.
        known: outputs of a run before, which are no inputs where they lie among them.

    Raises:
        UsageError: an empty name, an output that is an input though not in place, two inputs with one output,
            several inputs and an ``out`` that is a file's name, a suffix that is not written.
        ImageError: a folder without pictures or one that cannot be read, a pattern without a match.
    """
    if not inputs:
        raise UsageError("expected at least one picture or folder, got none")
    given = [os.fspath(path) for path in inputs]
    if not all(given):  # which `Path` takes for the current folder
        raise UsageError("expected pictures and folders, got an empty name")
    if in_place == (out is not None):
        raise UsageError("expected either an output or --in-place")
    if out is not None and not os.fspath(out):
        raise UsageError("expected an output file or folder, got an empty name")
    found, others = _pictures(given, recursive, Path(out) if out is not None else None, known)
    if in_place and any(path == STREAM for path, _ in found):
        raise UsageError("expected files for --in-place, got standard input")
    if out is None:
        # What a link points to is replaced, not the link.
        jobs = [Job(path, Path(os.path.realpath(path)), root, in_place=True) for path, root in found]
        for job in jobs:
            check_suffix(job.target)
    elif os.fspath(out) == "-":
        if len(found) > 1:
            raise UsageError(f"expected one picture for standard output, got {len(found)}")
        jobs = [Job(found[0][0], STREAM, Path(), suffix=naming.suffix(found[0][0]))]
    elif _is_folder(out, len(given) > 1 or not stands_for_itself(given[0])):
        folder = Path(out)
        jobs = [
            Job(path, folder / path.parent.relative_to(root) / naming.name(path), folder)
            for path, root in found
        ]
    else:
        check_suffix(out)
        jobs = [Job(found[0][0], Path(out), Path(out).parent)]
    _check_distinct(jobs, in_place=in_place)
    return Plan(tuple(jobs), others)


def _pictures(
    given: Sequence[str], recursive: bool, out: Path | None, known: Container[Path]
) -> tuple[list[Found], int]:
    """Each picture once with the folder its place is counted from, and the number of other files."""
    pictures: dict[Path, Path] = {}
    others: set[Path] = set()
    for name in given:
        named = stands_for_itself(name)
        found = find(name, recursive=recursive, leave_out=out)
        found = [(path, root) for path, root in found if named or path not in known]
        chosen = [(path, root) for path, root in found if named or is_picture(path)]
        if not chosen:
            hint = "" if recursive else "; subfolders are searched with -r"
            raise ImageError(f"expected pictures ({', '.join(PICTURE_SUFFIXES)}) in {name}, got none{hint}")
        others.update({path for path, _ in found} - {path for path, _ in chosen})
        for path, root in chosen:
            pictures.setdefault(path, root)
    return list(pictures.items()), len(others - set(pictures))


def _is_folder(out: StrPath, several: bool) -> bool:
    path = Path(out)
    if os.fspath(out).endswith(("/", os.sep)) or path.is_dir():
        return True
    if several and path.suffix.lower() in PICTURE_SUFFIXES:
        raise UsageError(f"expected a folder for the outputs of several pictures, got the file name {out}")
    return several or not path.suffix


def _check_distinct(jobs: Sequence[Job], *, in_place: bool) -> None:
    inputs = {identity(job.source): job.source for job in jobs if job.source != STREAM}
    outputs: dict[object, Path] = {}
    for job in jobs:
        target = identity(job.target)
        if target in inputs and not in_place:
            raise UsageError(
                f"expected outputs other than the inputs, got {job.target}, which would overwrite "
                f"{inputs[target]}; choose another name or folder, or --in-place"
            )
        if target in outputs:
            raise UsageError(
                f"expected one output for each picture, got {job.target} for both {outputs[target]} "
                f"and {job.source}; name them apart, or put them into different folders"
            )
        outputs[target] = job.source


def identity(path: Path) -> object:
    """Equal for two names of one file: links, ``..``, and letter case where the system ignores it."""
    try:
        status = path.stat()
        return status.st_dev, status.st_ino
    except (OSError, ValueError):
        return os.path.normcase(os.path.realpath(path))
