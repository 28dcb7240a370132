"""Corpora for tests: folders of pictures, a server of S3 on this machine, one Ray for all tests."""

import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from support import TinyWeights

from srcnn.corpus.group_change import CorpusWork, GroupChange
from srcnn.corpus.picture_groups import Group, read_groups
from srcnn.corpus.ray_pipeline import Blocks
from srcnn.weights import save_weights

if TYPE_CHECKING:
    from pyarrow import Table


class HerePipeline:
    """A `Pipeline` in this process: what it computes is what Ray's computes, without Ray's seconds.

    ``before`` is called before each group.
    """

    def __init__(self, before: Callable[[int], None] = lambda number: None) -> None:
        self.before = before
        self.groups = 0

    def joined(self) -> AbstractContextManager[int]:
        return nullcontext(1)

    def rows(self, corpus: CorpusWork, blocks: Blocks) -> "Iterator[Table]":
        change = GroupChange(corpus)
        for group in read_groups(corpus.source, blocks.store, blocks.names, blocks.limit):
            self.before(self.groups)
            self.groups += 1
            yield change(Group.of(group.to_table()))


@pytest.fixture
def here() -> HerePipeline:
    return HerePipeline()


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory, tiny_weights: TinyWeights) -> Path:
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_weights(tiny_weights(), path)
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """14 pictures in a tree, one file that is none, and a text."""
    folder = tmp_path / "in"
    make_pictures(folder, 14)
    (folder / "deep" / "bad.png").write_bytes(b"no picture")
    (folder / "notes.txt").touch()
    return folder


def make_pictures(folder: Path, count: int, side: int = 24) -> None:
    """``count`` pictures, a third of them in a subfolder, in three formats."""
    random = np.random.default_rng(0)
    (folder / "deep").mkdir(parents=True)
    for number in range(count):
        pixels = random.integers(0, 256, (side, side + number % 5, 3), np.uint8)
        place = folder / "deep" if number % 3 == 0 else folder
        suffix = (".png", ".tif", ".webp", ".png")[number % 4]
        Image.fromarray(pixels).save(place / f"p{number:04d}{suffix}")


def hashes(folder: Path) -> dict[str, str]:
    """Name to SHA-256 of every file that is not hidden."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def manifest_rows(target: Path) -> list[dict[str, Any]]:
    """The rows of a manifest as any reader of Parquet sees them."""
    from pyarrow import dataset

    return dataset.dataset(target / ".srcnn-batch" / "manifest", format="parquet").to_table().to_pylist()


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[str]:
    """The address of a server of S3 on this machine."""
    server = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    pytest.importorskip("s3fs", reason="the extra cluster is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = server.ThreadedMotoServer("127.0.0.1", port, verbose=False)
    running.start()
    yield f"http://127.0.0.1:{port}"
    running.stop()


@pytest.fixture
def bucket(bucket_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket named ``archive``, as s3fs sees it, with credentials in the environment."""
    import s3fs

    for name, value in s3_environment(bucket_server).items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem()
    system.mkdir("archive")
    yield system
    system.invalidate_cache()
    system.rm("archive", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


def s3_environment(address: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture(scope="session")
def ray_here() -> Iterator[None]:
    """One Ray cluster of this machine, which every run in this process uses."""
    pytest.importorskip("ray.data", reason="the extra cluster is not installed")
    from srcnn.corpus.ray_cluster import joined_cluster

    os.environ["PYTHONWARNINGS"] = "ignore"
    with joined_cluster(None, 2):
        yield
