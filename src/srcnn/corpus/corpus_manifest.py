"""The manifest of a corpus: a row for each picture that was done or failed, as Parquet beside the outputs.

``.srcnn-batch/settings.json`` says with what settings; ``.srcnn-batch/manifest/`` holds the rows, one file
for every few seconds of the run, each written whole. Any reader of Parquet takes the folder for one table.
"""

import hashlib
import io
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from srcnn.corpus.listing import Digests, digest, digests
from srcnn.corpus.storage import Entry, Store
from srcnn.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pyarrow import Schema, Table

HOME = ".srcnn-batch"
SETTINGS = f"{HOME}/settings.json"
ROWS = f"{HOME}/manifest"
_SECONDS = 2.0
"""Between two files of rows; what was done since the last one is done again after a kill, to equal bytes."""


@cache
def manifest_schema() -> "Schema":
    """The columns of a manifest.

    ``source`` and ``target`` are names below the source and the target; ``size`` (bytes) and ``stamp`` tell
    whether the source has changed (0 and empty for names of a list); ``status`` is ``done`` or ``failed``;
    ``width`` and ``height`` are the output's; ``read`` and ``written`` are bytes; ``settings`` is the hash of
    the settings.
    """
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    return pa.schema(
        {
            "source": text,
            "size": number,
            "stamp": text,
            "target": text,
            "status": text,
            "width": number,
            "height": number,
            "read": number,
            "written": number,
            "seconds": pa.float64(),
            "kind": text,
            "error": text,
            "notes": pa.list_(text),
            "settings": text,
        }
    )


def settings_hash(settings: Mapping[str, Any]) -> str:
    """16 digits that stand for settings."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


class Manifest:
    """The manifest in a target.

    Args:
        store: the target.
        settings: what the outputs depend on, as JSON values.
        run: a name for this run, unlike that of any other.
    """

    def __init__(self, store: Store, settings: Mapping[str, Any], run: str) -> None:
        self.store, self.settings, self.hash, self.run = store, settings, settings_hash(settings), run
        self._waiting: list[Table] = []
        self._written = 0
        self._last = time.monotonic()

    def check(self, *, resume: bool, overwrite: bool) -> None:
        """Refuse a target that this run may not write to; nothing is written.

        Raises:
            UsageError: a manifest, or something else, is there and is not to be replaced; a resumed run whose
                settings are others.
            StorageError: the target cannot be read.
        """
        if overwrite:
            return
        stored = self._stored_settings()
        if resume and stored is not None:
            self._check_equal(stored)
        elif stored is not None:
            raise UsageError(
                f"{self.store.url} already holds a manifest; use --resume, or --overwrite to start anew"
            )
        elif next(self._outputs(), None) is not None:
            raise UsageError(f"{self.store.url} already holds files; use --overwrite, or another target")

    def begin(self, *, overwrite: bool) -> None:
        """Say in the target what is going to be written there.

        Raises:
            StorageError: the target cannot be written.
        """
        if overwrite:
            rows = self.store / ROWS
            rows.remove(rows.names())
        self.store.write(SETTINGS, (json.dumps(dict(self.settings), indent=2) + "\n").encode())

    def done(self) -> Digests:
        """Digests of the sources that are done with these settings; see `key`."""
        tables = self._tables(["source", "size", "stamp", "status", "settings"])
        rows = (row for table in tables for row in table.to_pylist())
        return digests(
            key(Entry(row["source"], row["size"], row["stamp"]))
            for row in rows
            if row["status"] == "done" and row["settings"] == self.hash
        )

    def append(self, rows: "Table") -> None:
        """Add rows; they are in the store a few seconds later at most, or after `flush`."""
        self._waiting.append(rows)
        if time.monotonic() - self._last >= _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write the rows that wait.

        Raises:
            StorageError: the target cannot be written.
        """
        import pyarrow as pa
        from pyarrow import parquet

        if self._waiting:
            buffer = io.BytesIO()
            parquet.write_table(pa.concat_tables(self._waiting), buffer, compression="zstd")
            self.store.write(f"{ROWS}/{self.run}-{self._written:06d}.parquet", buffer.getvalue())
            self._waiting.clear()
            self._written += 1
        self._last = time.monotonic()

    def _tables(self, columns: list[str]) -> Iterator["Table"]:
        import pyarrow as pa
        from pyarrow import parquet

        place = self.store / ROWS
        for name in place.names():
            try:
                yield parquet.read_table(io.BytesIO(place.read(name)), columns=columns)
            except pa.ArrowInvalid as error:
                raise StorageError(
                    f"expected a manifest, got {place.url}/{name}, which is broken; remove it and resume"
                ) from error

    def _stored_settings(self) -> dict[str, Any] | None:
        if "settings.json" not in (self.store / HOME).names():
            return None
        try:
            found = json.loads(self.store.read(SETTINGS))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise StorageError(f"expected settings in {self.store.url}/{SETTINGS}, got a broken file")
        return found

    def _check_equal(self, stored: Mapping[str, Any]) -> None:
        before, now = _leaves(stored), _leaves(json.loads(json.dumps(dict(self.settings))))
        other = [name for name in {**now, **before} if before.get(name) != now.get(name)]
        if other:
            first = f"{other[0]} {before.get(other[0])!r} there, {now.get(other[0])!r} now"
            more = f" and {len(other) - 1} more" if len(other) > 1 else ""
            raise UsageError(
                f"{self.store.url} holds a manifest of other settings ({first}{more}); "
                "use another target, or --overwrite to start anew"
            )

    def _outputs(self) -> Iterator[Entry]:
        try:
            yield from self.store.entries()
        except StorageError:
            if self.store.protocol == "file":  # a folder that is yet to be made
                return
            raise


def _leaves(settings: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Nested settings with names such as ``size.scale``."""
    leaves: dict[str, Any] = {}
    for name, value in settings.items():
        inner = _leaves(value, f"{path}{name}.") if isinstance(value, dict) else {f"{path}{name}": value}
        leaves |= inner
    return leaves


def key(entry: Entry) -> bytes:
    """What tells one content of a source from another; a list knows no size and stamp."""
    return digest(entry.name, entry.size, entry.stamp)


def rows_table(rows: Iterable[Mapping[str, Any]]) -> "Table":
    """Rows as a table of `manifest_schema`."""
    import pyarrow as pa

    return pa.Table.from_pylist(list(rows), schema=manifest_schema())
