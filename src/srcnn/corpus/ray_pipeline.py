"""The way of a corpus through Ray Data: blocks of names, groups with their files, rows of the manifest.

::

    blocks of names -> tasks that read files and make groups -> actors that keep the model -> rows

A group is one row of a dataset and one block of it, so that an actor takes one at a time and a lost one is
one group. The driver holds neither names nor files, but the rows of the groups that come in.
"""

import logging
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from srcnn.corpus.group_change import TRIES, CorpusWork, GroupChange
from srcnn.corpus.listing import digest
from srcnn.corpus.picture_groups import Group, read_groups
from srcnn.corpus.ray_cluster import cluster_errors, cluster_workers, joined_cluster
from srcnn.corpus.storage import Entry, Store

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pyarrow import Table
    from ray.data import ActorPoolStrategy

_READERS = 2
_WORKERS_PER_READER = 16


@dataclass(frozen=True)
class Blocks:
    """Blocks of a listing, and how they are cut into groups; see `read_groups`."""

    store: Store
    names: Sequence[str]
    limit: int
    alone: bool = False


class Pipeline(Protocol):
    """Where the groups of a corpus are changed."""

    def joined(self) -> "AbstractContextManager[int]":
        """Ready to work in the block; the number of workers."""
        ...

    def rows(self, corpus: CorpusWork, blocks: Blocks) -> "Iterator[Table]":
        """Rows of the manifest, a table for each group, as they come."""
        ...


@dataclass(frozen=True)
class RayPipeline:
    """A `Pipeline` on a Ray cluster.

    Attributes:
        address: see `joined_cluster`.
        workers: actors; by default as many as the cluster has room for, and more where it grows.
        threads: cores of each.
        gpus: GPUs of each, also parts of one.
        memory: bytes of memory that Ray sets aside for each.
    """

    address: str | None = None
    workers: int | None = None
    threads: int = 1
    gpus: float = 0.0
    memory: int | None = None

    def joined(self) -> "AbstractContextManager[int]":
        """See `Pipeline`.

        Raises:
            MissingExtraError: Ray is not installed.
            ClusterError: see `joined_cluster` and `cluster_workers`.
        """
        return self._joined()

    @contextmanager
    def _joined(self) -> Iterator[int]:
        cores = self.workers * self.threads if self.workers else None
        with joined_cluster(self.address, cores):
            yield self._count()

    def _count(self) -> int:
        return self.workers or cluster_workers(self.threads)

    def rows(self, corpus: CorpusWork, blocks: Blocks) -> "Iterator[Table]":
        """See `Pipeline`.

        Raises:
            ClusterError: the cluster fails.
            SrcnnError: what the work refuses on the machines of the cluster.
        """
        import pyarrow as pa
        import ray.data

        _set_up()
        attempts = begun_attempts()
        groups = ray.data.from_items(
            [{"block": name} for name in blocks.names], override_num_blocks=len(blocks.names)
        ).map_batches(
            partial(_read_block, source=corpus.source, blocks=blocks),
            batch_size=1,
            batch_format="pyarrow",
            num_cpus=0,  # they wait for storage, and actors may have taken all cores
            concurrency=self._count() // _WORKERS_PER_READER + _READERS,
        )
        results = groups.map_batches(
            _RayActor,
            fn_constructor_args=(corpus, attempts),
            batch_size=None,
            batch_format="pyarrow",
            zero_copy_batch=True,
            compute=self._pool(),
            num_cpus=self.threads,
            num_gpus=self.gpus or None,
            memory=self.memory,
        )
        with cluster_errors():
            for batch in results.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
                for content in cast("Table", batch)["rows"].to_pylist():
                    yield pa.ipc.open_stream(content).read_all()

    def _pool(self) -> "ActorPoolStrategy":
        from ray.data import ActorPoolStrategy

        if self.workers or self.address is None:
            return ActorPoolStrategy(size=self._count())
        return ActorPoolStrategy(min_size=self._count())


def _set_up() -> None:
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # Each row becomes a block: Ray Data would put as many into one as fit its size.
    context.target_max_block_size = 1
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"ray\.data")  # such as on fewer blocks than workers


def begun_attempts() -> Any:
    """An actor of `_Attempts`; where its machine is lost another one begins to count anew."""
    import ray

    return ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Attempts).remote()


def _read_block(names: "Table", source: Store, blocks: Blocks) -> "Iterator[Table]":
    for group in read_groups(
        source, blocks.store, names["block"].to_pylist(), blocks.limit, alone=blocks.alone
    ):
        yield group.to_table()


class _Attempts:
    """How often groups, and pictures of a group that is tried again, were begun and not ended.

    Ray tries a task again whose worker or machine is gone, as often as need be: this is what tells a picture
    that takes its worker along.
    """

    def __init__(self) -> None:
        self._begun: Counter[bytes] = Counter()

    def begin(self, key: bytes) -> int:
        """How often it was begun before."""
        self._begun[key] += 1
        return self._begun[key] - 1

    def end(self, keys: Sequence[bytes]) -> None:
        for key in keys:
            self._begun.pop(key, None)


class _RayActor:
    def __init__(self, corpus: CorpusWork, attempts: Any) -> None:
        self._change, self._attempts = GroupChange(corpus), attempts
        self._last: bytes | None = None

    def __call__(self, group: "Table") -> "Table":
        import pyarrow as pa

        rows = self._rows(Group.of(group))
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as stream:
            stream.write_table(rows)
        return pa.table({"rows": pa.array([sink.getvalue().to_pybytes()], pa.large_binary())})

    def _rows(self, group: Group) -> "Table":
        pictures = [digest(entry.name) for entry in group.entries]
        key = digest(*pictures)
        # The first time nobody watches; after that each picture is said to be begun, and ended.
        again = self._begin(key) > 0
        rows = self._change(group, self._given_up) if again else self._change(group)
        self._attempts.end.remote([key, *pictures])
        self._last = None
        return rows

    def _given_up(self, entry: Entry) -> bool:
        if self._last is not None:
            self._attempts.end.remote([self._last])
        self._last = digest(entry.name)
        return self._begin(self._last) >= TRIES

    def _begin(self, key: bytes) -> int:
        import ray

        return ray.get(self._attempts.begin.remote(key))
