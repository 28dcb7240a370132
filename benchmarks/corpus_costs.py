"""What a picture of a corpus costs one core, and what a name costs the driver: the figures behind scale.md.

Seconds are those of the processor, not of the clock, with one thread. Objects are read from and put to moto's
server of S3, a process of its own, so that what counts is the client's work and not the network's.

    python benchmarks/corpus_costs.py [--rounds 3] [--names 1000000] [--objects 2000] [--json]
"""

import argparse
import hashlib
import io
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from skimage import data

import srcnn
from srcnn.corpus.corpus_manifest import ROWS, Manifest, rows_table
from srcnn.corpus.group_change import result_row
from srcnn.corpus.listing import Listing, write_blocks
from srcnn.corpus.storage import Entry, Store
from srcnn.corpus.tally import Tally
from srcnn.files import Picture, read_picture, send_picture
from srcnn.files.picture_formats import DEFAULTS
from srcnn.jobs import JobResult, UpscaleOptions
from srcnn.model import load_model
from srcnn.scales import Size
from srcnn.system import processor
from srcnn.types import Pixels

MODELS = ("9-1-5", "9-5-5")
SCALE = 2
ROWS_AT_ONCE = 100


def seconds(run: Callable[[], Any], rounds: int) -> float:
    """Of the processor, the median of some calls."""
    spent = []
    for _ in range(rounds):
        started = time.process_time()
        run()
        spent.append(time.process_time() - started)
    return statistics.median(spent)


def pictures() -> dict[str, tuple[Pixels, str]]:
    """Pixels and suffix by name: scikit-image's photograph, and a scan of 16 copies of it."""
    photo = data.astronaut()
    wide = np.concatenate([photo, photo[:, ::-1]] * 2, axis=1)
    return {
        "512x512 PNG": (photo, ".png"),
        "512x512 JPEG": (photo, ".jpg"),
        "2048x2048 JPEG": (np.concatenate([wide, wide[::-1]] * 2), ".jpg"),
    }


def encoded(pixels: Pixels, suffix: str) -> bytes:
    """The file of a picture."""
    stream = io.BytesIO()
    send_picture(Picture(pixels), stream, suffix, DEFAULTS)
    return stream.getvalue()


def picture_costs(rounds: int) -> list[dict[str, Any]]:
    """Seconds of reading, enlarging and writing a picture, and bytes in and out."""
    rows = []
    for name, (pixels, suffix) in pictures().items():
        content = encoded(pixels, suffix)
        for model in MODELS:
            work = UpscaleOptions(Size(SCALE), model, threads=1)
            net = load_model(model, SCALE, threads=1)
            result = srcnn.change_bytes(content, f"a{suffix}", work)
            large = srcnn.upscale(pixels, SCALE, model=net)
            rows.append(
                {
                    "picture": name,
                    "model": model,
                    "read": seconds(lambda content=content: read_picture(io.BytesIO(content)), rounds),
                    "enlarge": seconds(
                        lambda pixels=pixels, net=net: srcnn.upscale(pixels, SCALE, model=net), rounds
                    ),
                    "write": seconds(lambda large=large, suffix=suffix: encoded(large, suffix), rounds),
                    "whole": seconds(
                        lambda content=content, suffix=suffix, work=work: srcnn.change_bytes(
                            content, f"a{suffix}", work
                        ),
                        rounds,
                    ),
                    "bytes_read": len(content),
                    "bytes_written": len(result.content),
                    "megapixels_written": result.width * result.height / 1e6,
                }
            )
    return rows


@contextmanager
def bucket() -> Iterator[str]:
    """The URL of an empty bucket on a server of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    os.environ |= {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    line = [sys.executable, "-m", "moto.server", "-p", str(port)]
    server = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        import s3fs

        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        s3fs.S3FileSystem().mkdir("archive")
        yield "s3://archive/scans"
    finally:
        server.terminate()
        server.wait()


def storage_costs(count: int) -> dict[str, float]:
    """Seconds of the client for an object put, read and listed."""
    content = encoded(data.astronaut(), ".jpg")
    names = [f"{number:06d}.jpg" for number in range(count)]
    with bucket() as url:
        store = Store(url)
        put = seconds(lambda: [store.write(name, content) for name in names], 1) / count
        read = seconds(lambda: store.read_many(names), 1) / count
        listed = seconds(lambda: list(store.entries()), 1) / count
    return {"put": put, "get": read, "list": listed}


def peak() -> int:
    """Bytes of memory that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def entry_of(number: int) -> Entry:
    """What a bucket says of an object, with a tag that no other has."""
    tag = hashlib.md5(str(number).encode()).hexdigest()
    return Entry(f"box{number % 97:03d}/scan{number:09d}.jpg", 4000 + number, tag)


def list_names(store: Store, count: int) -> Listing:
    """So many names, listed into blocks."""
    entries = (entry_of(number) for number in range(count))
    return write_blocks(entries, lambda name: name, store, "block", done=lambda entry: False, chosen=False)


def driver_costs(count: int) -> dict[str, float]:
    """Seconds and bytes of the driver for a name listed, a row that comes in, a row that is resumed from."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        # What a longer listing takes more than a shorter one: the blocks of both take the same.
        list_names(store, count // 2)
        before = peak()
        started = time.process_time()
        listing = list_names(store, count)
        listed, memory = time.process_time() - started, peak() - before
        on_disk = sum((Path(folder) / name).stat().st_size for name in listing.blocks)
        manifest, tally = Manifest(store, {"scale": SCALE}, "run"), Tally(count, 0)
        entries = [entry_of(number) for number in range(count // 20)]
        done = JobResult(Path(), Path(), seconds=2.5, width=4096, height=4096)
        tables = [
            rows_table(
                result_row(entry, entry.name, done, entry.size, 10**6, manifest.hash)
                for entry in entries[start : start + ROWS_AT_ONCE]
            )
            for start in range(0, len(entries), ROWS_AT_ONCE)
        ]
        started = time.process_time()
        for table in tables:
            manifest.append(table)
            tally.add(table)
        manifest.flush()
        added = time.process_time() - started
        stored = sum(path.stat().st_size for path in (Path(folder) / ROWS).iterdir())
        resumed = seconds(manifest.done, 1)
    return {
        "list": listed / count,
        "bytes_held": memory / (count - count // 2),
        "bytes_listed": on_disk / count,
        "row": added / len(entries),
        "bytes_in_manifest": stored / len(entries),
        "resume": resumed / len(entries),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a picture and a name of a corpus cost.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("VIPS_CONCURRENCY", "1")
    record = {
        "command": " ".join(["python", "benchmarks/corpus_costs.py", *sys.argv[1:]]),
        "machine": processor(),
        "driver": driver_costs(arguments.names),
        "storage": storage_costs(arguments.objects),
        "pictures": picture_costs(arguments.rounds),
    }
    if arguments.json:
        print(json.dumps(record, indent=2))
        return
    for part in ("driver", "storage"):
        print(part, ", ".join(f"{name} {value:.3g}" for name, value in record[part].items()))
    for row in record["pictures"]:
        parts = ", ".join(f"{name} {row[name] * 1000:.0f}" for name in ("read", "enlarge", "write", "whole"))
        print(f"{row['picture']:15} {row['model']:6} {parts} ms, {row['bytes_written'] / 1000:.0f} kB out")


if __name__ == "__main__":
    main()
