"""A bucket as source and target, on a server of S3 on this machine; what goes wrong with one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus_fixtures import HerePipeline, hashes

from srcnn.corpus import CorpusRequest, Tally, run_corpus
from srcnn.corpus import storage as storage_module
from srcnn.corpus.storage import Store, open_store
from srcnn.errors import StorageError, UsageError
from srcnn.jobs import Naming, UpscaleOptions

Run = Callable[..., Tally]


@pytest.fixture
def run(small_weights: Path, here: HerePipeline) -> Run:
    def run_it(source: str | Path, target: str | Path, **options: Any) -> Tally:
        request = CorpusRequest(str(source), str(target), Naming("{stem}_x2{ext}"), **options)
        return run_corpus(request, UpscaleOptions(model=small_weights, threads=1), here)

    return run_it


def test_bucket_to_bucket_equals_folder_to_folder(
    corpus: Path, tmp_path: Path, bucket: Any, run: Run
) -> None:
    for path in corpus.rglob("*.*"):
        # A name that fsspec would take for a pattern, if it were asked for several.
        name = path.relative_to(corpus).as_posix().replace("p0001", "p[01]")
        path.rename(corpus / name)
        bucket.pipe_file(f"archive/scans/{name}", (corpus / name).read_bytes())
    run(corpus, tmp_path / "out")
    tally = run("s3://archive/scans", "s3://archive/large")
    assert (tally.done, tally.failed, tally.others) == (14, 1, 1)
    bucket.get("archive/large/", str(tmp_path / "got") + "/", recursive=True)
    assert hashes(tmp_path / "got") == hashes(tmp_path / "out")
    # An object that was put again has another tag.
    bucket.pipe_file("archive/scans/p[01].tif", (corpus / "p0005.tif").read_bytes())
    again = run("s3://archive/scans", "s3://archive/large", resume=True)
    assert (again.done, again.skipped, again.failed) == (1, 13, 1)


def test_more_names_than_a_page_are_listed(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_module, "_PAGE", 3)
    for number in range(8):
        bucket.pipe_file(f"archive/many/{number}.png", b"x")
    names = [entry.name for entry in open_store("s3://archive/many").entries()]
    assert names == [f"{number}.png" for number in range(8)]


def test_a_bucket_that_is_not_there(corpus: Path, tmp_path: Path, bucket: Any, run: Run) -> None:
    with pytest.raises(StorageError, match="s3://nowhere/scans: The specified bucket does not exist"):
        run("s3://nowhere/scans", tmp_path / "out")
    with pytest.raises(StorageError, match="s3://nowhere/large: The specified bucket does not exist"):
        run(corpus, "s3://nowhere/large")
    with pytest.raises(UsageError, match="expected a bucket"):
        run("s3://", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_credentials(tmp_path: Path, bucket: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(StorageError, match="no credentials for s3://archive/scans; set AWS_ACCESS_KEY_ID"):
        run("s3://archive/scans", tmp_path / "out")
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_store_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(StorageError, match=r"cannot use gs:// here: .*gcsfs"):
        list(open_store("gs://archive/scans").entries())


def test_an_object_is_put_once_and_whole(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs

    calls: list[str] = []
    before = s3fs.S3FileSystem._call_s3

    async def counted(self: Any, method: str, *arguments: Any, **options: Any) -> Any:
        calls.append(method)
        return await before(self, method, *arguments, **options)

    monkeypatch.setattr(s3fs.S3FileSystem, "_call_s3", counted)
    Store("s3://archive/large").write("deep/a.png", b"content")
    assert calls == ["put_object"]
    assert bucket.cat_file("archive/large/deep/a.png") == b"content"
