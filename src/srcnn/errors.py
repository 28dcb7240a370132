"""Every error that this package raises on purpose.

::

    SrcnnError
    ├── UsageError            an invalid argument (scale 1, an unknown model): exit code 2
    │   └── RecipeError       a recipe with an unknown, missing or contradictory key
    └── FailureError          the request made sense, carrying it out did not work: exit code 1
        ├── ImageError        a picture that cannot be read, held or written
        │   └── PixelLimitError   more pixels than the caller allows
        ├── DataError         an image set that is missing, empty or broken
        ├── WeightsError      a weights file that is broken or is not an SRCNN
        ├── HardwareError     an exported design that is incomplete or changed, or a tool that fails on it
        ├── TrainingError     a run that cannot start, go on or be resumed
        ├── StorageError      a folder or bucket that cannot be read or written
        ├── ClusterError      a cluster that cannot be reached or used
        └── MissingExtraError a feature whose optional packages are not installed

Messages are one line: what was expected, what came, what to do.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Choice = TypeVar("Choice", bound=str)


class SrcnnError(Exception):
    """Base of all errors of this package; ``exit_code`` is what the command line returns."""

    exit_code = 1


class UsageError(SrcnnError, ValueError):
    """An invalid argument; also a ``ValueError``, as callers of a library expect."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe with an unknown, missing or contradictory key."""


class FailureError(SrcnnError):
    """The request made sense, carrying it out did not work."""


class ImageError(FailureError):
    """A picture that cannot be read, held by its format, or written."""


class PixelLimitError(ImageError):
    """A picture, or a result, of more pixels than the caller allows."""


class DataError(FailureError):
    """An image set that is missing, empty or broken."""


class WeightsError(FailureError):
    """A weights file that is broken, or that is not an SRCNN."""


class HardwareError(FailureError):
    """An exported design that is incomplete or changed, or a tool that fails on it."""


class TrainingError(FailureError):
    """A run that cannot start, go on or be resumed."""


class StorageError(FailureError):
    """A folder or a bucket that cannot be read or written.

    Args:
        message: in one line.
        fatal: every other file of the store would fail in the same way.
    """

    def __init__(self, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.fatal = fatal


class ClusterError(FailureError):
    """A cluster that cannot be reached, or that cannot be used."""


class MissingExtraError(FailureError):
    """A feature whose optional packages are not installed.

    Args:
        feature: what was asked for, such as ``"training"``.
        extra: the extra that brings it, such as ``"train"``.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed; "
            f"install them with: pip install 'srcnn[{extra}]', or '.[{extra}]' in a copy of the repository"
        )


@contextmanager
def os_errors_as(kind: type[FailureError], message: str) -> Iterator[None]:
    """Raise an ``OSError`` of the block as ``kind``, with ``message`` and the system's reason in one line."""
    try:
        yield
    except OSError as error:
        raise kind(f"{message}: {reason(error)}") from error


@contextmanager
def read_errors_as(kind: type[SrcnnError], path: object, message: str = "") -> Iterator[None]:
    """Raise an ``OSError`` of a block that reads ``path`` as ``kind``, in the words of `read_failure`."""
    try:
        yield
    except OSError as error:
        raise kind(read_failure(path, error, message)) from error


def read_failure(path: object, error: OSError | ValueError, message: str = "") -> str:
    """Why a file or folder cannot be read: "PATH not found", or ``message`` and the system's reason.

    Without ``message`` it is "cannot read PATH".
    """
    if isinstance(error, FileNotFoundError):
        return f"{path} not found"
    return f"{message or f'cannot read {path}'}: {reason(error)}"


def one_of(choice: object, known: Sequence[Choice], what: str) -> Choice:
    """``choice``, if it is one of the ``known``; otherwise a `UsageError`, in which it is called ``what``."""
    for each in known:
        if each == choice:
            return each
    raise UsageError(f"expected {what} of {', '.join(known)}, got {choice!r}")


def reason(error: OSError | ValueError) -> str:
    """The system's reason in its shortest form, such as "Permission denied"."""
    return getattr(error, "strerror", None) or str(error)
