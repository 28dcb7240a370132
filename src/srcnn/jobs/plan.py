"""Which picture goes where, and names of outputs."""

import os
import string
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from srcnn.errors import ImageError, UsageError
from srcnn.files import PICTURE_SUFFIXES, WRITABLE_SUFFIXES, check_suffix
from srcnn.files.picture_formats import WRITTEN
from srcnn.jobs.input_files import Found, find, is_picture, stands_for_itself
from srcnn.types import StrPath

STREAM = Path("-")
"""Standard input as a source, standard output as a target."""


@dataclass(frozen=True)
class Naming:
    """How an output is called after its input.

    Attributes:
        pattern: a file's name with ``{stem}`` (the input's name without its suffix), ``{ext}`` (the output's
            suffix with its dot) and the ``fields``.
        fields: further fields and their values, the same for every picture.
        format: a suffix without its dot, such as ``png``, for all outputs; None keeps the input's, or takes
            ``png`` where that is not written.
        chosen: somebody asked for the pattern, so that outputs which it does not name are refused.

    Raises:
        UsageError: an unknown field, a pattern that names another folder, or a format that is not written.
    """

    pattern: str = "{stem}{ext}"
    fields: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    chosen: bool = False

    def __post_init__(self) -> None:
        if self.format is not None and f".{self.format.lower()}" not in WRITABLE_SUFFIXES:
            known = ", ".join(suffix[1:] for suffix in WRITABLE_SUFFIXES)
            raise UsageError(f"expected an output format of {known}, got {self.format!r}")
        check_suffix(self.name(Path("picture.png")))

    def name(self, source: Path) -> str:
        """The file name for the output of ``source``."""
        known = {
            "stem": "stdin" if source == Path("-") else source.stem,
            "ext": self.suffix(source),
            **self.fields,
        }
        try:
            parts = list(string.Formatter().parse(self.pattern))
        except ValueError as error:
            raise UsageError(
                f"expected a name with fields in braces, got {self.pattern!r}: {error}"
            ) from error
        name = ""
        for text, wanted, form, conversion in parts:
            if wanted is not None and (wanted not in known or form or conversion):
                fields = ", ".join(f"{{{each}}}" for each in known)
                raise UsageError(f"expected a name of {fields} and text, got {self.pattern!r}")
            name += text + (known[wanted] if wanted is not None else "")
        if os.sep in name or "/" in name or "\0" in name:
            raise UsageError(f"expected a file's name, got {self.pattern!r}; name the folder with the output")
        return name

    def suffix(self, source: Path) -> str:
        """The suffix, with its dot, of the output of ``source``."""
        if self.format is not None:
            return f".{self.format}"
        return source.suffix if source.suffix.lower() in WRITABLE_SUFFIXES else ".png"


@dataclass(frozen=True)
class Job:
    """One picture to read and the file to write.

    Attributes:
        source: the picture, or `STREAM`.
        target: the output, or `STREAM`.
        root: the folder of the outputs, from which the target's place in the tree is counted.
        in_place: the target is the source.
        drop_rest: in place, what the file holds beside the picture may be lost.
        suffix: names the format of a stream, with its dot.
        content: the bytes of the picture, where ``source`` is only its name.
        sink: takes the bytes of the output where ``target`` is `STREAM`, instead of standard output.
    """

    source: Path
    target: Path
    root: Path
    in_place: bool = False
    suffix: str = ""
    drop_rest: bool = False
    content: bytes | None = None
    sink: BinaryIO | None = None


def plan_jobs(
    inputs: Sequence[StrPath],
    out: StrPath | None,
    naming: Naming,
    *,
    recursive: bool = False,
    in_place: bool = False,
    drop_rest: bool = False,
    known: Container[object] = (),
    leave_outputs: bool = False,
) -> tuple[list[Job], int]:
    """The jobs, and the number of files in the folders that are no pictures.

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
        drop_rest: see `Job`.
        known: `identity` of the outputs of a run before, which are no inputs where they lie among them.
        leave_outputs: nor is a picture found in a folder that has the name of another one's output.

    Raises:
        UsageError: an empty name, an output that is an input though not in place, two inputs with one output,
            several inputs and an ``out`` that is a file's name, a suffix that is not written, or a naming
            that would have no effect.
        ImageError: a folder without pictures or one that cannot be read, a pattern without a match.
    """
    if not inputs:
        raise UsageError("expected at least one picture or folder, got none")
    arguments = [os.fspath(path) for path in inputs]
    if not all(arguments):  # which `Path` takes for the current folder
        raise UsageError("expected pictures and folders, got an empty name")
    if drop_rest and not in_place:
        raise UsageError("use --drop-rest with --in-place; other outputs leave the inputs as they are")
    if in_place == (out is not None):
        raise UsageError("use either an output or --in-place")
    if in_place and (naming.chosen or naming.format is not None):
        option = "--name" if naming.chosen else "--format"
        raise UsageError(f"use either {option} or --in-place, which keeps names and formats")
    if out is not None and not os.fspath(out):
        raise UsageError("expected an output file or folder, got an empty name")
    found, others = _pictures(arguments, recursive, Path(out) if out is not None else None, known)
    if in_place and any(path == STREAM for path, _ in found):
        raise UsageError("expected files for --in-place, got standard input")
    if out is None:
        # What a link points to is replaced, not the link.
        jobs = [
            Job(path, Path(os.path.realpath(path)), root, in_place=True, drop_rest=drop_rest)
            for path, root in found
        ]
        for job in jobs:
            check_suffix(job.target)
    elif os.fspath(out) == "-":
        if len(found) > 1:
            raise UsageError(f"expected one picture for standard output, got {len(found)}")
        _check_pattern(naming, "standard output")
        jobs = [Job(found[0][0], STREAM, Path(), suffix=naming.suffix(found[0][0]))]
    elif _is_folder(out, len(arguments) > 1 or not stands_for_itself(arguments[0])):
        folder = Path(out)
        jobs = [
            Job(path, folder / path.parent.relative_to(root) / naming.name(path), folder)
            for path, root in found
        ]
        if leave_outputs:
            jobs = _without_outputs(jobs, {Path(name) for name in arguments if stands_for_itself(name)})
    else:
        _check_file_name(naming, out)
        jobs = [Job(found[0][0], Path(out), Path(out).parent)]
    _check_distinct(jobs, in_place=in_place)
    return jobs, others


def _without_outputs(jobs: Sequence[Job], named: Container[Path]) -> list[Job]:
    """Jobs but for those whose source, which nobody named, is the target of another one."""
    sources = {identity(job.target): job.source for job in jobs}
    return [
        job
        for job in jobs
        if job.source in named or sources.get(identity(job.source), job.source) == job.source
    ]


def _pictures(
    arguments: Sequence[str], recursive: bool, out: Path | None, known: Container[object]
) -> tuple[list[Found], int]:
    """Each picture once with the folder its place is counted from, and the number of other files."""
    pictures: dict[Path, Path] = {}
    others: set[Path] = set()
    for name in arguments:
        named = stands_for_itself(name)
        found = find(name, recursive=recursive, leave_out=out)
        found = [(path, root) for path, root in found if named or identity(path) not in known]
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


def _check_file_name(naming: Naming, out: StrPath) -> None:
    """Refuse an output file whose name and ``naming`` say different things."""
    _check_pattern(naming, f"the file name {out}")
    suffix = check_suffix(out)
    if naming.format is not None and WRITTEN[suffix] is not WRITTEN[f".{naming.format.lower()}"]:
        raise UsageError(
            f"expected an output of the format {naming.format}, got the file name {out}; "
            "give it another suffix, or leave out --format"
        )


def _check_pattern(naming: Naming, output: str) -> None:
    if naming.chosen:
        raise UsageError(f"expected a folder for outputs named by --name, got {output}; leave out --name")


def _check_distinct(jobs: Sequence[Job], *, in_place: bool) -> None:
    inputs = {identity(job.source): job.source for job in jobs if job.source != STREAM}
    outputs: dict[object, Path] = {}
    spelled: dict[str, object] = {}
    ignoring = cache(ignores_case)
    for job in jobs:
        target = identity(job.target)
        # Names of outputs that differ in case alone are one file on the disks of macOS, and on exFAT.
        other = spelled.setdefault(str(job.target).casefold(), target)
        if other != target and ignoring(job.target.parent):
            target = other
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


def ignores_case(folder: Path) -> bool:
    """Whether a folder, or the one that it is going to be made in, ignores letter case; False if unknown."""
    existing = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())
    # Where a disk begins, the folder's own name is on another one.
    own = [] if existing.is_mount() else [existing]
    with suppress(OSError):  # of a folder that may be written to and not read
        for path in chain(own, existing.iterdir()):
            other = path.with_name(path.name.swapcase())
            if other.name != path.name:
                return other.exists() and other.samefile(path)
    return False


def identity(path: Path) -> object:
    """Equal for two names of one file: links, ``..``, and letter case where the system ignores it."""
    try:
        status = path.stat()
        return status.st_dev, status.st_ino
    except (OSError, ValueError):
        return os.path.normcase(os.path.realpath(path))
