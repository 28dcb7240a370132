"""What there is to do: the pictures of a source, in blocks that are kept as Parquet and not in memory.

A source is a folder or a bucket, or a list of names: lines of a ``.txt``, or the column ``source``, ``key``
or ``path`` of a ``.parquet``, such as the manifest of an earlier run or an inventory of a bucket.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from srcnn.corpus.storage import Entry, Store, open_store
from srcnn.errors import ImageError, StorageError, UsageError
from srcnn.files import PICTURE_SUFFIXES

BLOCK_NAMES = 10_000
"""Names of a block: what one task of the cluster is given to read."""
COLUMNS = ("source", "key", "path")
LISTS = (".txt", ".parquet")

Digests = npt.NDArray[np.bytes_]
"""(N,) of 16 bytes each: names that are told apart without being held."""


@dataclass
class Listing:
    """The blocks of a listing that is complete.

    Attributes:
        blocks: names of the Parquet files.
        count: pictures in them; ``size`` is that of their files in bytes.
        skipped: pictures that are done already.
        others: files in the source that are no pictures.
    """

    blocks: list[str]
    count: int = 0
    size: int = 0
    skipped: int = 0
    others: int = 0


def digest(*parts: object) -> bytes:
    """16 bytes that stand for a name, alone or with what else tells it apart."""
    found = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).digest()
    return found.replace(b"\0", b"\1")  # NumPy drops zeros at the end of bytes


def digests(items: Iterable[bytes]) -> Digests:
    """An array of `digest` results, sorted."""
    joined = bytearray()
    for item in items:
        joined += item
    return np.sort(np.frombuffer(joined, "S16"))


def is_in(key: bytes, known: Digests) -> bool:
    """Whether a digest is one of a sorted array's."""
    place = int(np.searchsorted(known, np.bytes_(key)))
    return place < len(known) and known[place] == np.bytes_(key)


def is_list(source: str) -> bool:
    """Whether a source is a list of names, not what lies in a folder."""
    return source.lower().endswith(LISTS) and not Path(source).is_dir()


def source_entries(source: str, base: str | None) -> tuple[Store, Callable[[], Iterator[Entry]]]:
    """The store that names are counted from, and what lists them, as often as it is called.

    Args:
        source: a folder, a URL, or a list.
        base: what the names of a list are counted from; by default the folder of the list.

    Raises:
        UsageError: a base without a list, a place that is no store.
    """
    if not is_list(source):
        if base is not None:
            raise UsageError("use --base with a list of names; a folder's pictures are counted from it")
        store = open_store(source)
        return store, store.entries
    place, _, name = open_store(source).url.rpartition("/")
    store = open_store(place if base is None else base)
    return store, lambda: _listed(Store(place), name, store)


def write_blocks(
    entries: Iterable[Entry],
    name_of: Callable[[str], str],
    store: Store,
    prefix: str,
    *,
    done: Callable[[Entry], bool],
    chosen: bool,
    any_case: bool = False,
) -> Listing:
    """List what is to be done into Parquet files.

    Args:
        entries: all files of the source.
        name_of: the output's name for a source's.
        store: where the blocks are written.
        prefix: what their names begin with.
        done: whether a picture is done already.
        chosen: all are pictures, whatever their suffix: a list names them.
        any_case: outputs whose names differ in letter case alone are one.

    Raises:
        ImageError: no pictures.
        UsageError: two of them with one output.
        StorageError: the source cannot be listed, or the blocks cannot be written.
    """
    listing, seen, block = Listing([]), bytearray(), []

    def output(entry: Entry) -> bytes:
        name = name_of(entry.name)
        return digest(name.casefold() if any_case else name)

    def flush() -> None:
        name = f"{prefix}{len(listing.blocks):06d}.parquet"
        store.write(name, _parquet(block))
        listing.blocks.append(name)
        block.clear()

    for entry in entries:
        if not chosen and PurePosixPath(entry.name).suffix.lower() not in PICTURE_SUFFIXES:
            listing.others += 1
            continue
        seen += output(entry)
        if done(entry):
            listing.skipped += 1
            continue
        block.append(entry)
        listing.count += 1
        listing.size += entry.size
        if len(block) == BLOCK_NAMES:
            flush()
    if block:
        flush()
    if not seen:
        raise ImageError(f"expected pictures ({', '.join(PICTURE_SUFFIXES)}) in the source, got none")
    _check_distinct(seen, listing, store, output, name_of)
    return listing


def read_block(store: Store, name: str) -> Iterator[Entry]:
    """The entries of a block."""
    from pyarrow import parquet

    table = parquet.read_table(io.BytesIO(store.read(name)))
    for row in zip(*(table[column].to_pylist() for column in Entry._fields), strict=True):
        yield Entry(*row)


def _parquet(entries: list[Entry]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {field: [getattr(entry, field) for entry in entries] for field in Entry._fields}
    buffer = io.BytesIO()
    parquet.write_table(pa.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


def _check_distinct(
    seen: bytearray,
    listing: Listing,
    store: Store,
    output: Callable[[Entry], bytes],
    name_of: Callable[[str], str],
) -> None:
    """Refuse two pictures with one output; which ones is looked up only then."""
    ordered = np.sort(np.frombuffer(seen, "S16"))
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twice):
        return
    sources: dict[bytes, str] = {}
    for entry in (entry for block in listing.blocks for entry in read_block(store, block)):
        key = output(entry)
        if is_in(key, twice):
            if key in sources:
                clash = f"both {sources[key]} and {entry.name}"
                if sources[key] == entry.name:
                    clash = f"{entry.name}, which is listed twice"
                raise UsageError(
                    f"expected one output for each picture, got {name_of(entry.name)} for {clash}; "
                    "name them apart with --name"
                )
            sources[key] = entry.name
    raise UsageError("expected one output for each picture, got two with one; name them apart with --name")


def _listed(place: Store, name: str, base: Store) -> Iterator[Entry]:
    """The entries of a list; sizes are not looked up."""
    lines = _column(place, name) if name.lower().endswith(".parquet") else _lines(place, name)
    for text in lines:
        if "://" in text or text.startswith("/"):
            named = open_store(text)
            url = named.url
            if named.protocol == "file":
                # Of the folder alone: a picture that is a link is called as the link, as in a folder.
                path = Path(text.removeprefix("file://"))
                url = str(path.parent.resolve() / path.name)
            if not url.startswith(f"{base.url}/"):
                raise UsageError(f"expected names below {base.url}, got {text}; use --base")
            text = url.removeprefix(f"{base.url}/")
        if ".." in text.split("/"):
            raise UsageError(f"expected names below {base.url}, got {text}")
        yield Entry(text, 0, "")


def _lines(place: Store, name: str) -> Iterator[str]:
    try:
        text = place.read(name).decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # UTF-16 of some letters is UTF-8 too
        raise StorageError(
            f"expected names in UTF-8, got {place.url}/{name} in another encoding; save it as UTF-8"
        )
    for line in io.StringIO(text, newline=None):
        if line.strip():
            yield line.rstrip("\r\n")


def _column(place: Store, name: str) -> Iterator[str]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(place.read(name)))
        column = next((each for each in COLUMNS if each in file.schema_arrow.names), None)
        if column is None:
            columns = ", ".join(file.schema_arrow.names)
            raise UsageError(f"expected a column {', '.join(COLUMNS)} in {name}, got {columns}")
        for batch in file.iter_batches(BLOCK_NAMES, columns=[column]):
            # Some programs write names as bytes, or leave rows without one.
            yield from batch.column(0).cast(pa.string()).drop_null().to_pylist()
    except pa.ArrowException as error:
        raise StorageError(f"expected a Parquet file, got {place.url}/{name}: {error}") from error
