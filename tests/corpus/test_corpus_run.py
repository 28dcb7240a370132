"""A corpus from a source to a target: equal to the command, resumable, with every failure a row."""

import errno
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from corpus_fixtures import HerePipeline, hashes, make_pictures, manifest_rows
from pyarrow import parquet
from support import srcnn as command

from srcnn.corpus import CorpusRequest, Tally, picture_groups, run_corpus
from srcnn.corpus import storage as storage_module
from srcnn.corpus.storage import Store
from srcnn.errors import ImageError, StorageError, UsageError
from srcnn.jobs import Naming, UpscaleOptions
from srcnn.scales import Size


def run(
    source: Path | str, target: Path | str, weights: Path, pipeline: Any, scale: float = 2, **options: Any
) -> Tally:
    naming = options.pop("naming", Naming("{stem}_x{scale}{ext}", {"scale": f"{scale:g}"}))
    request = CorpusRequest(str(source), str(target), naming, **options)
    return run_corpus(request, UpscaleOptions(Size(scale), weights, threads=1), pipeline)


def test_outputs_are_those_of_the_command(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    seen: list[int] = []
    request = CorpusRequest(str(corpus), str(tmp_path / "out"), Naming("{stem}_{size}{ext}", {"size": "x2"}))
    tally = run_corpus(
        request, UpscaleOptions(model=small_weights), here, progress=lambda tally: seen.append(tally.done)
    )
    done = command("upscale", corpus, "-r", "-o", tmp_path / "same", "--model", small_weights)
    assert done.returncode == 1  # the bad one
    assert hashes(tmp_path / "out") == hashes(tmp_path / "same")
    assert (tally.done, tally.failed, tally.others, tally.skipped) == (14, 1, 1, 0)
    assert seen == sorted(seen)
    assert seen[-1] == 14
    assert tally.kinds == {"ImageError": 1}
    assert "deep/bad.png" in tally.first["ImageError"]
    rows = {row["source"]: row for row in manifest_rows(tmp_path / "out")}
    assert len(rows) == 15
    assert rows["deep/bad.png"]["status"] == "failed"
    good = rows["p0001.tif"]
    assert (good["target"], good["width"], good["height"]) == ("p0001_x2.tif", 50, 48)
    assert good["written"] == (tmp_path / "out" / "p0001_x2.tif").stat().st_size
    assert list((tmp_path / "out" / ".srcnn-batch" / "listing").iterdir()) == []


def test_a_run_that_was_cut_off_is_resumed(corpus: Path, tmp_path: Path, small_weights: Path) -> None:
    out = tmp_path / "out"

    def cut_off(number: int) -> None:
        if number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(corpus, out, small_weights, HerePipeline(cut_off))
    first = {row["source"] for row in manifest_rows(out) if row["status"] == "done"}
    assert 0 < len(first) < 14
    times = {path: path.stat().st_mtime_ns for path in out.rglob("p*")}
    tally = run(corpus, out, small_weights, HerePipeline(), resume=True)
    assert (tally.done, tally.skipped, tally.failed) == (14 - len(first), len(first), 1)
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())
    done = [row["source"] for row in manifest_rows(out) if row["status"] == "done"]
    assert len(done) == len(set(done)) == 14  # none lost, none twice
    again = run(corpus, out, small_weights, HerePipeline(), resume=True)
    assert (again.done, again.skipped, again.failed) == (0, 14, 1)


def test_a_picture_that_has_changed_is_done_again(corpus: Path, tmp_path: Path, small_weights: Path) -> None:
    run(corpus, tmp_path / "out", small_weights, HerePipeline())
    (corpus / "p0001.tif").write_bytes((corpus / "p0005.tif").read_bytes())
    tally = run(corpus, tmp_path / "out", small_weights, HerePipeline(), resume=True)
    assert (tally.done, tally.skipped) == (1, 13)


def test_a_manifest_of_other_settings_is_not_gone_on_with(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    out = tmp_path / "out"
    run(corpus, out, small_weights, here)
    before = hashes(out)
    with pytest.raises(UsageError, match=r"other settings \(size\.scale 2 there, 3 now"):
        run(corpus, out, small_weights, here, 3, resume=True)
    with pytest.raises(UsageError, match="already holds a manifest; use --resume"):
        run(corpus, out, small_weights, here)
    assert hashes(out) == before
    tally = run(corpus, out, small_weights, here, 3, overwrite=True)
    assert tally.done == 14
    assert {row["width"] for row in manifest_rows(out) if row["source"] == "p0001.tif"} == {75}


def test_a_large_picture_that_has_gone_is_a_row(
    corpus: Path, tmp_path: Path, small_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_groups, "_CARRIED", 0)  # workers read all files themselves
    pipeline = HerePipeline(lambda number: (corpus / "deep" / "p0006.webp").unlink(missing_ok=True))
    tally = run(corpus, tmp_path / "out", small_weights, pipeline)
    assert (tally.done, tally.kinds) == (13, {"ImageError": 1, "StorageError": 1})
    assert tally.first["StorageError"].endswith("p0006.webp not found")


def test_bytes_of_a_list_are_those_that_were_read(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    (corpus / "wanted.txt").write_text("p0001.tif\n")
    tally = run(corpus / "wanted.txt", tmp_path / "out", small_weights, here)
    assert tally.read == (corpus / "p0001.tif").stat().st_size


def test_a_target_that_holds_files_is_left_alone(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    for resume in (False, True):
        with pytest.raises(UsageError, match="already holds files; use --overwrite"):
            run(corpus, tmp_path / "out", small_weights, here, resume=resume)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_source_and_target_lie_apart(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    for target, how in ((corpus / "out", "inside"), (corpus, "equal to"), (tmp_path, "around")):
        with pytest.raises(UsageError, match=f"apart from the source, got .*, which is {how}"):
            run(corpus, target, small_weights, here)
    with pytest.raises(UsageError, match="inside"):
        run("s3://archive/scans", "s3://archive/scans/large", small_weights, here)
    for other in ("s3a://archive/scans/", "s3://archive/scans"):
        with pytest.raises(UsageError, match="equal to"):
            run("s3://archive/scans", other, small_weights, here)
    for one, other in (("gs", "gcs"), ("abfs", "az")):
        with pytest.raises(UsageError, match="inside"):
            run(f"{one}://archive/scans", f"{other}://archive/scans/large", small_weights, here)


def test_two_pictures_with_one_output_are_refused(
    tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    make_pictures(tmp_path / "in", 2)
    (tmp_path / "in" / "p0001.bmp").touch()
    (tmp_path / "in" / "p0001.gif").touch()
    with pytest.raises(UsageError, match=r"p0001_x2\.png for both p0001\.(bmp|gif) and p0001\.(bmp|gif)"):
        run(tmp_path / "in", tmp_path / "out", small_weights, here)
    with pytest.raises(UsageError, match=r"a name with \{stem\}"):
        run(tmp_path / "in", tmp_path / "out", small_weights, here, naming=Naming("large{ext}"))
    assert hashes(tmp_path / "out") == {}


def test_outputs_that_differ_in_case_are_one_where_the_disk_ignores_it(
    tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    make_pictures(tmp_path / "in", 1)
    made = tmp_path / "in" / "deep" / "p0000.png"
    made.with_name("P0000.png").write_bytes(made.read_bytes())
    assert run(tmp_path / "in", tmp_path / "other", small_weights, here).done == 2
    (tmp_path / "Out").mkdir()
    (tmp_path / "oUT").symlink_to("Out")  # as such a disk would find it
    with pytest.raises(UsageError, match=r"(?i)p0000_x2\.png for both deep/p0000\.png and deep/p0000\.png;"):
        run(tmp_path / "in", tmp_path / "Out", small_weights, here)
    assert hashes(tmp_path / "Out") == {}


def test_a_name_that_is_no_text_is_refused(corpus: Path, tmp_path: Path, small_weights: Path) -> None:
    try:
        (corpus / b"caf\xe9.png".decode(errors="surrogateescape")).touch()
    except OSError:
        pytest.skip("the file system takes no such name")
    with pytest.raises(StorageError, match="names in UTF-8"):
        run(corpus, tmp_path / "out", small_weights, HerePipeline())


def test_nothing_to_do_is_said(tmp_path: Path, small_weights: Path, here: HerePipeline) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImageError, match=r"expected pictures .* got none"):
        run(tmp_path / "empty", tmp_path / "out", small_weights, here)
    with pytest.raises(StorageError, match=r"/nowhere not found$"):
        run(tmp_path / "nowhere", tmp_path / "other", small_weights, here)
    assert not (tmp_path / "other").exists()
    with pytest.raises(UsageError, match="folder or a URL of file, s3"):
        run("ftp://host/folder", tmp_path / "out", small_weights, here)


def test_a_target_that_fills_up_ends_the_run_and_what_was_done_stays(
    corpus: Path, tmp_path: Path, small_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, written = tmp_path / "out", []

    def full(content: bytes, path: Path) -> None:
        if path.name.startswith("p") and len(written) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.extend([path] if path.name.startswith("p") else [])
        path.write_bytes(content)

    monkeypatch.setattr(storage_module, "write_bytes", full)
    with pytest.raises(
        StorageError, match=r"No space left on device; 5 pictures stay done, go on with --res"
    ):
        run(corpus, out, small_weights, HerePipeline())
    monkeypatch.undo()
    assert sum(row["status"] == "done" for row in manifest_rows(out)) == 5
    tally = run(corpus, out, small_weights, HerePipeline(), resume=True)
    assert (tally.done, tally.skipped) == (9, 5)


def test_lists_of_names(corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline) -> None:
    lines = ["deep/p0000.png", str(corpus / "p0001.tif"), "gone.png"]
    (corpus / "wanted.txt").write_text("\n".join(lines) + "\n")
    tally = run(corpus / "wanted.txt", tmp_path / "out", small_weights, here)
    assert set(hashes(tmp_path / "out")) == {"deep/p0000_x2.png", "p0001_x2.tif"}
    assert tally.kinds == {"StorageError": 1}
    assert tally.first["StorageError"].endswith("gone.png not found")
    table = pa.table({"bucket": ["x"], "key": ["p0001.tif"]})
    parquet.write_table(table, tmp_path / "inventory.parquet")
    tally = run(tmp_path / "inventory.parquet", tmp_path / "two", small_weights, here, base=str(corpus))
    assert set(hashes(tmp_path / "two")) == {"p0001_x2.tif"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("../p0001.tif", "expected names below"),
        ("/elsewhere/p.png", "expected names below"),
        ("p0001.tif\np0001.tif", "listed twice"),
    ],
)
def test_bad_lists_are_refused(
    text: str, message: str, corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    (corpus / "wanted.txt").write_text(text)
    with pytest.raises(UsageError, match=message):
        run(corpus / "wanted.txt", tmp_path / "out", small_weights, here)
    (corpus / "wanted.parquet").write_bytes(b"no table")
    with pytest.raises(StorageError, match="expected a Parquet file"):
        run(corpus / "wanted.parquet", tmp_path / "other", small_weights, here)


def test_a_manifest_is_a_list_of_names(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    run(corpus, tmp_path / "out", small_weights, here)
    name = next((tmp_path / "out" / ".srcnn-batch" / "manifest").iterdir())
    store = Store(str(name.parent))
    assert store.names()
    tally = run(name, tmp_path / "again", small_weights, here, base=str(corpus))
    assert tally.done + tally.failed == parquet.read_table(name).num_rows


def test_a_broken_manifest_is_named(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    run(corpus, tmp_path / "out", small_weights, here)
    (tmp_path / "out" / ".srcnn-batch" / "manifest" / "cut.parquet").write_bytes(b"PAR1")
    with pytest.raises(StorageError, match=r"cut\.parquet, which is broken; remove it"):
        run(corpus, tmp_path / "out", small_weights, here, resume=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_list_may_begin_with_a_mark(corpus: Path, tmp_path: Path, small_weights: Path, here, encoding):
    (corpus / "wanted.txt").write_text("p0001.tif\r\n\r\np0005.tif", encoding=encoding, newline="")
    assert run(corpus / "wanted.txt", tmp_path / "out", small_weights, here).done == 2
    assert {row["source"] for row in manifest_rows(tmp_path / "out")} == {"p0001.tif", "p0005.tif"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_a_list_in_another_encoding_is_refused_in_one_line(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline, encoding: str
) -> None:
    (corpus / "wanted.txt").write_text(
        "p0001.tif\np0005.tif\n" + "é.png\n" * ("16" not in encoding), encoding
    )
    with pytest.raises(StorageError, match=r"UTF-8, got .*wanted\.txt.*; save it as UTF-8$"):
        run(corpus / "wanted.txt", tmp_path / "out", small_weights, here)


def test_pictures_that_are_refused_leave_the_target_as_it_was(
    corpus: Path, tmp_path: Path, small_weights: Path, here: HerePipeline
) -> None:
    target, work = tmp_path / "out", UpscaleOptions(model=str(small_weights))
    run_corpus(CorpusRequest(str(corpus), str(target)), work, here)
    before = Store(str(target / ".srcnn-batch")).names()
    (tmp_path / "twice.txt").write_text(2 * f"{next(corpus.rglob('*.png'))}\n")
    request = CorpusRequest(str(tmp_path / "twice.txt"), str(target), base=str(corpus), overwrite=True)
    for place in (target, tmp_path / "new"):
        with pytest.raises(UsageError, match="listed twice"):
            run_corpus(replace(request, target=str(place)), work, here)
    assert Store(str(target / ".srcnn-batch")).names() == before
    assert not Store(str(tmp_path / "new" / ".srcnn-batch")).names()
