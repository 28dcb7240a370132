"""Groups of pictures: what a worker is given at a time, by pixels and not by number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from srcnn.corpus.listing import read_block
from srcnn.corpus.storage import Entry, Store
from srcnn.errors import StorageError
from srcnn.files.picture_size import picture_size

if TYPE_CHECKING:
    from pyarrow import Table

GROUP_PIXELS = 4 * 10**6
"""Pixels of a group, beyond which it is closed: some seconds of a core. A larger picture is alone."""
GROUP_BYTES = 32 * 2**20
"""Bytes of files that a group carries at most."""
_CARRIED = 64 * 2**20
"""Bytes from which on a file is not carried through the cluster: its worker reads it itself."""
_READ_AT_ONCE = 32
_PER_BYTE = 4
"""Pixels that a byte stands for where the header does not say."""


@dataclass
class Group:
    """Pictures that a worker is given at once.

    Attributes:
        entries: of the source.
        contents: of each its file; None where the worker is to read it.
        errors: of each why it could not be read, or None.
        pixels: of all of them, by their headers.
    """

    entries: list[Entry] = field(default_factory=list)
    contents: list[bytes | None] = field(default_factory=list)
    errors: list[str | None] = field(default_factory=list)
    pixels: int = 0

    @property
    def size(self) -> int:
        """Bytes that it carries."""
        return sum(len(content) for content in self.contents if content is not None)

    def to_table(self) -> "Table":
        """One row, so that nothing on the way takes the group apart; see `Group.of`."""
        import pyarrow as pa

        columns: dict[str, list[Any]] = {
            name: [getattr(entry, name) for entry in self.entries] for name in Entry._fields
        }
        columns |= {"content": self.contents, "error": self.errors}
        types = {"size": pa.int64(), "content": pa.large_binary()}
        arrays = {
            name: pa.array([values], pa.list_(types.get(name, pa.string())))
            for name, values in columns.items()
        }
        return pa.table(arrays)

    @classmethod
    def of(cls, table: "Table") -> "Group":
        """What `to_table` made a table of."""
        (row,) = table.to_pylist()
        fields = (row[name] for name in Entry._fields)
        entries = [Entry(*values) for values in zip(*fields, strict=True)]
        return cls(entries, row["content"], row["error"])


def group_bytes(size: int, workers: int) -> int:
    """Bytes of a group's files at most, so that each of so many workers gets several of ``size`` bytes.

    ``size`` 0 is that of a list, whose files nobody has looked at.
    """
    return max(1, min(GROUP_BYTES, size // (8 * workers))) if size else GROUP_BYTES


def read_groups(
    source: Store, blocks: Store, names: Iterable[str], limit: int, *, alone: bool = False
) -> Iterator[Group]:
    """Read the pictures of blocks of a listing, in groups.

    Args:
        source: where the pictures are.
        blocks: where the blocks are.
        names: of the blocks.
        limit: bytes of a group's files, beyond which it is closed.
        alone: a group for each picture.
    """
    entries = (entry for name in names for entry in read_block(blocks, name))
    group = Group()
    for entry, content in _read(source, entries):
        pixels = _pixels(entry, content)
        size = len(content) if isinstance(content, bytes) else entry.size
        full = group.pixels + pixels > GROUP_PIXELS or group.size + size > limit
        if group.entries and (alone or full):
            yield group
            group = Group()
        group.entries.append(entry)
        group.contents.append(content if isinstance(content, bytes) else None)
        group.errors.append(str(content) if isinstance(content, StorageError) else None)
        group.pixels += pixels
    if group.entries:
        yield group


def _read(source: Store, entries: Iterator[Entry]) -> Iterator[tuple[Entry, bytes | StorageError | None]]:
    while some := list(islice(entries, _READ_AT_ONCE)):
        carried = [entry for entry in some if entry.size <= _CARRIED]
        contents = dict(zip(carried, source.read_many([entry.name for entry in carried]), strict=True))
        for entry in some:
            yield entry, contents.get(entry)


def _pixels(entry: Entry, content: bytes | StorageError | None) -> int:
    size = picture_size(content) if isinstance(content, bytes) else None
    return entry.size * _PER_BYTE if size is None else size[0] * size[1]
