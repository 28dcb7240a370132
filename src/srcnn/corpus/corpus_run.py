"""From a source and a target to a tally: list, skip what is done, change, keep the manifest, report."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from srcnn.corpus.corpus_manifest import HOME, Manifest, key
from srcnn.corpus.group_change import TARGET, CorpusWork, PictureWork
from srcnn.corpus.listing import (
    Listing,
    digests,
    is_in,
    is_list,
    source_entries,
    write_blocks,
)
from srcnn.corpus.picture_groups import group_bytes
from srcnn.corpus.ray_pipeline import Blocks, Pipeline, RayPipeline
from srcnn.corpus.storage import Store, check_apart, open_store
from srcnn.corpus.tally import Tally
from srcnn.errors import ClusterError, SrcnnError, StorageError, UsageError
from srcnn.jobs.plan import Naming

if TYPE_CHECKING:
    from pyarrow import Table


@dataclass(frozen=True)
class CorpusRequest:
    """Which pictures, and where to.

    Attributes:
        source: a folder, a URL, or a list of names; see `srcnn.corpus.listing`.
        target: a folder or a URL; outputs lie there in the tree of the source.
        naming: what outputs are called.
        base: what the names of a list are counted from; by default the folder of the list.
        resume: skip what the manifest in the target says is done with the same settings.
        overwrite: start anew in a target that holds files; outputs of the same name are replaced.
        threads: cores of a worker.
    """

    source: str
    target: str
    naming: Naming = field(default_factory=Naming)
    base: str | None = None
    resume: bool = False
    overwrite: bool = False
    threads: int = 1


def run_corpus(
    request: CorpusRequest,
    work: PictureWork,
    pipeline: Pipeline | None = None,
    *,
    progress: Callable[[Tally], None] | None = None,
) -> Tally:
    """Do the work, such as `srcnn.jobs.UpscaleOptions`, on all pictures of a source.

    Each output is written whole or not at all, under a name that is a function of its input's alone. A
    picture that fails is a row of the manifest; the others go on. After a kill, what the manifest does not
    know is done again, to equal bytes.

    Args:
        request: which pictures, and where to.
        work: what is done to each; its ``max_memory`` is that of a worker.
        pipeline: where; by default a Ray cluster of this machine.
        progress: called after each group.

    Returns:
        Counts, rates and failures.

    Raises:
        UsageError: an invalid request, a target inside of the source, two pictures with one output, or a
            target that holds files or a manifest of other settings.
        ImageError: no pictures in the source.
        StorageError: a source that cannot be listed, a target that cannot be written, or none any more.
        ClusterError: a cluster that cannot be reached or used.
    """
    if request.resume and request.overwrite:
        raise UsageError("use either --resume or --overwrite")
    if "{stem}" not in request.naming.pattern:
        raise UsageError(f"expected a name with {{stem}}, got {request.naming.pattern!r}")
    source, entries = source_entries(request.source, request.base)
    target = open_store(request.target)
    check_apart(source, target)
    if not (work.engine or "").startswith("torch:"):  # a device may be on the machines of the cluster alone
        work.prepare(1)  # now, and not there, what is unknown
    settings = {
        **work.settings(),
        "source": source.url,
        "name": request.naming.pattern,
        "name_fields": dict(request.naming.fields),
        "format": request.naming.format,
    }
    run = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    manifest = Manifest(target, settings, run)
    corpus = CorpusWork(source, target, request.naming, work, request.threads, manifest.hash)
    pipeline = RayPipeline(threads=request.threads) if pipeline is None else pipeline
    manifest.check(resume=request.resume, overwrite=request.overwrite)
    next(iter(entries()), None)  # a source that is not there leaves nothing in the target
    with pipeline.joined() as workers:
        finished = manifest.done() if request.resume else digests(())
        blocks = target / f"{HOME}/listing"
        _remove_listings(blocks)
        try:
            listing = write_blocks(
                entries(),
                corpus.name,
                blocks,
                f"{run}-",
                done=lambda entry: is_in(key(entry), finished),
                chosen=is_list(request.source),
                any_case=target.ignores_case,
            )
        except SrcnnError:  # pictures that are refused leave the target, and its manifest, as it was
            _remove_listings(blocks)
            raise
        manifest.begin(overwrite=request.overwrite)
        tally = Tally(listing.count, listing.size, listing.skipped, listing.others)
        tally.manifest = f"{target.url}/{HOME}/manifest"
        try:
            if listing.count:
                _Run(corpus, manifest, pipeline, blocks, tally, progress).all(listing, workers)
        finally:
            tally.ended = time.monotonic()
            manifest.flush()
        _remove_listings(blocks)
    return tally


@dataclass
class _Run:
    corpus: CorpusWork
    manifest: Manifest
    pipeline: Pipeline
    blocks: Store
    tally: Tally
    progress: Callable[[Tally], None] | None

    def all(self, listing: Listing, workers: int) -> None:
        """The pictures of a listing."""
        self.tally.started = time.monotonic()
        blocks = Blocks(self.blocks, listing.blocks, group_bytes(listing.size, workers))
        for rows in self.pipeline.rows(self.corpus, blocks):
            self.add(rows)
        missing = self.tally.total - self.tally.done - self.tally.failed
        if missing:
            raise ClusterError(f"the cluster lost {missing} pictures; go on with --resume")

    def add(self, rows: "Table") -> None:
        from pyarrow import compute

        unwritable = compute.field("kind").is_valid() & (compute.field("kind") == TARGET)
        good = rows.filter(~unwritable)
        self.manifest.append(good)
        self.tally.add(good)
        if self.progress is not None:
            self.progress(self.tally)
        if good.num_rows < rows.num_rows:
            message = rows.filter(unwritable)["error"][0].as_py()
            raise StorageError(f"{message}; {self.tally.done} pictures stay done, go on with --resume")


def _remove_listings(blocks: Store) -> None:
    blocks.remove(blocks.names())
