"""A cluster of two nodes over a bucket: a node is killed, the driver is killed and resumed twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus_fixtures import hashes, make_pictures

COUNT = int(os.environ.get("SRCNN_CORPUS", "2000"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory, small_weights: Path) -> tuple[Path, dict[str, str]]:
    """A folder of pictures, and what the command makes of them."""
    folder = tmp_path_factory.mktemp("corpus")
    make_pictures(folder / "in", COUNT, side=32)
    arguments = ["-r", "-o", folder / "same", "--model", small_weights, "--workers", "2", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "srcnn", "upscale", str(folder / "in"), *map(str, arguments)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    return folder / "in", hashes(folder / "same")


@pytest.fixture
def nodes(bucket: Any) -> Iterator[Any]:
    """A cluster of a head without cores and two nodes of one core each, which see the bucket."""
    cluster_utils = pytest.importorskip("ray.cluster_utils", reason="the extra cluster is not installed")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    added = [cluster.add_node(num_cpus=1) for _ in range(2)]
    yield cluster, added
    cluster.shutdown()


def batch(weights: Path, *arguments: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "srcnn", "batch", "s3://archive/scans", "s3://archive/large"]
    line += ["--model", str(weights), "--json", *arguments]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def rows_in(bucket: Any) -> list[dict[str, Any]]:
    import io

    from pyarrow import parquet

    bucket.invalidate_cache()
    names = bucket.glob("archive/large/.srcnn-batch/manifest/*.parquet")
    return [
        row for name in names for row in parquet.read_table(io.BytesIO(bucket.cat_file(name))).to_pylist()
    ]


def wait_for(bucket: Any, count: int, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 600
    while len(rows_in(bucket)) < count:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.5)


def check_complete(bucket: Any, wanted: dict[str, str], folder: Path) -> None:
    """Every output is there, equal to the command's; the manifest has one row for each."""
    bucket.invalidate_cache()
    bucket.get("archive/large/", f"{folder}/", recursive=True)
    assert hashes(folder) == wanted
    done = Counter(row["source"] for row in rows_in(bucket) if row["status"] == "done")
    assert len(done) == COUNT
    assert set(done.values()) == {1}


def test_a_node_is_killed_in_the_middle(
    pictures: tuple[Path, dict[str, str]], nodes: Any, bucket: Any, small_weights: Path, tmp_path: Path
) -> None:
    source, wanted = pictures
    bucket.put(f"{source}/", "archive/scans/", recursive=True)
    cluster, added = nodes
    running = batch(small_weights, "--address", cluster.address)
    wait_for(bucket, COUNT // 4, running)
    cluster.remove_node(added[0], allow_graceful=False)
    out, error = running.communicate(timeout=1200)
    assert running.returncode == 0, error
    assert json.loads(out)["done"] == COUNT
    check_complete(bucket, wanted, tmp_path / "got")


def test_the_driver_is_killed_and_resumed_twice(
    pictures: tuple[Path, dict[str, str]], nodes: Any, bucket: Any, small_weights: Path, tmp_path: Path
) -> None:
    source, wanted = pictures
    bucket.put(f"{source}/", "archive/scans/", recursive=True)
    cluster, _ = nodes
    skipped = 0
    for part in (1, 2):
        running = batch(small_weights, "--address", cluster.address, "--resume")
        wait_for(bucket, part * COUNT // 4, running)
        running.send_signal(signal.SIGKILL)
        running.communicate()
    running = batch(small_weights, "--address", cluster.address, "--resume")
    out, error = running.communicate(timeout=1200)
    assert running.returncode == 0, error
    outcome = json.loads(out)
    skipped = outcome["skipped"]
    assert skipped >= COUNT // 2
    assert outcome["done"] + skipped == COUNT
    check_complete(bucket, wanted, tmp_path / "got")
