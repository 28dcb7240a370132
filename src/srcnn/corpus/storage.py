"""Folders and buckets: names below a URL, bytes in and out, whole or not at all."""

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from srcnn.atomic import write_bytes
from srcnn.errors import (
    MissingExtraError,
    StorageError,
    UsageError,
    read_errors_as,
    read_failure,
    reason,
)
from srcnn.jobs.plan import ignores_case

OBJECT_STORES = ("s3", "s3a", "gs", "gcs", "abfs", "az")
"""Protocols under which one put makes an object, whole, or nothing."""
_ALIASES = {"s3a": "s3", "gcs": "gs", "az": "abfs"}
"""Protocols for the buckets of another, by whose name places are compared."""
_AT_ONCE = 16
"""Objects that a process reads at a time."""
_PAGE = 1000
"""Names of a bucket asked for at a time, as many as S3 gives."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT)
_CREDENTIALS = {
    "NoCredentialsError": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "PartialCredentialsError": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "DefaultCredentialsError": "GOOGLE_APPLICATION_CREDENTIALS",
}


class Entry(NamedTuple):
    """A file or object: its name below the store's URL, bytes, and what changes when its content does."""

    name: str
    size: int
    stamp: str


@dataclass(frozen=True)
class Store:
    """What lies below a URL; it can be sent to other processes.

    Attributes:
        url: ``s3://bucket/prefix``, without a slash at its end; of a folder, its absolute path.
    """

    url: str

    @property
    def protocol(self) -> str:
        """``file``, or one of `OBJECT_STORES`."""
        return self.url.partition("://")[0] if "://" in self.url else "file"

    @cached_property
    def _system(self) -> tuple[Any, str]:
        """The file system of fsspec, and what stands for the URL in it."""
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise MissingExtraError("a URL", "cluster") from error
        try:
            system, root = url_to_fs(self.url, use_listings_cache=False)
        except ImportError as error:
            raise StorageError(f"cannot use {self.protocol}:// here: {error}") from error
        return system, root.rstrip("/")

    def __getstate__(self) -> dict[str, str]:
        return {"url": self.url}

    def __truediv__(self, name: str) -> "Store":
        return Store(f"{self.url}/{name}")

    @property
    def ignores_case(self) -> bool:
        """Whether two names that differ in letter case alone are one file; buckets tell them apart."""
        return self.protocol == "file" and ignores_case(Path(self.url))

    def entries(self) -> Iterator[Entry]:
        """All files below, as they come; hidden names are left out.

        Raises:
            StorageError: no such folder or bucket, no credentials, no permission.
        """
        with self.errors("read"):
            if self.protocol == "file":
                yield from _walk_folder(Path(self.url))
                return
            system, root = self._system
            found = _s3_objects(system, root) if self.protocol == "s3" else _objects(system, root)
            for entry in found:
                if entry.name and not any(part.startswith(".") for part in entry.name.split("/")):
                    yield entry

    def names(self) -> list[str]:
        """Names of all files below, hidden ones too, sorted; none where there is no such folder."""
        with self.errors("read"):
            if self.protocol == "file":
                folder = Path(self.url)
                return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
            system, root = self._system
            return sorted(entry.name for entry in _objects(system, root))

    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            StorageError: as the store says.
        """
        with self.errors("read", name):
            if self.protocol == "file":
                return (Path(self.url) / name).read_bytes()
            system, root = self._system
            return system.cat_file(f"{root}/{name}")

    def read_many(self, names: Sequence[str]) -> list[bytes | StorageError]:
        """The content of each, several at a time, or why it cannot be read."""

        def read(name: str) -> bytes | StorageError:
            try:
                return self.read(name)
            except StorageError as error:
                return error

        if self.protocol == "file":
            return [read(name) for name in names]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(read, names))

    def write(self, name: str, content: bytes) -> None:
        """Make a file with this content, or leave what was there: one put, or a file that is renamed.

        Raises:
            StorageError: as the store says; ``fatal`` where no other file can be written either.
        """
        with self.errors("write", name):
            if self.protocol == "file":
                path = Path(self.url) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(content, path)
                return
            system, root = self._system
            system.pipe_file(f"{root}/{name}", content)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; those that are not there are no error."""
        for name in names:
            with self.errors("remove", name):
                if self.protocol == "file":
                    (Path(self.url) / name).unlink(missing_ok=True)
                else:
                    system, root = self._system
                    system.rm_file(f"{root}/{name}")

    @contextmanager
    def errors(self, what: str, name: str = "") -> Iterator[None]:
        """What the store raises in the block, as one line of a `StorageError`."""
        try:
            yield
        except StorageError:
            raise
        except Exception as error:
            self._raise(error, what, name)

    def _raise(self, error: Exception, what: str, name: str) -> NoReturn:
        place = f"{self.url}/{name}" if name else self.url
        kind = type(error).__name__
        if kind in _CREDENTIALS:
            raise StorageError(
                f"no credentials for {self.url}; set {_CREDENTIALS[kind]}", fatal=True
            ) from error
        if isinstance(error, OSError):
            number = error.errno or (errno.EACCES if isinstance(error, PermissionError) else None)
            raise StorageError(_failure(what, place, error), fatal=number in _FULL) from error
        if (type(error).__module__ or "").startswith(("botocore", "aiobotocore", "aiohttp", "gcsfs")):
            raise StorageError(f"cannot {what} {place}: {error}") from error
        raise error


def open_store(place: str | os.PathLike[str]) -> Store:
    """The store for a folder's path or a URL of ``file`` or one of `OBJECT_STORES`.

    Raises:
        UsageError: an empty name, or another protocol.
    """
    text = os.fspath(place)
    if not text:
        raise UsageError("expected a folder or a URL, got an empty name")
    protocol, separator, rest = text.partition("://")
    if not separator:
        return Store(os.path.realpath(text))
    if protocol == "file":
        return Store(os.path.realpath(rest))
    if protocol not in OBJECT_STORES:
        known = ", ".join(("file", *OBJECT_STORES))
        raise UsageError(f"expected a folder or a URL of {known}, got {text}")
    if not rest.strip("/"):
        raise UsageError(f"expected a bucket in the URL, got {text}")
    return Store(f"{_ALIASES.get(protocol, protocol)}://{rest.rstrip('/')}")


def check_apart(source: Store, target: Store) -> None:
    """Refuse, with a `UsageError`, a source and a target of which one lies in the other."""
    inside = {True: "inside", False: "around"}
    for one, other, target_inside in ((source, target, True), (target, source, False)):
        if f"{other.url}/".startswith(f"{one.url}/"):
            where = "equal to" if source.url == target.url else inside[target_inside]
            raise UsageError(
                f"expected a target apart from the source, got {target.url}, which is {where} {source.url}"
            )


def _failure(what: str, place: str, error: OSError) -> str:
    missing = isinstance(error, FileNotFoundError) and error.errno is None  # of an object store
    if missing and "specified bucket" in str(error):
        return f"cannot {what} {place}: The specified bucket does not exist"
    if what == "read":
        return read_failure(place, error)
    return f"cannot {what} {place}: {'not found' if missing else reason(error)}"


def _walk_folder(root: Path) -> Iterator[Entry]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        with read_errors_as(StorageError, folder), os.scandir(folder) as found:
            for item in found:
                if item.name.startswith("."):
                    continue
                # A link to a folder is not followed: links can form circles.
                if item.is_dir(follow_symlinks=False):
                    waiting.append(Path(item.path))
                elif item.is_file():
                    status = item.stat()
                    name = Path(item.path).relative_to(root).as_posix()
                    _check_name(name)
                    yield Entry(name, status.st_size, str(status.st_mtime_ns))


def _check_name(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise StorageError(f"expected names in UTF-8, got {name!r}; rename it") from error


def _s3_objects(system: Any, root: str) -> Iterator[Entry]:
    """A page at a time; fsspec would collect all of them."""
    bucket, _, prefix = root.partition("/")
    prefix = f"{prefix}/" if prefix else ""
    page: dict[str, Any] = {"IsTruncated": True}
    token: dict[str, str] = {}
    while page["IsTruncated"]:
        page = system.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=_PAGE, **token)
        for item in page.get("Contents", ()):
            if not item["Key"].endswith("/"):
                yield Entry(item["Key"].removeprefix(prefix), item["Size"], item["ETag"].strip('"'))
        token = {"ContinuationToken": page.get("NextContinuationToken", "")}


def _objects(system: Any, root: str) -> Iterator[Entry]:
    for folder, _, files in system.walk(root, detail=True):
        for name, item in files.items():
            stamp = next((item[key] for key in ("ETag", "etag", "mtime", "LastModified") if key in item), "")
            yield Entry(f"{folder}/{name}".removeprefix(f"{root}/"), item["size"], str(stamp))
