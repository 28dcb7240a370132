"""The way through Ray: the same outputs and rows as without it, and what only a cluster can do wrong."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from corpus_fixtures import HerePipeline, hashes, manifest_rows

from srcnn.cli import run as run_command
from srcnn.corpus import CorpusRequest, RayPipeline, ray_cluster, run_corpus
from srcnn.corpus.ray_pipeline import begun_attempts
from srcnn.errors import ClusterError, StorageError
from srcnn.jobs import JobResult, Naming, UpscaleOptions
from srcnn.jobs.plan import Job

NAMING = Naming("{stem}_x2{ext}")


def test_the_command_through_ray_equals_the_way_without_it(
    ray_here: None, corpus: Path, tmp_path: Path, small_weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["batch", corpus, out, "--model", small_weights, "--workers", "2", "--json"]
    assert run_command([str(word) for word in arguments]) == 1
    shown = capsys.readouterr()
    import json

    outcome = json.loads(shown.out)
    assert (outcome["done"], outcome["failed"], outcome["others"]) == (14, 1, 1)
    assert outcome["failures"][0]["kind"] == "ImageError"
    request = CorpusRequest(str(corpus), str(tmp_path / "same"), NAMING)
    run_corpus(request, UpscaleOptions(model=small_weights), HerePipeline())
    assert hashes(out) == hashes(tmp_path / "same")
    assert len(manifest_rows(out)) == 15


@dataclass(frozen=True)
class Deadly(UpscaleOptions):
    """Ends the process that works on a picture of some name."""

    victim: str = ""

    def prepare(self, workers: int) -> Any:
        change, victim = super().prepare(workers), self.victim

        def deadly(job: Job, progress: Callable[[float], None]) -> JobResult:
            if job.source.name == victim:
                os._exit(1)
            return change(job, progress)

        return deadly


def test_a_picture_that_takes_its_worker_along_is_a_row(
    ray_here: None, corpus: Path, tmp_path: Path, small_weights: Path
) -> None:
    import sys

    from ray import cloudpickle

    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    request = CorpusRequest(str(corpus), str(tmp_path / "out"), NAMING)
    work = Deadly(model=small_weights, threads=1, victim="p0002.webp")
    tally = run_corpus(request, work, RayPipeline(workers=1))
    assert (tally.done, tally.failed) == (13, 2)
    assert "p0002.webp: its worker ended 2 times" in tally.first["WorkerDied"]
    rows = manifest_rows(tmp_path / "out")
    assert len(rows) == len({row["source"] for row in rows}) == 15


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:9", "no cluster at 127.0.0.1:9: Connection refused; start one with: ray start"),
        ("ray://127.0.0.1:9", "no cluster at ray://127.0.0.1:9"),
        ("somewhere", "a cluster's address such as 10.0.0.1:6379, got somewhere"),
    ],
)
def test_a_cluster_that_is_not_there(
    address: str, message: str, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="the extra cluster is not installed")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    request = CorpusRequest(str(corpus), str(tmp_path / "out"), NAMING)
    with pytest.raises(ClusterError, match=message):
        run_corpus(request, UpscaleOptions(), RayPipeline(address))
    assert not (tmp_path / "out").exists()


def test_a_cluster_of_another_version(monkeypatch: pytest.MonkeyPatch, ray_here: None) -> None:
    import ray

    def refused(address: str, **options: Any) -> None:
        raise RuntimeError(
            "Version mismatch: The cluster was started with:\n    Ray: 2.9.0\n    Python: 3.9.1"
        )

    with monkeypatch.context() as patch:
        patch.setattr(ray, "is_initialized", lambda: False)
        patch.setattr(ray, "shutdown", lambda: None)
        patch.setattr(ray_cluster, "_check_answers", lambda address: None)
        patch.setattr(ray, "init", refused)
        with pytest.raises(ClusterError, match=r"another version: Version mismatch: .* Ray: 2\.9\.0"):
            ray_cluster.joined_cluster("10.0.0.1:6379").__enter__()
    monkeypatch.setattr(ray_cluster, "version", lambda name: "9.9")
    with pytest.raises(ClusterError, match=r"another version: expected srcnn 9\.9, got 0"):
        ray_cluster.check_version("10.0.0.1:6379")


def test_more_cores_than_a_machine_has(ray_here: None) -> None:
    with pytest.raises(
        ClusterError, match="a machine of 64 cores in the cluster, got 2; use fewer --threads"
    ):
        RayPipeline(threads=64).joined().__enter__()


def test_an_error_from_a_worker_is_said_as_itself(ray_here: None) -> None:
    import ray

    def fail() -> None:
        raise StorageError("the disk is full")

    with pytest.raises(StorageError, match=r"^the disk is full$"), ray_cluster.cluster_errors():
        ray.get(ray.remote(fail).remote())


def test_another_error_from_a_worker_is_said_with_its_kind(ray_here: None) -> None:
    import ray

    def fail() -> None:
        raise ValueError("an odd number\nand more")

    message = r"^the cluster failed: ValueError: an odd number; go on with --resume$"
    with pytest.raises(ClusterError, match=message), ray_cluster.cluster_errors():
        ray.get(ray.remote(fail).remote())


def test_attempts_are_counted_anew_where_their_machine_was_lost(ray_here: None) -> None:
    import ray

    attempts = begun_attempts()
    assert [ray.get(attempts.begin.remote(b"a")) for _ in range(2)] == [0, 1]
    ray.kill(attempts, no_restart=False)
    # What is asked before it has died is still counted on.
    counts = iter(lambda: ray.get(attempts.begin.remote(b"a")), 0)
    assert len(list(islice(counts, 10_000))) < 10_000
    assert ray.get(attempts.begin.remote(b"a")) == 1
